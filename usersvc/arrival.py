"""What has come of a request, and how long a thread waits for the rest of its body."""

import re
import time
from io import SEEK_END, BytesIO
from typing import Any

from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]

MOST_OF_HEAD = 1 << 16  # bytes
MOST_OF_BODY = 1 << 14  # bytes: a sign-in's, a person's; larger ones are waited for by a thread
# A thread's patience with a body (as Apache's RequestReadTimeout body=20,MinRate=500).
LONGEST_WAIT = 20.0  # seconds, and one more
LEAST_RATE = 500  # for so many bytes that came
END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?=\r\n)", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Arrival(SocketUnreader):  # type: ignore[misc]
    """The requests of a connection: what came of the next one, and of its body."""

    buf: BytesIO

    def begin(self) -> None:
        """Let a thread have the request: from now on it waits for what is missing."""
        self._waited, self._came = 0.0, 0

    def add(self, data: bytes) -> None:
        """Take what came."""
        self.buf.seek(0, SEEK_END)
        self.buf.write(data)

    def has_begun(self) -> bool:
        """Tell whether anything of a request has come."""
        return bool(self.buf.getbuffer())

    def is_whole(self) -> bool:
        """Tell whether the head has come, and the body where that is a small one."""
        content = self.buf.getvalue()
        head = content.find(END)
        return head >= 0 and len(content) >= head + len(END) + _small_body(content[: head + 2])

    def is_too_long(self) -> bool:
        """Tell whether the head is longer than heads may be."""
        content = self.buf.getvalue()
        return len(content) >= MOST_OF_HEAD and END not in content

    def invite(self) -> None:
        """Ask for a small body whose sender waits to be asked; nobody is to ask again."""
        head, end, body = self.buf.getvalue().partition(END)
        rest = EXPECTS.sub(b"", head + b"\r\n")
        if end and len(rest) < len(head) + 2:
            self.sock.send(CONTINUE)
            self.buf = BytesIO(rest + b"\r\n" + body)

    def chunk(self, size_hint: int | None = None) -> Any:
        """Return what comes next; TimeoutError where the body comes too slowly."""
        before, began = self.sock.gettimeout(), time.monotonic()
        left = max(LONGEST_WAIT + self._came / LEAST_RATE - self._waited, 0.001)
        self.sock.settimeout(left if before is None else min(left, before))
        try:
            data = super().chunk(size_hint)
        finally:
            self.sock.settimeout(before)
            self._waited += time.monotonic() - began
        self._came += len(data)
        return data


def _small_body(head: bytes) -> int:
    """Return how many bytes the body has; 0 where it is none that is waited for here."""
    lengths = LENGTH.findall(head)
    length = int(lengths[0]) if len(lengths) == 1 else 0
    return length if length <= MOST_OF_BODY else 0
