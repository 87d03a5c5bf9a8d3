"""`make bench`: pages of the directory against what they could cost, on both databases.

Every gate is a ratio of two answers that are asked for in turn, so that a busy machine slows both.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import directories
import foreground
import results
from child import Child
from directories import FOLDER

DEEP, DEEP_SIZE = 10_000, 90
FILTERS = {
    "none": "",
    "status=active": "&status=active",
    "status=suspended": "&status=suspended",
    "status, dates": "&status=active&created_at_from=2025-01-01&created_at_to=2025-12-31",
}


@dataclass
class Comparison:
    """Two answers to be timed in turn, each of (people in the directory, question)."""

    name: str
    gate: float | None
    ours: tuple[int, dict[str, Any]]
    theirs: tuple[int, dict[str, Any]]
    at_least: bool = True


class Directory(Child):
    """One database, and the process that answers for it."""

    def __init__(self, people: int, address: str) -> None:
        self.people = people
        directories.fill(people, address)
        super().__init__("answering.py", directories.environment(address))
        self.words = self.read()


def main() -> int:
    """Measure, print and write everything; return 1 when a gate is missed."""
    options = directories.options(__doc__, rounds=5).parse_args()
    found: list[results.Result] = []
    for database in options.databases:
        with ExitStack() as stack:
            address = stack.enter_context(directories.addresses(database, options.postgres))
            asked = {}
            for people in (options.few, options.many):
                asked[people] = Directory(people, address(people))
                stack.callback(asked[people].close)
            for comparison in _comparisons(database, asked[options.few], asked[options.many]):
                found.append(_compare(database, comparison, asked, options.rounds))
                results.show(found[-1])
    results.keep(FOLDER / "lists.json", found)
    return int(results.missed(found))


def _comparisons(database: str, few: Directory, many: Directory) -> Iterator[Comparison]:
    first = "/users?page_size=100"
    # Of a page of few people most is the request around it, which costs both sides the same.
    for directory, gate in ((few, None), (many, 2.5)):
        size = f"page 1 of {directory.people:,}"
        ours = directory.people, _question(first)
        yield Comparison(
            f"{size}, against plain DRF",
            gate,
            ours,
            (directory.people, _question("/plain?page_size=100")),
        )
        offset = directory.people, _question("/offset?page_size=100&page=1")
        yield Comparison(f"{size}, against plain DRF without a count", None, ours, offset)
    page = f"page_size={DEEP_SIZE}&page={min(DEEP, many.words['living'] // DEEP_SIZE)}"
    yield Comparison(
        f"a deep page ({page}), against OFFSET",
        5 if database == "PostgreSQL" else None,
        (many.people, _question(f"/users?{page}", times=3)),
        (many.people, _question(f"/offset?{page}", times=3)),
    )
    for name, term in {"one person": many.words["rare"], "nobody": "quokka.nowhere"}.items():
        request = _question(f"{first}&search={quote(term)}")
        query = _question("search") | {"term": term}
        for kind, gate, ours in (("", 50, query), (", the whole request", None, request)):
            yield Comparison(
                f"search that finds {name}, against a scan{kind}",
                gate,
                (many.people, ours),
                (many.people, ours | {"scan": True, "times": 1}),
            )
    for caller in ("everybody", "subtree"):
        for name, filters in FILTERS.items():
            question = _question(first + filters, caller)
            yield _growth(f"{name}, as who sees {caller}", 3, question, few, many)
    for word in ("role, few", "role, many", "tag, few", "tag, many"):
        yield _growth(f"ids by {word}", None, _question(word), few, many)


def _growth(
    name: str, gate: float | None, question: dict[str, Any], few: Directory, many: Directory
) -> Comparison:
    name = f"{name}: {many.people:,} against {few.people:,}"
    return Comparison(name, gate, (many.people, question), (few.people, question), at_least=False)


def _question(path: str, caller: str = "everybody", times: int = 15) -> dict[str, Any]:
    return {"path": path, "caller": caller, "times": times}


def _compare(
    database: str, comparison: Comparison, asked: dict[int, Directory], rounds: int
) -> results.Result:
    times = []
    for _ in range(rounds + 1):
        theirs, ours = (
            asked[people].ask(question) for people, question in (comparison.theirs, comparison.ours)
        )
        if comparison.at_least and ours["ids"] != theirs["ids"]:
            sys.exit(f"{comparison.name}: the two sides found different people")
        times.append((ours["seconds"], theirs["seconds"]))
    # The first one warmed both up.
    return results.ratio(database, comparison.name, times[1:], comparison.gate, comparison.at_least)


if __name__ == "__main__":
    foreground.start(main)
