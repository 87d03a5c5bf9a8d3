"""What keeps a request from being answered for a while: 503 and when to come again, never 500."""

import errno
import sqlite3

import psycopg
import pytest
from django.core.cache.backends.filebased import FileBasedCache
from django.db import InterfaceError, OperationalError, ProgrammingError
from redis.exceptions import ConnectionError as RedisGoneError

from usersvc import caching
from usersvc.cache import DispensableFileCache
from usersvc.outages import is_outage

pytestmark = pytest.mark.django_db
SENTENCE = "the service cannot do this now; ask again later"


def of(error, cause):
    error.__cause__ = cause
    return error


def of_sqlite(code):
    cause = sqlite3.OperationalError("said by SQLite")
    cause.sqlite_errorcode = code
    return of(OperationalError("said by SQLite"), cause)


OUTAGES = [
    of(OperationalError("gone"), psycopg.errors.AdminShutdown("gone")),
    of(OperationalError("gone"), psycopg.OperationalError("no server")),
    of(InterfaceError("closed"), psycopg.InterfaceError("closed")),
    of_sqlite(sqlite3.SQLITE_FULL),
    of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
    of_sqlite(sqlite3.SQLITE_IOERR_WRITE),
    OSError(errno.ENOSPC, "No space left on device"),
    RedisGoneError("gone"),
]
MISTAKES = [
    of_sqlite(sqlite3.SQLITE_ERROR),  # no such table
    of(ProgrammingError("no such table"), psycopg.errors.UndefinedTable("no such table")),
    OSError(errno.ENOENT, "No such file"),
    RuntimeError("a mistake"),
    None,
]


@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_an_outage_passes(error):
    assert is_outage(error)


@pytest.mark.parametrize("error", MISTAKES, ids=repr)
def test_a_mistake_does_not(error):
    assert not is_outage(error)


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.parametrize("error", OUTAGES[:1] + OUTAGES[3:4], ids=repr)
def test_programs_are_told_when_to_come_again(client, monkeypatch, caplog, error):
    monkeypatch.setattr("users.authentication.bearer", raising(error))
    monkeypatch.setattr(
        "users.authentication.TokenAuthentication.get_validated_token", lambda *args: ""
    )
    own = {"HTTP_AUTHORIZATION": "Bearer of.some.kind"}
    answer = client.get("/users", **own)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"code": 503, "message": SENTENCE, "data": {}}
    answer = client.get("/api/v2/users/download", **own)
    assert (answer.status_code, answer.json()["error_message"]) == (503, SENTENCE)
    answer = client.get("/api/v2/jobs", **own)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["errorCode"] == "service_unavailable"
    assert type(error).__name__ in caplog.text
    assert "said by" not in caplog.text


def test_what_no_view_has_raised_is_told_alike(client, monkeypatch):
    """A database that goes away between a view's answer and the session that is kept after it."""
    client.raise_request_exception = False
    monkeypatch.setattr("users.middleware.actor.acting", raising(OUTAGES[0]))
    answer = client.get("/users")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["message"] == SENTENCE
    page = client.get("/admin/")
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert page["Content-Type"].startswith("text/html")
    monkeypatch.setattr("users.middleware.actor.acting", raising(RuntimeError("a mistake")))
    for path in ("/users", "/admin/"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "Retry-After" not in answer


def test_requests_go_on_uncounted_where_the_disk_is_full(tmp_path, monkeypatch):
    given = caching.caches("", tmp_path)["throttles"]
    assert given["BACKEND"] == "usersvc.cache.DispensableFileCache"
    throttles = DispensableFileCache(given["LOCATION"], {"OPTIONS": given["OPTIONS"]})
    throttles.set("a", 1)
    full = raising(OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(FileBasedCache, "_write_content", full)
    throttles.set("a", 2)
    assert throttles.get("a") == 1
    monkeypatch.setattr(FileBasedCache, "_write_content", raising(OSError(errno.EACCES, "no")))
    with pytest.raises(OSError, match="no"):
        throttles.set("a", 3)
