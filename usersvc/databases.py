"""The database: SQLite in a file of ours, or a PostgreSQL."""

import os
from pathlib import Path
from typing import Any

from . import environment as env

SQLITE_LOG_BYTES = 16 * 1024 * 1024  # a write-ahead log that an export made longer shrinks to this
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; "
    f"PRAGMA journal_size_limit={SQLITE_LOG_BYTES}; "
    "PRAGMA secure_delete=ON;",  # what is deleted, or erased, is not left in free pages
}


def database(folder: Path) -> dict[str, Any]:
    """Return Django's dictionary of the database that the environment asks for."""
    found: dict[str, Any] = env.database("DATABASE_URL", f"sqlite:///{folder / 'usersvc.sqlite3'}")
    if found["ENGINE"] != "django.db.backends.sqlite3":
        return found | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # A file, as in earnest: in memory, SQLite has no write-ahead log, and readers block writers.
    # Its name is the process's own, so that two runs of the tests do not meet.
    test = {"NAME": str(folder / f"test-{os.getpid()}.sqlite3")}
    return found | {"OPTIONS": SQLITE, "TEST": test}
