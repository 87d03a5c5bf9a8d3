"""`make bench`: pages of the directory against what they could cost, on both databases.

Every gate is a ratio of two answers that are asked for in turn, so that a busy machine slows both.
SQLite's directories stay in var/bench/; PostgreSQL's too, with --postgres and a role that may
create databases.
"""
# ruff: noqa: S603, T201  (it runs our own commands and talks to a terminal)

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import foreground
import postgres

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
# Unlike a test's, this cluster writes as carefully as one in service.
AS_IN_SERVICE = "-c listen_addresses="
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


@dataclass
class Result:
    """The ratios of all rounds, and what both sides took in the middle one."""

    database: str
    name: str
    ratio: float
    least: float
    most: float
    ours_ms: float
    theirs_ms: float
    gate: str
    passed: bool | None


class Directory:
    """One database, and the process that answers for it."""

    def __init__(self, people: int, environment: dict[str, str]) -> None:
        self.people = people
        environment = {**environment, "USERSVC_ACCESS_TOKEN_SECONDS": "86400"}
        for command in (["migrate", "-v", "0"], ["seed_users", str(people)]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        self.process = subprocess.Popen(
            [sys.executable, "benchmarks/answering.py"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.words = self._read()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the seconds that an answer took, and the ids in it."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout  # noqa: S101
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit("A benchmark's process has ended.")

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.close()
        self.process.wait()


def main() -> int:
    """Measure, print and write everything; return 1 when a gate is missed."""
    options = _options()
    FOLDER.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for database in options.databases:
        with ExitStack() as stack:
            address = stack.enter_context(_addresses(database, options.postgres))
            directories = {}
            for people in (options.few, options.many):
                environment = {
                    **os.environ,
                    "USERSVC_DATA": str(FOLDER),
                    "DATABASE_URL": address(people),
                }
                directories[people] = Directory(people, environment)
                stack.callback(directories[people].close)
            for comparison in _comparisons(
                database, directories[options.few], directories[options.many]
            ):
                results.append(_compare(database, comparison, directories, options.rounds))
                _print(results[-1])
    (FOLDER / "lists.json").write_text(
        json.dumps([asdict(result) for result in results], indent=1) + "\n"
    )
    return int(any(result.passed is False for result in results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000, help="people in the small directory")
    parser.add_argument("--many", type=int, default=1_000_000, help="people in the large one")
    parser.add_argument("--rounds", type=int, default=5, help="at least 3")
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument(
        "--postgres", help="postgresql://…/{} of a cluster that keeps the directories"
    )
    return parser.parse_args()


@contextmanager
def _addresses(database: str, cluster: str | None) -> Iterator[Any]:
    """Give a function from a number of people to the address of their directory."""
    if database == "SQLite":
        yield lambda people: f"sqlite:///{FOLDER}/lists-{people}.sqlite3"
        return
    with ExitStack() as stack:
        template = cluster or stack.enter_context(postgres.throwaway(AS_IN_SERVICE)).replace(
            "/postgres?", "/{}?"
        )

        def address(people: int) -> str:
            name = f"usersvc_bench_{people}"
            _create_database(template.format("postgres"), name)
            return template.format(name)

        yield address


def _create_database(address: str, name: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not there.fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')


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
    database: str, comparison: Comparison, directories: dict[int, Directory], rounds: int
) -> Result:
    times = []
    for _ in range(rounds + 1):
        theirs, ours = (
            directories[people].ask(question)
            for people, question in (comparison.theirs, comparison.ours)
        )
        if comparison.at_least and ours["ids"] != theirs["ids"]:
            sys.exit(f"{comparison.name}: the two sides found different people")
        times.append((ours["seconds"] * 1000, theirs["seconds"] * 1000))
    times = times[1:]  # the first one warmed both up
    ratios = [theirs / ours if comparison.at_least else ours / theirs for ours, theirs in times]
    ratio, gate = median(ratios), comparison.gate
    return Result(
        database=database,
        name=comparison.name,
        ratio=round(ratio, 2),
        least=round(min(ratios), 2),
        most=round(max(ratios), 2),
        ours_ms=round(median(ours for ours, _ in times), 2),
        theirs_ms=round(median(theirs for _, theirs in times), 2),
        gate="none" if gate is None else f"{'≥' if comparison.at_least else '≤'} {gate:g}×",
        passed=None if gate is None else (ratio >= gate if comparison.at_least else ratio <= gate),
    )


def _print(result: Result) -> None:
    verdict = {None: "", True: "pass", False: "FAIL"}[result.passed]
    print(
        f"{result.database:<10} {result.name:<62} {result.ratio:8.2f}×"
        f" ({result.least:.2f}–{result.most:.2f})  gate {result.gate:<7} {verdict:<4}"
        f" {result.ours_ms:9.2f} ms | {result.theirs_ms:9.2f} ms",
        flush=True,
    )


if __name__ == "__main__":
    foreground.start(main)
