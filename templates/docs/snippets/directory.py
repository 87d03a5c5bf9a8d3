import json
import os
from urllib.request import Request, urlopen

request = Request("{{ base_url }}/users?status=active&page_size=5")
request.add_header("Authorization", f"Bearer {os.environ['ACCESS_TOKEN']}")

with urlopen(request) as response:
    for user in json.load(response):
        print(user["identifier"], user["email"])
    print("of", response.headers["X-Total-Count"], "in all")
