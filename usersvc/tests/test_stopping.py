"""SIGTERM: nothing new is taken; what is under way ends by itself, or is cut off at a limit."""

import csv
import io
import json
import signal
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER
from pypdf import PdfReader

from .reading import ENTRIES, Reader, entry, until
from .serving import PATIENCE, place
from .stopping import PASSWORD, answered, ended, started, stop
from .talking import Answer
from .test_readers import endless, is_at_work

USERNAMES = "SELECT username FROM users_user WHERE deleted_at IS NULL"
PDF = "/api/users/export?format=pdf&status=suspended"
STOPPED = "cut off: the service was stopped"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with place(tmp_path_factory.mktemp("stopping")) as here:
        yield here


def test_a_download_that_is_being_read_arrives_whole(here):
    with started(here, PATIENCE) as service:
        with closing(Reader(service, service.token)) as reader:
            answer = answered(reader)
            stop(service)
            assert service.process.poll() is None
            rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
        assert ended(service) == (0, "")
    assert sorted(row["userid"] for row in rows) == sorted(
        username for (username,) in here.rows(USERNAMES)
    )
    assert entry(here)["outcome"] == "complete"


@pytest.mark.parametrize("version", [pytest.param("1.0", marks=pytest.mark.once), "1.1"])
def test_a_download_that_nobody_reads_is_cut_off_at_the_limit(here, version):
    with (
        started(here, 1) as service,
        closing(Reader(service, service.token, version=version)) as reader,
    ):
        content = reader.begin()
        stop(service)
        code, said = ended(service)
        content += reader.rest()
    assert b" 200 OK" in content
    assert reader.is_broken
    assert not content.endswith(b"0\r\n\r\n")
    told = entry(here)
    assert (code, told["outcome"]) == (0, STOPPED)
    assert told["rows"] < 30_000
    assert f"export {STOPPED}: download of " in said
    assert said.count("\n") == 1


@pytest.mark.once
@pytest.mark.parametrize("length", [0, 20_000])  # a large body has a thread
def test_a_request_that_is_being_sent_is_answered(here, length):
    body = json.dumps({"username": "admin", "password": PASSWORD}).encode().ljust(length)
    head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue"
    with started(here, PATIENCE) as service:
        with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as caller:
            caller.sendall(
                f"POST /api/token HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode()
            )
            assert caller.recv(100).startswith(b"HTTP/1.1 100 ")
            stop(service)
            time.sleep(1.25 * STOP_KEEPALIVE_LINGER)  # after which others are hung up on
            caller.sendall(body)
            answer = Answer(caller.makefile("rb").read().decode())
        assert ended(service) == (0, "")
    assert answer.status == 200
    assert answer.json()["access"]


@pytest.mark.once
def test_a_pdf_that_is_being_made_arrives_whole(here):
    with started(here, PATIENCE) as service:
        exports = len(here.rows(ENTRIES))
        with closing(Reader(service, service.token, path=PDF)) as reader:
            until(lambda: len(here.rows(ENTRIES)) > exports)
            stop(service)
            answer = answered(reader)
            pdf = PdfReader(io.BytesIO(answer.read()))
        assert ended(service) == (0, "")
    assert answer.status == 200
    assert len(pdf.pages) > 1
    assert entry(here)["outcome"] == "complete"


def test_what_has_no_first_byte_at_the_limit_is_an_error_that_says_why(here):
    with started(here, 1) as service, endless(here):
        with closing(Reader(service, service.token)) as reader:
            until(lambda: is_at_work(here))
            stop(service)
            answer = answered(reader)
            told = json.load(answer)
        assert ended(service)[0] == 0
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert "stopped" in told["error_message"]
    assert entry(here)["outcome"] == STOPPED


def test_jobs_stop_while_a_download_is_still_being_read(here):
    with started(here, PATIENCE, USERSVC_WORKERS=1) as service:
        with closing(Reader(service, service.token)) as reader:
            answer = answered(reader)
            [worker] = [pid for pid in service.workers() if does_jobs(pid)]
            stop(service)
            until(lambda: not does_jobs(worker))
            assert service.process.poll() is None
            assert answer.read().startswith(b"firstname,")
        assert ended(service) == (0, "")


def does_jobs(pid):
    """Tell whether a process is there and is one that does jobs."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"manage.py\0work\0")
    except FileNotFoundError:
        return False


@pytest.mark.once
def test_an_interrupt_waits_for_nobody(here):
    with started(here, PATIENCE) as service, closing(Reader(service, service.token)) as reader:
        reader.begin()
        stop(service)
        service.process.send_signal(signal.SIGINT)
        assert ended(service)[0] == 0
