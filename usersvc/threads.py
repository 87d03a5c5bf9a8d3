"""gunicorn's worker of threads, whose threads wait for nobody who has not asked for anything yet.

gunicorn's own gives each new connection a thread, and that thread its request for as long as it
takes: a handful of callers who send nothing, or slowly, would keep all others out.
"""

import errno
import time
from collections import deque
from contextlib import suppress
from functools import partial
from operator import attrgetter
from selectors import EVENT_READ
from socket import SHUT_RD
from typing import Any

from gunicorn.http import get_parser  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from .arrival import MOST_OF_HEAD, Arrival

REQUEST_SECONDS = 10.0  # that a head may take, with a small body
NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Reads small requests without a thread; where there is no room, who waited longest goes."""

    pending_conns: deque[Any]
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
        """Give a connection a thread once its request is there, or its end."""
        if not self._has_come(conn):
            self._wait_for(conn)
            return
        conn.request_until, conn.data_ready = None, True
        conn.parser.unreader.begin()
        super().enqueue_req(conn)

    def murder_pending(self) -> None:
        """Close who waited for too long; between events, for what is closed must have none."""
        super().murder_pending()
        while self.is_full or self.nr_conns >= self.worker_connections:
            self.is_full = False
            if not self._close_the_longest_waiting():
                break

    def _cap_keepalive(self, deadline: float) -> None:
        """Let connections end soon, but for those on which a request has begun to come."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            if not conn.parser.unreader.has_begun():
                conn.timeout = min(conn.timeout, deadline)
        self.pending_conns = deque(sorted(self.pending_conns, key=attrgetter("timeout")))

    def _has_come(self, conn: Any) -> bool:
        """Read what is there without waiting, and tell whether it is a request or an end."""
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
            conn.parser.unreader = Arrival(conn.sock)
        arrival = conn.parser.unreader
        conn.sock.setblocking(False)
        try:
            while not arrival.is_whole():
                if arrival.is_too_long():
                    conn.sock.shutdown(SHUT_RD)  # so that no thread waits for the rest of it
                if not (data := conn.sock.recv(MOST_OF_HEAD)):
                    return True
                arrival.add(data)
        except BlockingIOError:
            with suppress(OSError):  # whoever reads next meets it, too
                arrival.invite()
            return False
        except OSError:  # the thread meets it, too
            return True
        return True

    def _wait_for(self, conn: Any) -> None:
        now = time.monotonic()
        if getattr(conn, "request_until", None) is None:
            conn.request_until = now + REQUEST_SECONDS
        if self.alive or conn.parser.unreader.has_begun():
            conn.timeout = conn.request_until
            self.pending_conns.append(conn)
        else:
            conn.timeout = now
            self.pending_conns.appendleft(conn)
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
