"""One database's answers, timed: reads questions as lines of JSON, writes seconds and ids."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import django

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.test import Client  # noqa: E402
from opponents import without_index  # noqa: E402

from users import tokens  # noqa: E402
from users.models import Role, Tag, User, UserTag  # noqa: E402
from users.querysets import UserQuerySet  # noqa: E402
from usersvc.api.pagination import COUNTED  # noqa: E402

RARE_TAG = "bench rare"


def main() -> None:
    """Answer until there are no more questions."""
    settings.ROOT_URLCONF = "opponents"
    settings.ALLOWED_HOSTS = ["testserver"]
    tokens_of = {name: _token(person) for name, person in _callers().items()}
    print(json.dumps(_words()), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        ask = _asker(question, tokens_of)
        with without_index() if question.get("scan") else nullcontext():
            print(json.dumps(_timed(ask, question["times"])), flush=True)


def _timed(ask: Any, times: int) -> dict[str, Any]:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - started)
    return {"seconds": sorted(seconds)[len(seconds) // 2], "ids": answer}


def _asker(question: dict[str, Any], tokens_of: dict[str, str]) -> Any:
    if people := QUERIES.get(question["path"]):
        return lambda: _page(people(question.get("term")))
    # Or the throttles' memory of the questions before would be measured.
    cache.clear()
    headers = {"Authorization": f"Bearer {tokens_of[question['caller']]}"}
    client = Client(headers=headers)

    def ask() -> list[str]:
        answer = client.get(question["path"])
        if answer.status_code != 200:
            sys.exit(f"{question['path']}: {answer.status_code} {answer.content!r}")
        rows = answer.json()
        return [row["id"] for row in (rows if isinstance(rows, list) else rows["results"])]

    return ask


def _callers() -> dict[str, User]:
    root = User.objects.filter(username="bench.root").first() or User.objects.create_superuser(
        "bench.root", "bench.root@example.com"
    )
    if not Tag.objects.filter(name=RARE_TAG).exists():
        tag = Tag.objects.create(name=RARE_TAG)
        UserTag.objects.bulk_create(
            UserTag(user=person, tag=tag) for person in User.objects.order_by("id")[:1000:50]
        )
    return {"everybody": root, "subtree": User.objects.get(username="org.admin")}


def _token(person: User) -> str:
    return str(tokens.mint(person, ["pwd"])["access"])


def _words() -> dict[str, Any]:
    """Return what questions are asked with: how many live here, and somebody's rare name."""
    living = User.objects.count()
    return {"living": living, "rare": User.objects.order_by("id")[living // 2].username}


QUERIES = {
    "search": lambda term: User.objects.search(term),
    "role, few": lambda _: User.objects.with_roles(_role("Super Admin")),
    "role, many": lambda _: User.objects.with_roles(_role("Employee")),
    "tag, few": lambda _: User.objects.tagged([RARE_TAG]),
    "tag, many": lambda _: User.objects.tagged(["vip"]),
}


def _role(name: str) -> list[Any]:
    return list(Role.objects.filter(name=name).values_list("pk", flat=True))


def _page(people: UserQuerySet) -> list[str]:
    """Return the first page's ids, and count as for a page, but without an HTTP request."""
    people.order_by()[: COUNTED + 1].count()
    return [str(pk) for pk in people.newest_first().values_list("pk", flat=True)[:100]]


if __name__ == "__main__":
    main()
