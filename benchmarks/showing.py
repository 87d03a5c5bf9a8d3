"""One database's pages of the admin, timed: reads addresses as lines of JSON, writes seconds."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
os.environ["USERSVC_STAFF_MFA"] = "optional"
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from users import overviews  # noqa: E402
from users.models import ListPreference, User  # noqa: E402
from usersvc import clock  # noqa: E402

BACKEND = "users.authentication.RoleBackend"
TIMES = 9


def main() -> None:
    """Show pages until no more are asked for."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.WHITENOISE_AUTOREFRESH = True
    root = User.objects.filter(username="bench.root").first() or User.objects.create_superuser(
        "bench.root", "bench.root@example.com"
    )
    # What a worker counts beforehand, as in service.
    overviews.count(overviews.sight_of(root), clock.now())
    client = Client()
    client.force_login(root, backend=BACKEND)
    print(json.dumps(_words()), flush=True)
    for line in sys.stdin:
        print(json.dumps({"seconds": _seconds(client, json.loads(line)["path"])}), flush=True)


def _seconds(client: Client, path: str) -> float:
    """Return what showing a page takes, in the middle of some times."""
    found = []
    for _ in range(TIMES):
        started = time.perf_counter()
        answer: Any = client.get(path)
        found.append(time.perf_counter() - started)
        if answer.status_code != 200:
            sys.exit(f"{path}: {answer.status_code}")
    return sorted(found)[TIMES // 2]


def _words() -> dict[str, Any]:
    living = User.objects.count()
    person = User.objects.order_by("id")[living // 2]
    size = ListPreference._meta.get_field("page_size").get_default()
    return {"person": str(person.pk), "rare": person.username, "deep": living // size}


if __name__ == "__main__":
    main()
