"""A database as one file and back: SQLite by its own backup, PostgreSQL by pg_dump and psql."""

import os
import shutil
import sqlite3
import subprocess  # nosec B404 - it starts PostgreSQL's own programs
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped]
from psycopg import pq
from psycopg.conninfo import make_conninfo

PIECE = 1024 * 1024
LONGEST = 2_000  # bytes of what a program says
EMPTIED = ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


class DumpError(Exception):
    """A database cannot be dumped, or put back; its text is for who asked."""


def write(file: Any) -> None:
    """Write the database as it is at one instant; others go on meanwhile."""
    if connection.vendor == "postgresql":
        _run("pg_dump", "--format=plain", "--no-owner", "--no-privileges", into=file)
        return
    with NamedTemporaryFile(dir=settings.DATA_DIR, prefix=".dump-") as draft:
        _copy(_sqlite_name(), draft.name)
        with open(draft.name, "rb") as copy:
            shutil.copyfileobj(copy, file, PIECE)


def read(dump: Path) -> None:
    """Replace all that the database holds by a dump, in one transaction."""
    connection.close()
    if connection.vendor == "postgresql":
        emptied = [argument for command in EMPTIED for argument in ("-c", command)]
        options = ("-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1")
        _run("psql", *options, *emptied, "-f", str(dump))
    else:
        _copy(str(dump), _sqlite_name())


def _sqlite_name() -> str:
    return str(connection.settings_dict["NAME"])


def _copy(source: str, target: str) -> None:
    """Copy a SQLite database over another, whoever has either open; DumpError for a damaged one."""
    try:
        with closing(_opened(source)) as there, closing(_opened(target)) as here:
            [found] = there.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise DumpError(f"The database is damaged: {found}")
            there.backup(here)
    except sqlite3.Error as error:
        raise DumpError(f"The database cannot be copied: {error}") from error


def _opened(name: str) -> sqlite3.Connection:
    opened = sqlite3.connect(name, timeout=30)
    register(opened)  # constraints of columns ask for functions of Django's
    return opened


def _run(name: str, *options: str, into: Any = None) -> None:
    """Run a program of PostgreSQL's on the database; DumpError with what it says when it fails."""
    where, password = _address()
    command = [_program(name), *options, f"--dbname={where}"]
    with TemporaryFile() as errors:
        running = subprocess.Popen(  # noqa: S603  # nosec B603
            command, env={**os.environ, **password}, stdout=subprocess.PIPE, stderr=errors
        )
        with running:
            while piece := running.stdout.read(PIECE):  # type: ignore[union-attr]
                if into is not None:
                    into.write(piece)
        if running.returncode:
            errors.seek(0)
            raise DumpError(f"{name}: {errors.read(LONGEST).decode(errors='replace').strip()}")


def _address() -> tuple[str, dict[str, str]]:
    """Return where the database is, and apart from that what no list of processes is to show."""
    told: dict[str, Any] = connection.get_connection_params()
    known = {each.keyword.decode() for each in pq.Conninfo.get_defaults()}
    secret = {"PGPASSWORD": told["password"]} if told.get("password") else {}
    said = {name: value for name, value in told.items() if name in known - {"password"}}
    return make_conninfo("", **said), secret


def _program(name: str) -> str:
    """Return where a program of PostgreSQL's is: on the path, or the newest of Debian's."""
    if found := shutil.which(name):
        return found
    there = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(there, key=lambda path: float(path.parts[4]), default=None)
    if newest is None:
        raise DumpError(f"{name} is not installed (Debian: apt install postgresql-client).")
    return str(newest)
