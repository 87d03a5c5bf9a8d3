curl -s {{ base_url }}/users/totals -H "Authorization: Bearer $API_KEY"
