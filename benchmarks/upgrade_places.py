"""A directory of before in a place of its own: what runs over it, and copies of it."""
# ruff: noqa: S603  (it runs our own commands)

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import directories
import psycopg

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

ROOT = directories.ROOT
PASSWORD = "correct horse battery"  # noqa: S105 - of this run alone
MIGRATE = ("manage.py", "migrate", "-v", "0")
DONE = "SELECT count(*) FROM django_migrations"
PATIENCE = 1_800.0
BETWEEN_LOOKS = 0.01


class Place(serving.Place):
    """A data folder and a database, empty or a copy, and the commands that run over them."""

    def __init__(self, folder: Path, original: "Place | None" = None) -> None:
        super().__init__(folder, os.environ.get("DATABASE_URL", ""))
        self.original = original

    def create(self) -> None:
        """Make the folder and the database; nothing may be open in what is copied."""
        if self.original is None:
            self.folder.mkdir()
        else:
            shutil.copytree(self.original.folder, self.folder)
        if self.is_postgres:
            template = self.original.name if self.original else "template1"
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {template}")

    def attempt(self, *words: str, tree: Path = ROOT) -> "subprocess.CompletedProcess[str]":
        """Run Python in a tree over this place, and return how it ended."""
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=tree, env=self._environment, capture_output=True, text=True, check=False
        )

    def run(self, *words: str, tree: Path = ROOT) -> str:
        """Run Python in a tree over this place; return what it prints, or end with its words."""
        done = self.attempt(*words, tree=tree)
        if done.returncode:
            sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def script(self, name: str, *words: str, tree: Path) -> str:
        """Run one of our scripts in a tree over this place; return what it prints."""
        return self.run(str(ROOT / "benchmarks" / name), *words, tree=tree)

    def migrations(self) -> int:
        """Return how many migrations were done here."""
        [(count,)] = self.rows(DONE)
        return int(count)

    def migrate(self) -> tuple[float, float]:
        """Migrate with today's code; return the seconds, and the most memory in MB."""
        started = time.monotonic()
        with self._migrating() as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"migrate failed:\n{(self.folder / 'log').read_text()}")
        return time.monotonic() - started, usage.ru_maxrss / 1024

    def kill_migrating(self, after: int) -> bool:
        """Kill a migration once so many were done; tell whether it was still at work."""
        deadline = time.monotonic() + PATIENCE
        with self._migrating() as process:
            while process.poll() is None and self.migrations() < after:
                if time.monotonic() > deadline:
                    sys.exit(f"It never got to {after} migrations.")
                time.sleep(BETWEEN_LOOKS)
            return process.poll() is None

    def served(self, **settings: str) -> Any:
        """Serve this place for the time of the block that this begins."""
        return serving.serving(self, **settings)

    @contextmanager
    def _migrating(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (
            (self.folder / "log").open("w") as log,
            subprocess.Popen(
                [sys.executable, *MIGRATE], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "USERSVC_ADMIN_PASSWORD": PASSWORD, **self.settings}


@contextmanager
def place(folder: Path, original: Any = None) -> Iterator[Place]:
    """Make a place, empty or a copy, for the time of the block."""
    here = Place(folder, original)
    here.create()
    try:
        yield here
    finally:
        here.drop()
        shutil.rmtree(folder)
