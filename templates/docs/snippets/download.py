import os
import shutil
from urllib.request import Request, urlopen

request = Request("{{ base_url }}{% url "download" %}?sort=name:asc&_fields=fullname,email,status")
request.add_header("Authorization", f"Bearer {os.environ['ACCESS_TOKEN']}")

with urlopen(request) as response, open("users.csv", "wb") as file:
    shutil.copyfileobj(response, file)
