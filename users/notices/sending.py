"""Sending one notice: to the very address that was judged, for a bounded time, following nobody."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.utils.translation import gettext_noop

from ..models.delivery import LONGEST_ANSWER, LONGEST_PROBLEM
from .targets import Refused, Target, resolve, target_of

SECONDS = 10.0
MOST_ADDRESSES = 4  # of one name that are tried
GONE = 410
AGENT = "usersvc-webhooks/1"
UNTRUSTED = gettext_noop("Its certificate is not good")
UNREACHED = gettext_noop("It could not be reached")
SLOW = gettext_noop("It did not answer in time")


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or the problem that there is none, and how long it took."""

    status: int | None
    problem: str = ""
    text: str = ""
    milliseconds: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the receiver has taken the notice."""
        return self.status is not None and 200 <= self.status < 300


class _Connection(HTTPConnection):
    """A connection over a socket that is there already; it never makes one of its own."""

    auto_open = 0

    def __init__(self, target: Target, connected: socket.socket) -> None:
        super().__init__(target.host, target.port)
        self.default_port = target.default_port
        self.sock = connected


def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
    """Send a notice and return what became of it; nothing that a receiver does is an exception."""
    begun = time.monotonic()
    status, problem, text = None, "", ""
    try:
        status, text = _post(target_of(url), headers, body, begun + SECONDS)
        if not 200 <= status < 300:
            problem = f"It answered {status}."
    except Refused as refusal:
        problem = str(refusal)
    except TimeoutError:
        problem = _too_slow()
    except ssl.SSLCertVerificationError as error:
        problem = f"{UNTRUSTED}: {error.verify_message}."
    except (OSError, HTTPException, ValueError) as error:
        slow = time.monotonic() - begun >= SECONDS
        problem = _too_slow() if slow else _told(error)
    took = int((time.monotonic() - begun) * 1000)
    return Answer(status, _plain(problem)[:LONGEST_PROBLEM], _plain(text)[:LONGEST_ANSWER], took)


def _plain(text: str) -> str:
    """Return a text of a receiver without what no database keeps and no page shows."""
    return "".join(each for each in text if each.isprintable() or each in "\n\t")


def _too_slow() -> str:
    return f"{SLOW}: {SECONDS:.0f} s."


def _told(error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{UNREACHED}: {words}."


def _post(target: Target, headers: dict[str, str], body: bytes, deadline: float) -> tuple[int, str]:
    connected = _connect(target, deadline)
    # Whoever sends a byte now and then is cut off, too.
    watch = threading.Timer(_left(deadline), _cut, [connected])
    watch.daemon = True
    watch.start()
    try:
        answer = _ask(_Connection(target, connected), target, headers, body)
        _left(deadline)  # what was cut off looks like an answer that ends early
        return answer
    finally:
        watch.cancel()
        connected.close()


def _ask(
    connection: _Connection, target: Target, headers: dict[str, str], body: bytes
) -> tuple[int, str]:
    own = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close"}
    connection.request("POST", target.path, body, own | headers)
    answer = connection.getresponse()
    return answer.status, answer.read(LONGEST_ANSWER).decode("utf-8", "replace")


def _connect(target: Target, deadline: float) -> socket.socket:
    """Return a connection to an address of the target, each of which was judged.

    One that says nothing leaves the others their share of the time.
    """
    failed: OSError = OSError("no address")
    found = resolve(target)[:MOST_ADDRESSES]
    for number, (family, kind, protocol, _name, address) in enumerate(found):
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(_left(deadline) / (len(found) - number))
            connected.connect(address)
            connected.settimeout(_left(deadline))
            return _secured(connected, target) if target.is_secure else connected
        except OSError as error:
            connected.close()
            failed = error
    raise failed


def _secured(connected: socket.socket, target: Target) -> socket.socket:
    context = ssl.create_default_context()
    return context.wrap_socket(connected, server_hostname=target.host)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _cut(connected: Any) -> None:
    """End a connection from another thread, without TLS's own farewell, which could wait, too."""
    with suppress(OSError):  # it is closed already
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
