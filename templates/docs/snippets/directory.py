import json
import os
from urllib.request import Request, urlopen

request = Request(
    "{{ base_url }}/users?status=active&page_size=5",
    headers={"Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}"},
)
with urlopen(request) as answer:
    for user in json.load(answer):
        print(user["identifier"], user["email"])
