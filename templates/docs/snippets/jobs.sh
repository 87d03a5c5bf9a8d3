JOBS="{{ base_url }}/api/v2/jobs"
AUTH="Authorization: Bearer $ACCESS_TOKEN"
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

ID=$(curl -sSf "$JOBS/users-exports" -H "$AUTH" \
  -H "Content-Type: application/json" -d '{"format": "csv"}' | value id)

while JOB=$(curl -sSf "$JOBS/$ID" -H "$AUTH"); do
  case $(echo "$JOB" | value status) in
    completed) break ;;
    failed) echo "$JOB"; exit 1 ;;
  esac
  sleep 1
done

curl -sSf "$(echo "$JOB" | value location)" -o users.csv.gz
