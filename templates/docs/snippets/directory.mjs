const answer = await fetch("{{ base_url }}/users?status=active&page_size=5", {
  headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}` },
});
for (const user of await answer.json()) {
  console.log(user.identifier, user.email);
}
