import json
import os
from urllib.request import Request, urlopen

request = Request(
    "{{ base_url }}/users/totals",
    headers={"Authorization": f"Bearer {os.environ['API_KEY']}"},
)
with urlopen(request) as answer:
    print(json.load(answer)["total"])
