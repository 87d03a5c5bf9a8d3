curl -s "{{ base_url }}/users?status=active&page_size=5" \
  -H "Authorization: Bearer $ACCESS_TOKEN"
