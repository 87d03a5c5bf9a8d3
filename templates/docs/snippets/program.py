import json
import os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

body = {
    "grant_type": "client_credentials",
    "client_id": os.environ["CLIENT_ID"],
    "client_secret": os.environ["CLIENT_SECRET"],
}
with urlopen("{{ base_url }}/oauth/token", urlencode(body).encode()) as answer:
    token = json.load(answer)["access_token"]

request = Request(
    "{{ base_url }}/users?status=active&page_size=5",
    headers={"Authorization": f"Bearer {token}"},
)
with urlopen(request) as answer:
    for user in json.load(answer):
        print(user["identifier"], user["email"])
