"""One database's run for many people: measured, or left to be killed, or counted afterwards."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from users import tokens  # noqa: E402
from users.models import AuditEntry, Tag, User  # noqa: E402

ROOT = "faults.root"
FEW = 2_000
MEGABYTE = 1024


def main() -> None:
    """Do what the parent asks for, and print what was found."""
    print(json.dumps(COMMANDS[sys.argv[1]]()), flush=True)


def measured() -> dict[str, Any]:
    """Tag everybody; return how long it takes and how far the memory grows meanwhile."""
    few, many = (Tag.objects.create(name=f"faults {time.time_ns()}") for _ in range(2))
    first = User.objects.order_by("pk").values_list("pk", flat=True)[:FEW]
    _ask({"action": "add_tag", "tag_id": str(few.pk), "ids": [str(pk) for pk in first]})
    _bound_the_page_cache()
    before = _kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    started = time.monotonic()
    body = {"action": "add_tag", "tag_id": str(many.pk), "filters": {}, "everybody": True}
    shown = _ask(body)
    return {
        "matched": shown["matched"],
        "done": shown["done"],
        "told": len(shown["results"]),
        "seconds": time.monotonic() - started,
        "before": before / MEGABYTE,
        "growth": (_kilobytes("VmHWM") - before) / MEGABYTE,
    }


def suspended() -> dict[str, Any]:
    """Suspend everybody."""
    shown = _ask({"action": "suspend", "filters": {}, "everybody": True})
    return {"done": shown["done"], "reasons": shown["reasons"]}


def counted() -> dict[str, Any]:
    """Return how many people are suspended, and how many entries of how many people say so."""
    entries = AuditEntry.objects.filter(actor=_root(), changes__has_key="suspended_at")
    return {
        "suspended": User.objects.with_status(["suspended"]).count(),
        "entries": entries.count(),
        "people": entries.values("object_pk").distinct().count(),
        "left": User.objects.exclude(status="suspended").count(),
    }


def _ask(body: dict[str, Any]) -> dict[str, Any]:
    token = tokens.mint(_root(), ["pwd"])["access"]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    answer = client.post("/users/bulk", body, content_type="application/json")
    if answer.status_code != 200:
        sys.exit(f"/users/bulk: {answer.status_code} {answer.content!r}")
    shown: dict[str, Any] = answer.json()
    return shown


def _root() -> User:
    root = User.objects.filter(username=ROOT).first()
    return root or User.objects.create_superuser(ROOT, f"{ROOT}@example.com")


def _bound_the_page_cache() -> None:
    """Let SQLite keep few pages, and fill them: what they take is not the run's."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -4096")
            cursor.execute("SELECT sum(length(search_text)), max(app_metadata) FROM users_user")
            cursor.execute("SELECT sum(id) FROM users_auditentry NOT INDEXED")


def _kilobytes(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None  # noqa: S101
    return int(found[1])


COMMANDS = {"measure": measured, "suspend": suspended, "count": counted}

if __name__ == "__main__":
    settings.ALLOWED_HOSTS = ["testserver"]
    main()
