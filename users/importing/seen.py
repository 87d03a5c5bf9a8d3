"""What a file has told of so far: every name and its line, on disk where memory would not do."""

import sqlite3
from hashlib import blake2b

CACHE = "PRAGMA cache_size = -8192"  # kibibytes
TABLE = (
    "CREATE TABLE seen "
    "(key BLOB PRIMARY KEY, number INTEGER NOT NULL, line INTEGER NOT NULL) WITHOUT ROWID"
)


class Seen:
    """The names of a file; a private database that vanishes with its connection."""

    def __init__(self) -> None:
        # Without a name it lives in memory up to the size of the cache, and in a file beyond it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (CACHE, "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", TABLE):
            self._database.execute(statement)
        self._database.execute("BEGIN")

    def first(self, kind: str, name: str, number: int, line: int) -> int | None:
        """Return the line that told of a name before; None for the first row that does."""
        text = f"{kind}\0{name}".encode("utf-8", "surrogatepass")
        key = blake2b(text, digest_size=12).digest()
        add = "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)"
        if self._database.execute(add, (key, number, line)).rowcount:
            return None
        ask = "SELECT number, line FROM seen WHERE key = ?"
        first, where = self._database.execute(ask, (key,)).fetchone()
        return None if first == number else int(where)

    def close(self) -> None:
        """Forget everything."""
        self._database.close()
