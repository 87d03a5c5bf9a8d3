"""The directories that `make bench` measures: where they are kept, and filling them.

SQLite's stay in var/bench/; PostgreSQL's too, with --postgres and a role that may create databases.
"""
# ruff: noqa: S603  (it runs our own commands)

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
# Unlike a test's, this cluster writes as carefully as one in service.
AS_IN_SERVICE = "-c listen_addresses="


def options(description: str | None, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark of these directories has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--few", type=int, default=10_000, help="people in the small directory")
    parser.add_argument("--many", type=int, default=1_000_000, help="people in the large one")
    parser.add_argument("--rounds", type=int, default=rounds, help="at least 3")
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument(
        "--postgres", help="postgresql://…/{} of a cluster that keeps the directories"
    )
    return parser


@contextmanager
def addresses(database: str, cluster: str | None) -> Iterator[Callable[[int], str]]:
    """Give a function from a number of people to the address of their directory."""
    FOLDER.mkdir(parents=True, exist_ok=True)
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


def environment(address: str) -> dict[str, str]:
    """Return the variables with which a process of ours finds a directory."""
    return {
        **os.environ,
        "USERSVC_DATA": str(FOLDER),
        "DATABASE_URL": address,
        "USERSVC_ACCESS_TOKEN_SECONDS": "86400",
    }


def fill(people: int, address: str) -> None:
    """Migrate the database and fill it up to so many people."""
    for command in (["migrate", "-v", "0"], ["seed_users", str(people)]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment(address),
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _create_database(address: str, name: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not there.fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
