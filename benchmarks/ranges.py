"""`make bench`: what two processes gain that export one half of the ids each, on both databases.

docs/scaling.md reckons with it. The parts are rendered as a worker renders them, without HTTP.
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import time
from contextlib import ExitStack
from itertools import pairwise
from statistics import median
from typing import Any

import directories
import foreground
import results
from child import Child

PARTS = 2
PER_PERSON = ("ours", "server", "bytes")


def main() -> int:
    """Measure, print and write."""
    options = directories.options(__doc__, rounds=3).parse_args()
    found: list[results.Result] = []
    people: dict[str, dict[str, float]] = {}
    for database in options.databases:
        with ExitStack() as stack:
            address = stack.enter_context(directories.addresses(database, options.postgres))
            where = address(options.many)
            directories.fill(options.many, where)
            children = [Child("exporting.py", directories.environment(where)) for _ in range(PARTS)]
            for child in children:
                stack.callback(child.close)
            gain, people[database] = _gain(database, children, options.rounds)
            found.append(gain)
            results.show(gain)
            print(
                f"{'':<10} a person: {1e6 * people[database]['ours']:.1f} µs of our processor's"
                f" time, {1e6 * people[database]['server']:.1f} µs of the database's,"
                f" {people[database]['bytes']:.0f} bytes",
                flush=True,
            )
    load = os.getloadavg()[1]
    print(f"{os.cpu_count()} cores, of which {load:.1f} were in use over five minutes", flush=True)
    results.keep(
        directories.FOLDER / "ranges.json", found, cores=os.cpu_count(), load=load, person=people
    )
    return 0


def _gain(
    database: str, children: list[Child], rounds: int
) -> tuple[results.Result, dict[str, float]]:
    """Return how much sooner halves are there, and what one person of a whole file takes."""
    ids = children[0].ask({"command": "bounds", "parts": PARTS})["ids"]
    halves = list(pairwise([None, *ids, None]))
    times, wholes = [], []
    for _ in range(rounds):
        one, [whole] = _seconds(children, [(None, None)])
        two, parts = _seconds(children, halves)
        assert whole["rows"] == sum(part["rows"] for part in parts)  # noqa: S101
        times.append((two, one))
        wholes.append(whole)
    name = f"{whole['rows']:,} people in two halves at once, against one whole"
    person = {key: median(one[key] / one["rows"] for one in wholes) for key in PER_PERSON}
    return results.ratio(database, name, times, None, at_least=True), person


def _seconds(
    children: list[Child], parts: list[tuple[Any, Any]]
) -> tuple[float, list[dict[str, Any]]]:
    """Return how long it takes until all parts are there, each a child's, and what they took."""
    started = time.perf_counter()
    working = list(zip(children, parts, strict=False))
    for child, (start, end) in working:
        child.put({"command": "part", "start": start, "end": end})
    found = [child.read() for child, _ in working]
    return time.perf_counter() - started, found


if __name__ == "__main__":
    foreground.start(main)
