"""One database's answers about exports, from inside Django: reads and writes lines of JSON."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

import statements  # noqa: E402
from django.db import connection  # noqa: E402
from export_opponents import OPPONENTS  # noqa: E402

import exports.postgres  # noqa: E402
from exports import pipeline  # noqa: E402
from exports.formats import FORMATS  # noqa: E402
from exports.kinds import ISO_OFFSET, Style  # noqa: E402
from users.api.download.serializers import TOKENS, columns  # noqa: E402
from users.models import User  # noqa: E402
from users.tests import pairing  # noqa: E402
from usersvc import clock  # noqa: E402

ROOT = "bench.root"
STYLE = Style(instant=ISO_OFFSET, joiner=";")


def main() -> None:
    """Answer until there are no more questions."""
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(COMMANDS[question.pop("command")](**question)), flush=True)


def sign_up(password: str) -> dict[str, Any]:
    """Let somebody who sees everybody sign in with the password; return the username, the count."""
    root = User.objects.filter(username=ROOT).first()
    root = root or User.objects.create_superuser(ROOT, f"{ROOT}@example.com")
    root.set_password(password)
    root.save()
    return {"username": ROOT, "living": User.objects.count()}


def statement(at: str) -> dict[str, Any]:
    """Return the SQL of the file of the download, as of an instant: PostgreSQL's is our own."""
    moment = datetime.fromisoformat(at)
    if connection.vendor == "postgresql":
        people, shown = User.objects.newest_first(), columns(list(TOKENS), moment)
        return {"sql": exports.postgres.statement(people, shown, STYLE)}
    zones = User.objects.order_by().values_list("access_timezone", flat=True).distinct()
    return {"sql": statements.for_sqlite(moment, zones)}


def opponent(name: str, rows: int) -> dict[str, Any]:
    """Return how long an opponent takes for so many people."""
    people = User.objects.newest_first()[:rows]
    started = time.perf_counter()
    size = OPPONENTS[name](people)
    return {"seconds": time.perf_counter() - started, "bytes": size}


def bounds(parts: int) -> dict[str, Any]:
    """Return the ids at which as many ranges of as many people each begin, but for the first."""
    count = User.objects.count()
    keys = User.objects.order_by("pk").values_list("pk", flat=True)
    return {"ids": [str(keys[count * part // parts]) for part in range(1, parts)]}


def part(start: str | None, end: str | None) -> dict[str, Any]:
    """Return what the file of a range of ids took; the range ends before the second one."""
    within = {"pk__gte": start, "pk__lt": end}
    people = User.objects.filter(**{lookup: pk for lookup, pk in within.items() if pk})
    at, server = clock.now(), _server()
    ours, theirs = time.process_time(), _processor_seconds(server)
    export = pipeline.render(
        people.order_by("pk"),
        columns(list(TOKENS), at),
        FORMATS["csv"],
        title="Users",
        generated_at=at,
        on_end=lambda _: None,
        style=STYLE,
    )
    size = sum(map(len, export))
    ours, theirs = time.process_time() - ours, _processor_seconds(server) - theirs
    return {"bytes": size, "rows": export.rows, "ours": ours, "server": theirs}


def _server() -> int | None:
    """Return the process that serves this connection; None where the database has none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _processor_seconds(process: int | None) -> float:
    """Return how long a process of this machine has been at work; 0 for none."""
    if process is None:
        return 0.0
    spent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


def plans(writers: int, per_second: int) -> dict[str, Any]:
    """Return what each of the writers is to write."""
    return {"plans": [vars(plan) for plan in pairing.plans(writers, per_second)]}


COMMANDS: dict[str, Any] = {
    "sign_up": sign_up,
    "statement": statement,
    "opponent": opponent,
    "bounds": bounds,
    "part": part,
    "plans": plans,
}

if __name__ == "__main__":
    main()
