import { writeFile } from "node:fs/promises";

const answer = await fetch("{{ base_url }}/api/v2/users/download?timezone=Europe/Rome&sort=name:asc", {
  headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` },
});
if (!answer.ok) throw new Error(await answer.text());
await writeFile("everybody.csv", answer.body);
