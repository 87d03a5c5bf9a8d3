curl -sf "{{ base_url }}/api/v2/users/download?timezone=Europe/Rome&sort=name:asc" \
  -H "Authorization: Bearer $ACCESS_TOKEN" -o everybody.csv
