import os
import shutil
from urllib.request import Request, urlopen

request = Request("{{ base_url }}{% url "export" %}?format=pdf&status=enabled")
request.add_header("Authorization", f"Bearer {os.environ['ACCESS_TOKEN']}")

with urlopen(request) as response, open("users.pdf", "wb") as file:
    shutil.copyfileobj(response, file)
