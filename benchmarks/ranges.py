"""`make bench`: what two processes gain that export one half of the ids each, on both databases.

docs/scaling.md reckons with it. The parts are rendered as a worker renders them, without HTTP.
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import time
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import directories
import foreground
import results
from child import Child

PARTS = 2


def main() -> int:
    """Measure, print and write."""
    options = directories.options(__doc__, rounds=3).parse_args()
    found: list[results.Result] = []
    for database in options.databases:
        with ExitStack() as stack:
            address = stack.enter_context(directories.addresses(database, options.postgres))
            where = address(options.many)
            directories.fill(options.many, where)
            children = [Child("exporting.py", directories.environment(where)) for _ in range(PARTS)]
            for child in children:
                stack.callback(child.close)
            found.append(_gain(database, children, options.rounds))
            results.show(found[-1])
    load = os.getloadavg()[1]
    print(f"{os.cpu_count()} cores, of which {load:.1f} were in use over five minutes", flush=True)
    results.keep(directories.FOLDER / "ranges.json", found, cores=os.cpu_count(), load=load)
    return 0


def _gain(database: str, children: list[Child], rounds: int) -> results.Result:
    ids = children[0].ask({"command": "bounds", "parts": PARTS})["ids"]
    edges = [None, *ids, None]
    halves = list(pairwise(edges))
    whole = [(None, None)]
    times = []
    for _ in range(rounds):
        one, people = _seconds(children, whole)
        two, both = _seconds(children, halves)
        assert people == both  # noqa: S101
        times.append((two, one))
    name = f"{people:,} people in two halves at once, against one whole"
    return results.ratio(database, name, times, None, at_least=True)


def _seconds(children: list[Child], parts: list[tuple[Any, Any]]) -> tuple[float, int]:
    """Return how long it takes until all parts are there, each a child's, and their rows."""
    started = time.perf_counter()
    working = list(zip(children, parts, strict=False))
    for child, (start, end) in working:
        child.put({"command": "part", "start": start, "end": end})
    rows = sum(child.read()["rows"] for child, _ in working)
    return time.perf_counter() - started, rows


if __name__ == "__main__":
    foreground.start(main)
