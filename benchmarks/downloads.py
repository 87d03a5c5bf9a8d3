"""`make bench`: the download as CSV against what it could cost, over HTTP, on both databases.

Every gate but those of memory and of the first byte is a ratio of two that run in turn, so that a
busy machine slows both. Not called exports.py: that would hide the application of this name.
"""
# ruff: noqa: T201  (it talks to a terminal)

import csv
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory
from typing import Any

import directories
import foreground
import results
import service
import shells
import snapshots
import statements
from service import Service

OPPONENTS = ("django-import-export", "streaming DRF")
SLICE = 20_000
# Gates of wall time: against the database's shell, and against a raw dump.
SHELL = {"PostgreSQL": ("psql \\copy of the same SQL", 1.25), "SQLite": ("sqlite3 -csv", 1.0)}
RAW = {"PostgreSQL": 5.0, "SQLite": 3.0}
FASTER, GROWTH, FIRST_BYTE = 12, 16, 250
MEGABYTE = 1 << 20


@dataclass
class Times:
    """Seconds of each side, and the most memory of any worker, for every round."""

    sides: dict[str, list[float]] = field(default_factory=dict)
    first_bytes: list[float] = field(default_factory=list)
    peaks: dict[int, int] = field(default_factory=dict)

    def add(self, side: str, seconds: float) -> None:
        self.sides.setdefault(side, []).append(seconds)

    def pairs(self, ours: str, theirs: str, factor: float = 1) -> list[tuple[float, float]]:
        """Return both sides' seconds by round; theirs for so many times as many people."""
        return [
            (our, their * factor)
            for our, their in zip(self.sides[ours], self.sides[theirs], strict=True)
        ]


def main() -> int:
    """Measure, print and write everything; return 1 when a gate is missed."""
    options = directories.options(__doc__, rounds=3).parse_args()
    sizes = sorted({options.few // 10, options.few, options.many // 10, options.many})
    found: list[results.Result] = []
    costs: dict[str, Any] = {}
    for database in options.databases:
        with ExitStack() as stack:
            address = stack.enter_context(directories.addresses(database, options.postgres))
            served = [
                stack.enter_context(service.serving_people(people, address(people)))
                for people in sizes
            ]
            times = _measure(served, options.rounds)
            found += _show(_gates(database, served, times))
            costs[database] = _costs(served, times)
            found += snapshots.tried(database, served[-1], options.rounds)
    results.keep(directories.FOLDER / "exports.json", found, costs=costs)
    return int(results.missed(found))


def _measure(served: list[Service], rounds: int) -> Times:
    """Return what all sides take in turn; a first download of each warms it up."""
    many, times = served[-1], Times()
    statement = _same_file(many)
    for each in served[:-1]:
        each.download()
    for _ in range(rounds):
        for each in served:
            with each.watched() as peaks:
                download = each.download()
            times.add(_ours(each), download.seconds)
            most = max(peaks.values(), default=0)
            times.peaks[each.people] = max(times.peaks.get(each.people, 0), most)
        times.first_bytes.append(download.first)
        times.add("shell", shells.seconds(many.address, statement))
        times.add("raw", shells.raw_seconds(many.address, statements.RAW_STATEMENT))
        for name in OPPONENTS:
            question = {"command": "opponent", "name": name, "rows": _slice(many)}
            times.add(name, many.child.ask(question)["seconds"])
    return times


def _gates(database: str, served: list[Service], times: Times) -> list[results.Result]:
    few, many = served[1], served[-1]
    ours, size = _ours(many), f"{many.living:,} people"
    shell, most = SHELL[database]
    first_bytes = [1000 * first for first in times.first_bytes]
    growth = (times.peaks[many.people] - times.peaks[few.people]) / MEGABYTE
    return [
        results.ratio(database, f"{size} against {shell}", times.pairs(ours, "shell"), most),
        results.ratio(
            database, f"{size} against a raw dump", times.pairs(ours, "raw"), RAW[database]
        ),
        *(
            results.ratio(
                database,
                f"a person against {name}",
                times.pairs(ours, name, many.living / _slice(many)),
                FASTER,
                at_least=True,
            )
            for name in OPPONENTS
        ),
        results.value(database, "first byte of the body", first_bytes, FIRST_BYTE, " ms"),
        results.value(
            database, f"memory, {many.people:,} against {few.people:,}", [growth], GROWTH, " MB"
        ),
    ]


def _show(found: list[results.Result]) -> list[results.Result]:
    for result in found:
        results.show(result)
    return found


def _costs(served: list[Service], times: Times) -> dict[str, Any]:
    """Print and return the microseconds a person: ours by size and how they grow, and the others'.

    The exponent is that of the seconds against people: 1 when each costs the same.
    """
    seconds = {each.living: median(times.sides[_ours(each)]) for each in served}
    many = served[-1]
    people_of = {"shell": many.living, "raw": many.living} | dict.fromkeys(OPPONENTS, _slice(many))
    ours = {people: 1e6 * took / people for people, took in seconds.items()}
    # A download of fewest people is mostly the request around it.
    logs = [[log(number) for number in pair] for pair in list(seconds.items())[1:]]
    exponent = linear_regression(*zip(*logs, strict=True)).slope
    shown = ", ".join(f"{micro:.1f} for {people:,}" for people, micro in ours.items())
    print(f"{'':<10} µs a person: {shown}; seconds grow with people^{exponent:.2f}", flush=True)
    others = {side: 1e6 * median(times.sides[side]) / people for side, people in people_of.items()}
    return {"ours": ours, "others": others, "exponent": exponent}


def _same_file(many: Service) -> str:
    """Return the statement of the shell's side, once it has been seen to give the same file."""
    with TemporaryDirectory(prefix="usersvc-bench-") as folder:
        ours, theirs = Path(folder, "ours.csv"), Path(folder, "theirs.csv")
        many.download(to=ours)
        question = {"command": "statement", "at": datetime.now(UTC).isoformat()}
        statement = str(many.child.ask(question)["sql"])
        shells.seconds(many.address, statement, theirs)
        with ours.open(newline="") as our_lines, theirs.open(newline="") as their_lines:
            next(our_lines)  # the titles
            for one, other in zip(csv.reader(our_lines), csv.reader(their_lines), strict=True):
                if one != other:
                    sys.exit(f"The shell's file is another one:\n{one}\n{other}")
    return statement


def _ours(served: Service) -> str:
    return f"ours, {served.people}"


def _slice(served: Service) -> int:
    return min(SLICE, served.living)


if __name__ == "__main__":
    foreground.start(main)
