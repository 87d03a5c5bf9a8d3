"""Readers that are slow or go away: they are cut off, told of, and hold nothing of the database."""

import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from usersvc.databases import SQLITE_LOG_BYTES

from .reading import DOWNLOAD, Reader, entry, until
from .serving import PATIENCE, place, serving

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
ON_POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")
# More than the buffers of a connection hold.
PEOPLE = {"USERSVC_DEMO_USERS": "30000"}
PATIENT = {"USERSVC_EXPORT_LEAST_RATE": "0", "USERSVC_EXPORTS_PER_CALLER": "1"}
SLOW = {"USERSVC_EXPORT_LEAST_RATE": "1000000", "USERSVC_EXPORT_GRACE_SECONDS": "1"}
HASTY = {"USERSVC_EXPORT_LEAST_RATE": "0", "USERSVC_EXPORT_MAX_SECONDS": "2"}
LARGE = 64_000_000  # bytes: more than the buffers of a connection grow to
ENDLESS = {
    True: "(SELECT count(*) FROM (SELECT pg_sleep(100000)) AS forever) > 0",
    False: "(WITH RECURSIVE forever(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM forever)"
    " SELECT count(*) FROM forever) > 0",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with place(tmp_path_factory.mktemp("readers")) as here:
        yield here


@pytest.fixture(scope="module")
def long_patient(here):
    with started(here, PATIENT) as service:
        yield service


@pytest.fixture
def patient(here, long_patient):
    """A service that bears any reader, but only one of a caller."""
    until(lambda: not are_taken(here))
    return long_patient


def are_taken(here):
    """Tell whether any slot is taken."""
    for path in (here.folder / "exports").glob("[0-9]"):
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


@contextmanager
def started(here, settings):
    """Start a service whose administrator's password is known to later ones, too."""
    password = "a password of the tests"
    with serving(here, **PEOPLE, **settings, USERSVC_ADMIN_PASSWORD=password) as service:
        body = json.dumps({"username": "admin", "password": password}).encode()
        headers = {"Content-Type": "application/json"}
        answer = urlopen(Request(f"{service.address}/api/token", body, headers))
        service.token = json.load(answer)["access"]
        yield service


def said(service):
    """Return the lines that tell of exports that ended early."""
    return [line for line in service.log.read_text().splitlines() if "exports.pipeline" in line]


def is_free(here):
    """Tell whether no transaction is open; on SQLite nothing keeps the write-ahead log either."""
    if here.is_postgres:
        return not here.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
    with closing(sqlite3.connect(here.folder / "usersvc.sqlite3", timeout=0)) as connection:
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # somebody else is about to do the same
            return False
    log = here.folder / "usersvc.sqlite3-wal"  # the last to close the database takes it away
    return not busy and (not log.exists() or log.stat().st_size == 0)


def is_at_work(here):
    """Tell whether the endless question has been reached."""
    if here.is_postgres:  # whoever the caller is, is asked before, in a transaction that is short
        asleep = "datname = current_database() AND wait_event = 'PgSleep'"
        return here.rows(f"SELECT pid FROM pg_stat_activity WHERE {asleep}")
    return not is_free(here)


def write(here):
    """Write something, so that a snapshot and the present differ."""
    change(here, "UPDATE users_tag SET description = 'written'")


def change(here, *statements):
    if here.is_postgres:
        with psycopg.connect(here.address, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '60s'")  # an export that was left would hold it
            for statement in statements:
                connection.execute(statement)
    else:
        with closing(sqlite3.connect(here.folder / "usersvc.sqlite3", timeout=60)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()


@contextmanager
def endless(here, table="users_tag"):
    """Let every question about a table take for ever."""
    kept, condition = f"{table}_kept", ENDLESS[here.is_postgres]
    change(
        here,
        f"ALTER TABLE {table} RENAME TO {kept}",
        f"CREATE VIEW {table} AS SELECT * FROM {kept} WHERE {condition}",
    )
    try:
        yield
    finally:
        change(here, f"DROP VIEW {table}", f"ALTER TABLE {kept} RENAME TO {table}")


def get(service, path=DOWNLOAD, method="GET"):
    headers = {"Authorization": f"Bearer {service.token}"}
    return urlopen(Request(service.address + path, headers=headers, method=method))


def test_a_slow_reader_is_cut_off_and_holds_nothing(here):
    with started(here, SLOW) as service, closing(Reader(service, service.token)) as reader:
        first = reader.begin()
        write(here)
        assert not is_free(here)
        # A thousand bytes each time are far fewer than a million a second.
        until(lambda: said(service) or not reader.sip())
        until(lambda: is_free(here))
        rest = reader.rest()
        [line] = said(service)
        told = entry(here)
    assert first.startswith(b"HTTP/1.1 200")
    assert reader.is_broken
    assert not rest.endswith(b"0\r\n\r\n")
    assert told["outcome"] == "cut off: slow reader"
    assert "export cut off: slow reader: download of " in line
    assert f"{told['rows']} rows, {told['bytes']} bytes" in line
    assert "admin" not in line
    assert "Traceback" not in service.log.read_text()


def post(service, path, data=None):
    headers = {"Authorization": f"Bearer {service.token}", "Content-Type": "application/json"}
    request = Request(service.address + path, json.dumps(data).encode(), headers)
    return json.load(urlopen(request))


def test_a_slow_reader_of_a_jobs_file_is_cut_off(here):
    with started(here, SLOW | {"USERSVC_WORKERS": "1"}) as service:
        job = f"/api/v2/jobs/{post(service, '/api/v2/jobs/users-exports', {})['id']}"
        until(lambda: json.load(get(service, job))["status"] == "completed")
        address = json.load(get(service, job))["location"].removeprefix(service.address)
        [file] = [path for path in (here.folder / "jobs").glob("*/*") if path.is_file()]
        os.truncate(file, LARGE)
        change(here, f"UPDATE exports_job SET bytes = {LARGE}")
        with closing(Reader(service, path=address)) as reader:
            content = reader.begin()
            until(lambda: "cut off: slow reader: file of job_" in service.log.read_text())
            content += reader.rest()
            assert content.startswith(b"HTTP/1.1 200")
            assert len(content) < LARGE
        assert "Traceback" not in service.log.read_text()


def test_a_reader_that_takes_its_time_is_cut_off_when_it_is_up(here):
    with started(here, HASTY) as service, closing(Reader(service, service.token)) as reader:
        reader.begin()
        until(lambda: said(service))
        until(lambda: is_free(here))
        reader.rest()
        assert reader.is_broken
        assert entry(here)["outcome"] == "cut off: over its time"
        with endless(here):
            with pytest.raises(HTTPError) as refused:
                get(service)
            until(lambda: is_free(here))
        assert refused.value.code == 503
        assert "2 seconds" in json.load(refused.value)["error_message"]
        assert entry(here)["outcome"] == "cut off: over its time"
        assert b"userid" in get(service).readline()


def test_a_reader_that_closes_in_the_middle_holds_nothing(here, patient):
    reader = Reader(patient, patient.token)
    reader.begin()
    write(here)
    assert not is_free(here)
    reader.close()
    until(lambda: is_free(here))
    until(lambda: entry(here)["outcome"] == "aborted")
    assert 0 < entry(here)["rows"] < 30_000


@pytest.mark.parametrize("table", ["users_tag", "users_connection"])  # before and while it copies
def test_a_reader_that_vanishes_while_the_database_works_holds_nothing(here, patient, table):
    with endless(here, table):
        reader = Reader(patient, patient.token)
        write_to = "UPDATE users_role SET description = 'written'"
        until(lambda: change(here, write_to) or is_at_work(here))
        reader.close()
        until(lambda: is_free(here))
    until(lambda: entry(here)["outcome"] == "aborted")
    assert entry(here)["rows"] == 0


def test_one_export_more_is_asked_to_come_back(here, patient):
    with closing(Reader(patient, patient.token)) as reader:
        reader.begin()
        for _ in range(4):  # whichever process answers
            with pytest.raises(HTTPError) as refused:
                get(patient)
            assert refused.value.code == 429
            assert int(refused.value.headers["Retry-After"]) > 0
            assert json.load(refused.value)["error_message"].startswith("1 exports of yours")
        assert get(patient, method="HEAD").status == 200
        assert get(patient, "/users").status == 200
    until(lambda: not are_taken(here))
    assert get(patient).readline().startswith(b"firstname,")


@pytest.mark.skipif(ON_POSTGRES, reason="a log that PostgreSQL does not have")
def test_the_write_ahead_log_does_not_stay_large(here, patient):
    log = here.folder / "usersvc.sqlite3-wal"
    large = 2 * SQLITE_LOG_BYTES
    with closing(sqlite3.connect(here.folder / "usersvc.sqlite3", timeout=60)) as writer:
        with closing(Reader(patient, patient.token)) as reader:
            reader.begin()
            writer.execute("CREATE TABLE scratch (content)")
            writer.execute("INSERT INTO scratch VALUES (randomblob(?))", [large])
            writer.commit()
            assert log.stat().st_size > large  # the export's snapshot needs what is older
        until(lambda: not are_taken(here))
        # Exports write to the audit, which is all that it takes: our connection stays open.
        until(lambda: get(patient).read() and log.stat().st_size <= SQLITE_LOG_BYTES)
        writer.execute("DROP TABLE scratch")


@pytest.mark.skipif(not ON_POSTGRES, reason="limits that SQLite does not have")
def test_what_the_server_allows_a_statement_does_not_end_an_export(here, patient):
    sessions = "FROM pg_stat_activity WHERE datname = current_database() AND"
    change(
        here,
        f"ALTER DATABASE {here.name} SET statement_timeout = '1s'",
        f"SELECT pg_terminate_backend(pid) {sessions} pid <> pg_backend_pid()",
    )
    copying = f"SELECT pid {sessions} query LIKE 'COPY%' AND now() - query_start > interval '2s'"
    with closing(Reader(patient, patient.token)) as reader:
        reader.begin()
        until(lambda: here.rows(copying))
        assert reader.whole().endswith(b"0\r\n\r\n")
    until(lambda: entry(here)["outcome"] == "complete")
    change(here, f"ALTER DATABASE {here.name} RESET statement_timeout")


@needs_curl
def test_half_a_file_never_looks_like_a_whole_one(here, patient, tmp_path):
    """The oldest person, who comes last, cannot be read; PostgreSQL's session is ended."""
    oldest = "(SELECT id FROM users_user WHERE deleted_at IS NULL ORDER BY created_at LIMIT 1)"
    if not here.is_postgres:
        change(here, f"UPDATE users_user SET phone = CAST(x'ff' AS TEXT) WHERE id = {oldest}")
    # On SQLite it meets the broken row late; on PostgreSQL it must not be done before the session.
    rate = "1m" if here.is_postgres else "100m"
    for version, code in (("--http1.1", 18), ("--http1.0", 56)):
        until(lambda: not are_taken(here))
        curl = subprocess.Popen(
            [
                *("curl", "-s", "-S", version, "--limit-rate", rate, "-o", tmp_path / "file"),
                *("-H", f"Authorization: Bearer {patient.token}", patient.address + DOWNLOAD),
            ],
            stderr=subprocess.PIPE,
        )
        until(lambda: (tmp_path / "file").exists())
        if here.is_postgres:
            until(
                lambda: here.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'COPY%'"
                )
            )
        _, error = curl.communicate(timeout=PATIENCE)
        assert curl.returncode == code, error
        until(lambda: entry(here)["outcome"] == "failed")
        (tmp_path / "file").unlink()
    assert "export failed after" in patient.log.read_text()
