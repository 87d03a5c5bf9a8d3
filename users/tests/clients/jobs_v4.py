"""Asks for a job with the public Python SDK of version 4, waits, and prints what it was told."""
# ruff: noqa: T201  (its parent reads what it prints)

import gzip
import json
import sys
import time
import urllib.request

from auth0.management.jobs import Jobs

domain, token, body = sys.argv[1:]
client = Jobs(domain, token, protocol="http")
created = job = client.export_users(json.loads(body))
while job["status"] not in ("completed", "failed"):
    time.sleep(0.1)
    job = client.get(job["id"])
text = gzip.decompress(urllib.request.urlopen(job["location"]).read()).decode()
print(json.dumps({"created": created, "job": job, "text": text}))
