// Imports people with the public Node SDK, waits for it, and prints what it was told.
// Its domain is always https; fetch, which the SDK lets its user choose, leads to plain http.
const { ManagementClient } = require("auth0");

const [address, token, body] = process.argv.slice(2);
const { host } = new URL(address);
const plain = (url, options) => fetch(String(url).replace(`https://${host}`, address), options);
const client = new ManagementClient({ domain: host, token, fetch: plain });

async function main() {
  const users = new Blob([JSON.parse(body).text], { type: "application/json" });
  let job = await client.jobs.usersImports.create({
    users: new File([users], "people.json"),
    connection_id: "con_0000000000000001",
    upsert: true,
    send_completion_email: false,
  });
  const created = job;
  while (!["completed", "failed"].includes(job.status)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job = await client.jobs.get(job.id);
  }
  console.log(JSON.stringify({ created, job }));
}

main();
