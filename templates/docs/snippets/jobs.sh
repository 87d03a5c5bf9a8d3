ask() { curl -sf -H "Authorization: Bearer $ACCESS_TOKEN" "$@"; }
word() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

JOB=$(ask {{ base_url }}/api/v2/jobs/users-exports \
  -H "Content-Type: application/json" -d '{"format": "csv"}' | word id)
until FILE=$(ask {{ base_url }}/api/v2/jobs/$JOB | word location) && [ -n "$FILE" ]; do
  sleep 1
done
curl -sf "$FILE" -o users.csv.gz
