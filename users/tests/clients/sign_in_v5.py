"""Signs in with the public Python SDK and a secret, has users exported, prints the file."""
# ruff: noqa: T201  (its parent reads what it prints)

import gzip
import json
import sys
import time
import urllib.request

from auth0.management import ManagementClient

domain, client_id, secret = sys.argv[1:]
client = ManagementClient(domain=domain, client_id=client_id, client_secret=secret)
job = client.jobs.users_exports.create(format="csv", fields=[{"name": "email"}])
while job.status not in ("completed", "failed"):
    time.sleep(0.1)
    job = client.jobs.get(job.id)
text = gzip.decompress(urllib.request.urlopen(job.location).read()).decode()
print(json.dumps({"job": {"status": job.status}, "text": text}))
