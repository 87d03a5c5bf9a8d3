import { writeFile } from "node:fs/promises";

const answer = await fetch("{{ base_url }}/api/users/export?format=csv&status=enabled", {
  headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` },
});
if (!answer.ok) throw new Error(await answer.text());
await writeFile("users.csv", answer.body);
