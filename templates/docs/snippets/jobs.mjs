import { gunzipSync } from "node:zlib";

const jobs = "{{ base_url }}/api/v2/jobs";
const headers = {
  Authorization: `Bearer ${process.env.ACCESS_TOKEN}`,
  "Content-Type": "application/json",
};
const ask = async (address, options) => (await fetch(address, { headers, ...options })).json();

const body = JSON.stringify({ format: "csv" });
let job = await ask(`${jobs}/users-exports`, { method: "POST", body });
while (["pending", "processing"].includes(job.status)) {
  await new Promise((resume) => setTimeout(resume, 1000));
  job = await ask(`${jobs}/${job.id}`);
}
const file = await fetch(job.location);
console.log(gunzipSync(await file.arrayBuffer()).toString());
