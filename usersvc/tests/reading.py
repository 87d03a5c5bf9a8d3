"""Clients that are slow, or go away: what tests of downloads read with."""

import json
import socket
import time

from .serving import PATIENCE

DOWNLOAD = "/api/v2/users/download"
ENTRIES = "SELECT additional_data FROM users_auditentry WHERE event = 'export' ORDER BY id DESC"


class Reader:
    """A client that asks for a file and has hardly any room for it."""

    def __init__(self, service, token="", path=DOWNLOAD, version="1.1", cookie=""):
        self.is_broken = False
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", service.port))
        who = f"Cookie: {cookie}" if cookie else f"Authorization: Bearer {token}"
        self.socket.sendall(
            f"GET {path} HTTP/{version}\r\nHost: localhost\r\n{who}\r\n\r\n".encode()
        )

    def begin(self):
        """Read the first bytes, and no more."""
        return self.socket.recv(512)

    def sip(self, size=1024):
        """Read a little; nothing at the end, or once the connection is broken."""
        try:
            return self.socket.recv(size)
        except ConnectionResetError:
            self.is_broken = True
            return b""

    def rest(self):
        """Read what comes until the end."""
        return b"".join(iter(lambda: self.sip(65_536), b""))

    def whole(self):
        """Read until the last chunk of an answer."""
        content = b""
        while not content.endswith(b"\r\n0\r\n\r\n"):
            part = self.socket.recv(1 << 20)
            assert part, "It ended before its end."
            content += part
        return content

    def close(self):
        self.socket.close()


def until(condition):
    """Wait for a condition, and return what it returned."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("It does not come to pass.")
        time.sleep(0.05)
    return found


def entry(here):
    """Return what the audit tells of the latest export."""
    found = here.rows(ENTRIES)[0][0]
    return found if isinstance(found, dict) else json.loads(found)
