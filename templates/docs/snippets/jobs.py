import json
import os
import time
from urllib.request import Request, urlopen, urlretrieve

JOBS = "{{ base_url }}/api/v2/jobs"
HEADERS = {
    "Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}",
    "Content-Type": "application/json",
}


def call(address, body=None):
    with urlopen(Request(address, body, HEADERS)) as response:
        return json.load(response)


job = call(f"{JOBS}/users-exports", json.dumps({"format": "csv"}).encode())
while job["status"] not in ("completed", "failed"):
    time.sleep(1)
    job = call(f"{JOBS}/{job['id']}")

print(job["status"], job["summary"])
urlretrieve(job["location"], "users.csv.gz")
