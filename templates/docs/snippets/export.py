import os
import shutil
from urllib.request import Request, urlopen

request = Request(
    "{{ base_url }}/api/users/export?format=csv&status=enabled",
    headers={"Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}"},
)
with urlopen(request) as answer, open("users.csv", "wb") as file:
    shutil.copyfileobj(answer, file)
