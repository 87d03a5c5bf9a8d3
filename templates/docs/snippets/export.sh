curl -sf "{{ base_url }}/api/users/export?format=csv&status=enabled" \
  -H "Authorization: Bearer $ACCESS_TOKEN" -o users.csv
