export ACCESS_TOKEN=$(curl -s {{ base_url }}/api/token \
  --data-urlencode username=admin --data-urlencode "password=$PASSWORD" |
  sed 's/.*"access":"\([^"]*\)".*/\1/')
