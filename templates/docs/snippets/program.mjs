const signIn = await fetch("{{ base_url }}/oauth/token", {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: process.env.CLIENT_ID,
    client_secret: process.env.CLIENT_SECRET,
  }),
});
const { access_token } = await signIn.json();

const answer = await fetch("{{ base_url }}/users?status=active&page_size=5", {
  headers: { Authorization: `Bearer ${access_token}` },
});
for (const user of await answer.json()) {
  console.log(user.identifier, user.email);
}
