"""`make faults`: a directory of N people of the first commit becomes today's, and nothing is lost.

On both databases. The older commit makes and fills the directory with its own code; today's
migrates it: once to its end, and a copy of it killed again and again on the way. Each row of before
is looked for afterwards, behind the service's back and over its API.
"""
# ruff: noqa: T201  (it talks to a terminal)

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError

import foreground
import postgres
import upgrade_service
import upgrade_trees
from directories import AS_IN_SERVICE
from upgrade_places import MIGRATE, PASSWORD, ROOT, Place, place
from upgrade_rows import GONE, Dump, schema

Outcome = tuple[bool, str]
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the migrations, after which one is killed
MOST_TOLD = 5


def main() -> int:
    """Try both databases; return 0 when all passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=20_000)
    parser.add_argument("--from", dest="commit", help="the older commit; the first one otherwise")
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    arguments = parser.parse_args()
    commit = arguments.commit or upgrade_trees.first_commit()
    os.environ.pop("DATABASE_URL", None)
    with TemporaryDirectory(prefix="usersvc-upgrade-") as folder:
        old = Old(commit, arguments.people, Path(folder))
        passed = [_try_on(database, old) for database in arguments.databases]
    return 0 if all(passed) else 1


def _try_on(database: str, old: "Old") -> bool:
    if database == "SQLite":
        return _try(database, old)
    with postgres.throwaway(AS_IN_SERVICE) as address:
        os.environ["DATABASE_URL"] = address
        return _try(database, old)


class Old:
    """An older commit, whose code makes directories."""

    def __init__(self, commit: str, people: int, folder: Path) -> None:
        self.commit, self.people, self.folder, self.tree = commit, people, folder, folder / "tree"
        others = upgrade_trees.check_out(commit, self.tree)
        self.words = f"; not with {', '.join(others)}" if others else ""

    def fill(self, here: Place) -> tuple[bool, str]:
        """Make a directory of this commit; return a recovery code that is in it, and words."""
        here.run(*MIGRATE, tree=self.tree)
        told = json.loads(here.script("upgrade_people.py", str(self.people), tree=self.tree))
        self.code = told["code"]
        return not told[
            "empty"
        ], f"{here.migrations()} migrations; empty: {told['empty'] or 'none'}"


class Table:
    """The rows that are printed, and whether all passed."""

    def __init__(self, database: str) -> None:
        self.database, self.passed = database, True

    def tell(self, what: str, action: Callable[[], Outcome]) -> None:
        """Do something, and print its row."""
        started = time.monotonic()
        try:
            well, words = action()
        except HTTPError as refused:
            well, words = False, f"{refused}: {refused.read()!r}"
        took = f"{time.monotonic() - started:.0f} s"
        verdict = "passed" if well else "FAILED"
        print(f"| {self.database} | {what} | {words} | {took} | {verdict} |", flush=True)
        self.passed = self.passed and well


def _try(database: str, old: Old) -> bool:
    table = Table(database)
    with place(old.folder / "data") as here, place(old.folder / "fresh") as fresh:
        fresh.migrate()
        table.tell(f"{old.people:,} people, made by {old.commit}", lambda: old.fill(here))
        before = Dump(here, old.folder / f"dump-{database}")
        seeds = here.script("upgrade_seeds.py", tree=old.tree)
        with place(old.folder / "copy", here) as copy:
            table.tell("its migration to today", lambda: _migrated(here))
            _compare(table, here, fresh, before, seeds)
            _command(table, here, "check")
            _command(table, here, "makemigrations", "--check", "--dry-run")
            _serve(table, here, before, old.code)
            table.tell("a copy whose migration is killed", lambda: _killed(copy, here))
            _compare(table, copy, fresh, before, seeds)
    return table.passed


def _migrated(here: Place) -> Outcome:
    before = here.migrations()
    seconds, megabytes = here.migrate()
    done = here.migrations() - before
    return done > 0, f"{done} migrations in {seconds:.1f} s, {megabytes:.0f} MB at the peak"


def _killed(copy: Place, done: Place) -> Outcome:
    begun, ended = copy.migrations(), done.migrations()
    at_work, told = True, []
    for share in SHARES:
        at_work &= copy.kill_migrating(begun + round(share * (ended - begun)))
        told.append(f"{copy.migrations() - begun}")
    copy.migrate()
    words = f"kill -9 after {', '.join(told)} of {ended - begun} migrations, then to its end"
    return at_work and copy.migrations() == ended, words


def _compare(table: Table, here: Place, fresh: Place, before: Dump, seeds: str) -> None:
    table.tell("every row and value of before", lambda: _rows(here, before))
    table.tell("second factors, opened", lambda: _seeds(here, seeds))
    table.tell("tables, indexes, constraints, triggers", lambda: _schema(here, fresh))
    _command(table, here, "doctor")
    _command(table, here, "verify_audit")


def _command(table: Table, here: Place, *words: str) -> None:
    table.tell(f"manage.py {' '.join(words)}", lambda: _ends_well(here, words))


def _rows(here: Place, before: Dump) -> Outcome:
    losses = list(before.losses(here))
    gone = sorted(GONE.keys() & before.columns.keys())
    words = f"{before.count():,} rows of {len(before.columns) - len(gone)} tables"
    if gone:
        words += f"; gone on purpose: {', '.join(gone)}"
    return not losses, "; ".join([words, *losses[:MOST_TOLD]])


def _seeds(here: Place, seeds: str) -> Outcome:
    now = here.script("upgrade_seeds.py", tree=ROOT)
    return bool(seeds) and now == seeds, f"{len(seeds.splitlines()):,} as before"


def _schema(here: Place, fresh: Place) -> Outcome:
    ours, theirs = schema(here), schema(fresh)
    others = sorted(f"{kind} {name}" for kind, name, _ in ours ^ theirs)
    words = f"{len(theirs):,}, as in a directory that is new today"
    return not others, "; ".join([words, *others[:MOST_TOLD]])


def _ends_well(here: Place, command: tuple[str, ...]) -> Outcome:
    done = here.attempt("manage.py", *command)
    said = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode == 0, said[-1] if said else "nothing to say"


def _serve(table: Table, here: Place, before: Dump, code: str) -> None:
    with here.served(**upgrade_service.SETTINGS) as service:
        api = upgrade_service.Api(service, PASSWORD)
        table.tell("GET /users, page by page", lambda: upgrade_service.lists(api, before))
        table.tell("GET /api/v2/users/download", lambda: upgrade_service.downloads(api, before))
        table.tell("passwords of before", lambda: upgrade_service.signs_in(api, code))
        table.tell("POST /users, and a search", lambda: upgrade_service.writes(api))


if __name__ == "__main__":
    foreground.start(main)
