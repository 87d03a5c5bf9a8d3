"""Signs in with the public Python SDK of version 4, has users exported, prints the file."""
# ruff: noqa: T201  (its parent reads what it prints)

import gzip
import json
import sys
import time
import urllib.request

from auth0.authentication import GetToken
from auth0.management.jobs import Jobs

domain, client_id, secret = sys.argv[1:]
signing_in = GetToken(domain, client_id, client_secret=secret)
token = signing_in.client_credentials(f"https://{domain}/api/v2/")["access_token"]
client = Jobs(domain, token)
job = client.export_users({"format": "csv", "fields": [{"name": "email"}]})
while job["status"] not in ("completed", "failed"):
    time.sleep(0.1)
    job = client.get(job["id"])
text = gzip.decompress(urllib.request.urlopen(job["location"]).read()).decode()
print(json.dumps({"job": job, "text": text}))
