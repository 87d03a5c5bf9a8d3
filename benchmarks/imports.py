"""How fast people are imported: against a plain bulk_create of the same rows, on both databases.

Both sides fill an empty directory. The import reads the file, judges every row, and keeps copies,
stamps and the audit; bulk_create is Django's own and does none of that. Its people are made before
its time begins. Besides: how far the memory grows while a packed file is read that is much larger.
"""
# ruff: noqa: T201  (it talks to a terminal)

import argparse
import gc
import gzip
import io
import json
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import directories
import postgres
import results
from child import Child

GATE = 0.3
MEGABYTES = 40.0
ROW = '{{"email": "p{0}@example.com", "name": "Person Number {0}", "phone": "+39 055 {0}"}}\n'


def main() -> int:
    """Measure both databases; return 1 when a gate was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument(
        "--parsed", type=int, default=3_000_000, help="rows of the file that is read"
    )
    given = parser.parse_args()
    found = []
    for database in given.databases:
        with TemporaryDirectory(prefix="usersvc-bench-") as folder:
            found += _measure(database, folder, given)
    found.append(_memory(given.parsed))
    results.show(found[-1])
    return int(results.missed(found))


def _measure(database: str, folder: str, given: argparse.Namespace) -> list[results.Result]:
    own = postgres.throwaway(directories.AS_IN_SERVICE)
    with own if database == "PostgreSQL" else nullcontext("") as address:
        settings = {"USERSVC_DATA": folder, "DATABASE_URL": address}
        child = Child("imports.py", {**os.environ, **settings, "USERSVC_BENCH_CHILD": "1"})
        times: dict[str, list[tuple[float, float]]] = {"csv": [], "json": []}
        for _ in range(given.rounds):
            for form, found in times.items():
                plain, ours = (child.ask({"do": do, "form": form, "people": given.people})
                    for do in ("plain", "import"))  # fmt: skip
                found.append((ours["seconds"], plain["seconds"]))
        child.close()
    told = [
        results.ratio(database, f"import {given.people:,} from {form}", found, GATE, at_least=True)
        for form, found in times.items()
    ]
    for result in told:
        results.show(result)
    return told


def _memory(rows: int) -> results.Result:
    """Return how far the memory grows while a file is read that is hundreds of times as large."""
    with TemporaryDirectory(prefix="usersvc-bench-") as folder:
        child = Child(
            "imports.py",
            {**os.environ, "USERSVC_DATA": folder, "DATABASE_URL": "", "USERSVC_BENCH_CHILD": "1"},
        )
        found = child.ask({"do": "read", "people": rows})
        child.close()
    print(f"read {found['bytes'] / 2**20:,.0f} MB, {rows:,} rows, in {found['seconds']:.1f} s")
    return results.value("none", "memory while reading", [found["growth"]], MEGABYTES, " MB")


def answer() -> None:
    """Answer the parent's questions."""
    sys.path.insert(0, str(directories.ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for line in sys.stdin:
        question = json.loads(line)
        reply = _read(question["people"]) if question["do"] == "read" else _fill(question)
        print(json.dumps(reply), flush=True)


def _fill(question: dict[str, Any]) -> dict[str, Any]:
    from django.db import connection, models

    from users import imports
    from users.models import AuditEntry, User

    count, form = question["people"], question["form"]
    tables = [AuditEntry, User]
    for model in tables:
        model._base_manager.all()._raw_delete("default")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    people = [User(**_person(n)) for n in range(count)]
    for person in people:
        person.refresh_keys()
    content = io.BytesIO(_file([_person(n) for n in range(count)], form))
    gc.collect()
    started = time.monotonic()
    if question["do"] == "plain":
        models.QuerySet(User).bulk_create(people, batch_size=1000)
    else:
        del people
        report = imports.run(content, imports.ImportOptions())
        if report.created != count:
            sys.exit(str(report))
    return {"seconds": time.monotonic() - started}


def _person(n: int) -> dict[str, Any]:
    return {
        "username": f"person.number{n}",
        "email": f"person.number{n}@example.com",
        "name": f"Person Number {n}",
        "given_name": "Person",
        "family_name": f"Number {n}",
        "phone": f"+39 055 {n}",
        "status": "active",
        "user_metadata": {"country": "IT", "n": n},
    }


def _file(rows: list[dict[str, Any]], form: str) -> bytes:
    if form == "json":
        return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), 1)
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        metadata = json.dumps(row["user_metadata"])
        writer.writerow([*list(row.values())[:-1], metadata])
    return gzip.compress(text.getvalue().encode(), 1)


def _read(count: int) -> dict[str, Any]:
    """Read a packed file whose every row is refused: nothing is written, everything is judged."""
    from users import imports

    with TemporaryDirectory(prefix="usersvc-bench-") as folder:
        path, size = Path(folder) / "people.gz", 0
        with gzip.open(path, "wb", 1) as packed:
            for n in range(count):
                size += packed.write(ROW.format(n).encode())
        _peak(reset=True)
        before = _peak()
        started = time.monotonic()
        with path.open("rb") as file:
            report = imports.run(file, imports.ImportOptions(upsert="username", dry_run=True))
        seconds = time.monotonic() - started
    if report.refused != count:
        sys.exit(str(report.faults[:3]))
    return {"seconds": seconds, "bytes": size, "growth": (_peak() - before) / 1024}


def _peak(reset: bool = False) -> int:
    """Return the most kilobytes that this process has held."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    if os.environ.get("USERSVC_BENCH_CHILD"):
        answer()
    else:
        sys.exit(main())
