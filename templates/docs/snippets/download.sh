curl -sSf "{{ base_url }}{% url "download" %}?sort=name:asc&_fields=fullname,email,status" \
  -H "Authorization: Bearer $ACCESS_TOKEN" \
  -o users.csv
