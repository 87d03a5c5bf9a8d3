const response = await fetch("{{ base_url }}/users?status=active&page_size=5", {
  headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` },
});
if (!response.ok) throw new Error(await response.text());

for (const user of await response.json()) {
  console.log(user.identifier, user.email);
}
console.log("of", response.headers.get("X-Total-Count"), "in all");
