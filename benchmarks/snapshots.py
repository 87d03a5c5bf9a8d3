"""`make faults`: downloads of N people while two processes write, on both databases.

No file may be torn, that is, show people as they were at several instants; no writer may meet an
error; and once the files are read, nothing holds SQLite's write-ahead log.
"""

import csv
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import directories
import foreground
import postgres
import results
import service
from service import Service

from users.tests.pairs import PAIRS, Plan, Writer, tears

WRITERS, PER_SECOND = 2, 50
DOWNLOADS = 20
MEGABYTE = 1 << 20


@dataclass
class Findings:
    """What became of downloads and of those who wrote meanwhile."""

    torn: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    commits: int = 0
    seconds: float = 0.0
    log_bytes: int = 0
    log_bytes_after: int = 0


def main() -> int:
    """Try both databases; return 0 when both pass."""
    people, found = int(sys.argv[1]), []
    with TemporaryDirectory(prefix="usersvc-faults-") as folder, ExitStack() as stack:
        sqlite = f"sqlite:///{folder}/usersvc.sqlite3"
        for database, address in (
            ("SQLite", sqlite),
            ("PostgreSQL", stack.enter_context(postgres.throwaway())),
        ):
            with service.serving_people(people, address) as served:
                found += tried(database, served, DOWNLOADS)
    return int(results.missed(found))


def tried(database: str, served: Service, times: int) -> list[results.Result]:
    """Download everybody several times while others write; print and return what was found."""
    found = _download_while_others_write(served, times)
    pace = f"{found.commits:,} commits at {found.commits / found.seconds:.0f}/s"
    name = f"torn of {times} files of {served.living:,}, {pace}"
    whole = [
        results.value(database, name, [len(found.torn)], 0, ""),
        results.value(database, "errors of the writers meanwhile", [len(found.errors)], 0, ""),
    ]
    if database == "SQLite":
        size = found.log_bytes / MEGABYTE
        whole.append(results.value(database, "write-ahead log meanwhile", [size], None, " MB"))
        size = found.log_bytes_after / MEGABYTE
        whole.append(results.value(database, "and once it was checkpointed", [size], 0, " MB"))
    for result in whole:
        results.show(result)
    for line in [*found.torn, *found.errors][:10]:
        sys.stderr.write(f"  {line}\n")
    return whole


def _download_while_others_write(served: Service, times: int) -> Findings:
    found = Findings()
    question = {"command": "plans", "writers": WRITERS, "per_second": PER_SECOND}
    plans = [Plan(**plan) for plan in served.child.ask(question)["plans"]]
    environment = directories.environment(served.address)
    with ExitStack() as stack:
        writers = [stack.enter_context(Writer(plan, environment)) for plan in plans]
        for writer in writers:
            writer.go_round()
        started = time.monotonic()
        with TemporaryDirectory(prefix="usersvc-bench-") as folder:
            for _ in range(times):
                file = Path(folder, "users.csv")
                served.download(to=file)
                found.torn += _tears(file, plans)
        found.seconds = time.monotonic() - started
        for end in (writer.stop() for writer in writers):
            found.commits += end["commits"] - PAIRS  # which were before the first file
            found.errors += filter(None, [end["error"]])
    if served.address.startswith("sqlite"):
        _look_at_log(Path(served.address.removeprefix("sqlite:///")), found)
    return found


def _tears(file: Path, plans: list[Plan]) -> list[str]:
    """Return one line for a file that is torn, none for one that is whole."""
    paired = {username for plan in plans for pair in plan.pairs for _, username in pair}
    rows = [row for row in _rows(file) if row["userid"] in paired]
    return [found[0] for found in (tears(rows, plan) for plan in plans) if found][:1]


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def _look_at_log(path: Path, found: Findings) -> None:
    log = path.with_name(f"{path.name}-wal")
    found.log_bytes = log.stat().st_size
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        found.log_bytes_after = log.stat().st_size


if __name__ == "__main__":
    foreground.start(main)
