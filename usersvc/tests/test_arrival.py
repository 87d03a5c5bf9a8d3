"""What has come of a request, told from its bytes; and how long a thread waits for the rest."""

import socket
from contextlib import closing

import pytest

from usersvc import arrival
from usersvc.arrival import CONTINUE, MOST_OF_BODY, MOST_OF_HEAD, Arrival

START = b"POST / HTTP/1.1\r\n"


@pytest.fixture
def ends():
    """The server's end of a connection, and the caller's."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield ours, theirs


@pytest.fixture
def come(ends):
    """A function that tells of an arrival which has come so far."""

    def arrive(content):
        made = Arrival(ends[0])
        made.add(content)
        return made

    return arrive


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (b"", False),
        (START, False),
        (START + b"Host: a\r\n\r", False),
        (START + b"Host: a\r\n\r\n", True),
        (START + b"Content-Length: 4\r\n\r\n", False),
        (START + b"content-length:4\r\n\r\nabc", False),
        (START + b"Content-Length: 4\r\n\r\nabcd", True),
        (START + b"Content-Length: 4\r\nHost: a\r\n\r\nabcdGET", True),
        (START + b"X: content-length: 4\r\n\r\n", True),
        # The parser refuses these, without their bodies.
        (START + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n", True),
        (START + b"Content-Length: -4\r\n\r\n", True),
        (START + b"Content-Length: 99999999999999999999\r\n\r\n", True),
        # A thread waits for it.
        (START + b"Content-Length: %d\r\n\r\n" % (MOST_OF_BODY + 1), True),
    ],
)
def test_whether_a_request_is_whole(come, content, whole):
    assert come(content).is_whole() is whole


def test_a_head_without_an_end_is_too_long(come):
    longest = START + b"x" * (MOST_OF_HEAD - len(START))
    assert come(longest).is_too_long()
    assert not come(longest[:-1]).is_too_long()
    assert not come(START + b"\r\n\r\n" + longest).is_too_long()


def test_an_invitation_is_sent_once_and_leaves_the_rest_as_it_is(ends, come):
    made = come(START + b"expect: 100-Continue\r\nContent-Length: 4\r\n\r\nab")
    made.invite()
    made.invite()
    assert ends[1].recv(100) == CONTINUE
    assert made.buf.getvalue() == START + b"Content-Length: 4\r\n\r\nab"


@pytest.mark.parametrize(
    "content", [START + b"Expect: 100-continue\r\n", START + b"Content-Length: 4\r\n\r\nExpect: x"]
)
def test_nobody_is_invited_who_does_not_wait_for_it(ends, come, content):
    made = come(content)
    made.invite()
    assert made.buf.getvalue() == content
    ends[1].setblocking(False)
    with pytest.raises(BlockingIOError):
        ends[1].recv(100)


def test_a_thread_waits_longer_for_what_comes(ends, come, monkeypatch):
    monkeypatch.setattr(arrival, "LONGEST_WAIT", 0.0)
    monkeypatch.setattr(arrival, "LEAST_RATE", 1e-9)
    made = come(b"")
    made.begin()
    with pytest.raises(TimeoutError):
        made.chunk()
    made.begin()
    ends[1].sendall(b"abc")
    assert made.chunk() == b"abc"
    ends[1].close()
    assert made.chunk() == b""
    assert ends[0].gettimeout() is None


def test_a_thread_waits_no_longer_than_it_was_told(ends, come):
    made = come(b"")
    made.begin()
    ends[0].settimeout(0.001)
    with pytest.raises(TimeoutError):
        made.chunk()
    assert ends[0].gettimeout() == 0.001
