"""gunicorn's worker of threads, whose threads wait for nobody who has not asked for anything yet.

gunicorn's own gives each new connection a thread, and that thread the head of its request for as
long as it takes: a handful of callers who send nothing, or slowly, would keep all others out.
"""

import errno
import time
from functools import partial
from io import SEEK_END
from selectors import EVENT_READ
from socket import SHUT_RD
from typing import Any

from gunicorn.http import get_parser  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

HEAD_SECONDS = 10.0  # that a head may take
MOST_OF_HEAD = 1 << 16  # bytes
END = b"\r\n\r\n"
NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Reads heads without a thread; where there is no room, whoever has waited longest goes."""

    is_full = False

    def accept(self, listener: Any) -> None:
        """Take a connection; where the machine has none left, make room at the next turn."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in NO_FILES:
                raise
            self.is_full = True

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection a thread once the head of its request is there, or its end."""
        if not self._has_come(conn):
            self._wait_for(conn)
            return
        conn.head_until, conn.data_ready = None, True
        super().enqueue_req(conn)

    def murder_pending(self) -> None:
        """Close who waited for too long; between events, for what is closed must have none."""
        super().murder_pending()
        while self.is_full or self.nr_conns >= self.worker_connections:
            self.is_full = False
            if not self._close_the_longest_waiting():
                break

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _has_come(self, conn: Any) -> bool:
        """Read what is there without waiting, and tell whether it is a head or an end."""
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        buffer = conn.parser.unreader.buf
        buffer.seek(0, SEEK_END)
        conn.sock.setblocking(False)
        try:
            while END not in buffer.getvalue():
                if buffer.tell() >= MOST_OF_HEAD:
                    conn.sock.shutdown(SHUT_RD)  # so that no thread waits for the rest of it
                if not (data := conn.sock.recv(MOST_OF_HEAD)):
                    return True
                buffer.write(data)
        except BlockingIOError:
            return False
        except OSError:  # the thread meets it, too
            return True
        return True

    def _wait_for(self, conn: Any) -> None:
        now = time.monotonic()
        if getattr(conn, "head_until", None) is None:
            conn.head_until = now + HEAD_SECONDS
        conn.timeout = conn.head_until if self.alive else now
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _close_the_longest_waiting(self) -> bool:
        for waiting in (self.pending_conns, self.keepalived_conns):
            if waiting:
                conn = waiting.popleft()
                self.poller.unregister(conn.sock)
                self.nr_conns -= 1
                conn.close()
                return True
        return False
