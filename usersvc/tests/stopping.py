"""A service that is told to stop while somebody uses it."""

import signal
import socket
from contextlib import contextmanager
from http.client import HTTPResponse

from .reading import until
from .serving import PATIENCE, serving
from .talking import token_of

PASSWORD = "a password of the tests"
# More than the buffers of a connection hold, for readers that are borne however slow they are.
SETTINGS = {
    "USERSVC_DEMO_USERS": "30000",
    "USERSVC_EXPORT_LEAST_RATE": "0",
    "USERSVC_ADMIN_PASSWORD": PASSWORD,
}


@contextmanager
def started(here, seconds, **more):
    """Start a service that gives what is under way so many seconds, and see what it leaves."""
    scraps = here.folder / "scraps"
    scraps.mkdir(exist_ok=True)
    own = {"USERSVC_GRACEFUL_SECONDS": seconds, "TMPDIR": scraps}
    with serving(here, **{**SETTINGS, **own, **more}) as service:
        service.token = token_of(service, password=PASSWORD)
        yield service
        assert list(scraps.iterdir()) == []


def stop(service):
    """Tell it to stop, and wait until nobody can connect any more."""
    service.process.send_signal(signal.SIGTERM)
    until(lambda: is_closed(service))


def is_closed(service):
    try:
        socket.create_connection(("127.0.0.1", service.port)).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return True
    return False


def ended(service):
    """Wait for its end, and return its code and what it said."""
    service.process.communicate(timeout=PATIENCE)
    return service.process.returncode, service.log.read_text()


def answered(reader):
    """Return the answer of which nothing but its headers was read."""
    answer = HTTPResponse(reader.socket)
    answer.begin()
    return answer
