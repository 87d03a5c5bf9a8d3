"""Callers who send nothing, or slowly: the real server serves others meanwhile."""

import json
import socket
from contextlib import ExitStack, suppress

import pytest

from usersvc.arrival import CONTINUE

from .serving import PATIENCE, place, serving
from .talking import Answer, send

pytestmark = pytest.mark.once
MORE_THAN_THREADS = 60
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


LARGE = 20_000  # bytes of a body that a thread waits for
SIGN_INS = [b"/api/token", b"/oauth/token", b"/_allauth/app/v1/auth/login"]


def sign_in(more=b"", length=0, connection=b"close", path=b"/api/token"):
    """A sign-in of nobody, as it is sent, whose body has so many bytes, or some more."""
    body = json.dumps({"username": "nobody", "password": "x"}).encode().ljust(length)
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: localhost"]
    lines += [b"Content-Type: application/json"]
    lines += [b"Content-Length: %d" % len(body), b"Connection: " + connection]
    return b"\r\n".join(lines) + b"\r\n" + more + b"\r\n" + body


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


@pytest.mark.parametrize("more", [b"", b"Expect: 100-continue\r\n"])
def test_who_sends_half_a_body_keeps_nobody_out(service, callers, more):
    for caller in callers:
        caller.sendall(sign_in(more)[:-10])
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


def test_a_body_in_pieces_is_answered(service):
    content = sign_in()
    with connect(service) as caller:
        for start in range(0, len(content), 40):
            caller.sendall(content[start : start + 40])
        assert received(caller).status == 401


@pytest.mark.parametrize("length", [LARGE, 0])
def test_who_waits_to_be_asked_for_a_body_is_asked_once(service, length):
    head, _, body = sign_in(b"Expect: 100-continue\r\n", length).partition(b"\r\n\r\n")
    with connect(service) as caller:
        caller.sendall(head + b"\r\n\r\n")
        assert caller.recv(len(CONTINUE), socket.MSG_WAITALL) == CONTINUE
        caller.sendall(body)
        assert received(caller).status == 401


def test_a_sign_in_and_what_follows_are_answered_in_turn(service):
    with connect(service) as caller:
        caller.sendall(sign_in(connection=b"keep-alive") + HEAD + b"Connection: close\r\n\r\n")
        answers = received(caller).text
    assert (answers.count("HTTP/1.1 401"), answers.count("HTTP/1.1 200")) == (1, 1)


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


def test_a_large_body_that_does_not_come_takes_its_thread_for_a_while_only(service):
    """Wherever anybody may send one."""
    with ExitStack() as stack:
        callers = [stack.enter_context(connect(service)) for _ in SIGN_INS]
        for caller, path in zip(callers, SIGN_INS, strict=True):
            caller.sendall(sign_in(length=LARGE, path=path)[:-10])
        answers = [received(caller) for caller in callers]
    assert [answer.status for answer in answers] == [408] * len(SIGN_INS)
    assert [answer for answer in answers if "too slowly" not in answer.text] == []
    assert "Error" not in service.log.read_text()


def test_a_slow_head_is_hung_up_on(service, callers):
    """Without a word: nobody has asked for anything."""
    callers[0].sendall(HEAD)
    for caller in callers[:2]:
        assert caller.recv(1) == b""
