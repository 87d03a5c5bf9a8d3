"""Outages: what keeps a request from being answered now, and passes without a change of ours."""

import errno
import logging
import sqlite3

from django.db import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisGoneError
from redis.exceptions import TimeoutError as RedisSilentError

RETRY_AFTER = 5  # seconds
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
AWAY = (OperationalError, InterfaceError)

log = logging.getLogger(__name__)


def is_outage(error: BaseException | None) -> bool:
    """Return whether an error is a database or a queue that is away, or a disk that is full."""
    if isinstance(error, AWAY):
        return not _is_mistake(error.__cause__)
    if isinstance(error, (RedisGoneError, RedisSilentError)):
        return True
    return isinstance(error, OSError) and error.errno in NO_ROOM


def note(error: BaseException) -> None:
    """Log an outage by its kind: a statement that failed may hold names of people."""
    kinds = [type(each).__name__ for each in (error, error.__cause__) if each]
    log.warning("a request met an outage: %s", " from ".join(kinds))


def _is_mistake(cause: BaseException | None) -> bool:
    # To SQLite a table that is not there is as operational as a disk that is full.
    if not isinstance(cause, sqlite3.Error):
        return False
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE)
