"""Callers who send nothing, or slowly: the real server serves others meanwhile."""

import socket
from contextlib import suppress

import pytest

from .serving import PATIENCE, place, serving
from .talking import Answer, send

pytestmark = pytest.mark.once
MORE_THAN_THREADS = 60
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with (
        place(tmp_path_factory.mktemp("patience")) as here,
        serving(here, USERSVC_DEMO_USERS=0) as service,
    ):
        yield service


def connect(service):
    return socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE)


@pytest.fixture
def callers(service):
    """More connections than the service has threads."""
    callers = [connect(service) for _ in range(MORE_THAN_THREADS)]
    yield callers
    for caller in callers:
        caller.close()


def closed(callers):
    """Return those that the service has closed."""
    for caller in callers:
        caller.setblocking(False)
    return [caller for caller in callers if is_closed(caller)]


def is_closed(caller):
    try:
        return caller.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def received(caller):
    answer = b""
    while part := caller.recv(65_536):
        answer += part
    return Answer(answer.decode())


def test_who_sends_nothing_keeps_nobody_out(service, callers):
    assert send(service, "GET", "/healthz").status == 200
    assert closed(callers) == []


def test_who_sends_half_a_head_keeps_nobody_out(service, callers):
    for caller in callers:
        caller.sendall(HEAD)
    assert send(service, "GET", "/healthz").status == 200
    assert closed(callers) == []


def test_half_a_head_after_a_request_keeps_nobody_out(service, callers):
    for caller in callers:
        caller.sendall(HEAD + b"\r\n" + HEAD)
    assert send(service, "GET", "/healthz").status == 200
    assert [caller for caller in callers if not caller.recv(1)] == []


def test_a_head_in_pieces_is_answered(service):
    with connect(service) as caller:
        for piece in (HEAD[:7], HEAD[7:], b"Connection: close\r\n", b"\r", b"\n"):
            caller.sendall(piece)
        assert received(caller).status == 200


def test_two_requests_at_once_are_answered_in_turn(service):
    with connect(service) as caller:
        caller.sendall(HEAD + b"\r\n" + HEAD + b"Connection: close\r\n\r\n")
        assert received(caller).text.count("HTTP/1.1 200") == 2


@pytest.mark.parametrize("content", [HEAD, HEAD + b"\r\n" + HEAD, b""])
def test_who_is_done_before_its_head_is_hung_up_on(service, content):
    with connect(service) as caller:
        caller.sendall(content)
        caller.shutdown(socket.SHUT_WR)
        received(caller)


def test_a_head_without_an_end_is_refused(service):
    with connect(service) as caller:
        caller.sendall(HEAD + b"X-A: b\r\n" * 9_000)
        with suppress(ConnectionResetError):
            assert received(caller).status in (431, None)


def test_a_slow_head_is_hung_up_on(service, callers):
    """Without a word: nobody has asked for anything."""
    callers[0].sendall(HEAD)
    for caller in callers[:2]:
        assert caller.recv(1) == b""
