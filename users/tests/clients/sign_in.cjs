// Signs in with the public Node SDK and a client's secret, has users exported, prints the file.
const { gunzipSync } = require("node:zlib");
const { ManagementClient } = require("auth0");

const [domain, clientId, clientSecret] = process.argv.slice(2);
const client = new ManagementClient({ domain, clientId, clientSecret });

async function main() {
  let job = await client.jobs.usersExports.create({ format: "csv", fields: [{ name: "email" }] });
  while (!["completed", "failed"].includes(job.status)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job = await client.jobs.get(job.id);
  }
  const file = await fetch(job.location);
  const text = gunzipSync(Buffer.from(await file.arrayBuffer())).toString();
  console.log(JSON.stringify({ job, text }));
}

main();
