"""Imports people with the public Python SDK of version 4, waits, and prints what it was told."""
# ruff: noqa: T201  (its parent reads what it prints)

import io
import json
import sys
import time

from auth0.management.jobs import Jobs

domain, token, body = sys.argv[1:]
client = Jobs(domain, token, protocol="http")
file = io.BytesIO(json.loads(body)["text"].encode())
created = job = client.import_users("con_0000000000000001", file, send_completion_email=False)
while job["status"] not in ("completed", "failed"):
    time.sleep(0.1)
    job = client.get(job["id"])
print(json.dumps({"created": created, "job": job}))
