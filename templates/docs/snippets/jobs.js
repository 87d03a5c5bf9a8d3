import { writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const jobs = "{{ base_url }}/api/v2/jobs";
const headers = {
  Authorization: `Bearer ${process.env.ACCESS_TOKEN}`,
  "Content-Type": "application/json",
};

async function call(address, options = {}) {
  const response = await fetch(address, { headers, ...options });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

let job = await call(`${jobs}/users-exports`, {
  method: "POST",
  body: JSON.stringify({ format: "csv" }),
});
while (!["completed", "failed"].includes(job.status)) {
  await setTimeout(1000);
  job = await call(`${jobs}/${job.id}`);
}

console.log(job.status, job.summary);
const file = await fetch(job.location);
await writeFile("users.csv.gz", file.body);
