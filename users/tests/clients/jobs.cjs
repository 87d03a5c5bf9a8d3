// Asks for a job with the public Node SDK, waits for it, and prints what it was told and the file.
// Its domain is always https; fetch, which the SDK lets its user choose, leads to plain http.
const { gunzipSync } = require("node:zlib");
const { ManagementClient } = require("auth0");

const [address, token, body] = process.argv.slice(2);
const { host } = new URL(address);
const plain = (url, options) => fetch(String(url).replace(`https://${host}`, address), options);
const client = new ManagementClient({ domain: host, token, fetch: plain });

async function main() {
  let job = await client.jobs.usersExports.create(JSON.parse(body));
  const created = job;
  while (!["completed", "failed"].includes(job.status)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job = await client.jobs.get(job.id);
  }
  const file = await fetch(job.location);
  const text = gunzipSync(Buffer.from(await file.arrayBuffer())).toString();
  console.log(JSON.stringify({ created, job, text }));
}

main();
