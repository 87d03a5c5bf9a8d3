const answer = await fetch("{{ base_url }}/users/totals", {
  headers: { Authorization: `Bearer ${process.env.API_KEY}` },
});
console.log((await answer.json()).total);
