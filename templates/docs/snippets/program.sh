ACCESS_TOKEN=$(curl -s {{ base_url }}/oauth/token \
  -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s "{{ base_url }}/users?status=active&page_size=5" \
  -H "Authorization: Bearer $ACCESS_TOKEN"
