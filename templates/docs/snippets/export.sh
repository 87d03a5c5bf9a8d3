curl -sSf "{{ base_url }}{% url "export" %}?format=pdf&status=enabled" \
  -H "Authorization: Bearer $ACCESS_TOKEN" \
  -o users.pdf
