import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

const response = await fetch("{{ base_url }}{% url "export" %}?format=pdf&status=enabled", {
  headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` },
});
if (!response.ok) throw new Error(await response.text());

await pipeline(response.body, createWriteStream("users.pdf"));
