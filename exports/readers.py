"""Readers: who takes a download, seen through the socket of the server."""

import socket
import struct
from contextlib import suppress

# struct tcp_info of Linux: the place of tcpi_bytes_acked, 64 bits.
ACKNOWLEDGED = 120


class Reader:
    """The other end of a connection.

    hears_no_end says that the connection's end is the file's, as HTTP/1.0 has it: a reader would
    take half a file for a whole one unless the connection breaks.
    """

    def __init__(self, connection: socket.socket, *, hears_no_end: bool = False) -> None:
        self._connection = connection
        self.hears_no_end = hears_no_end

    def is_gone(self) -> bool:
        """Return whether it has closed its side: nothing more of it will come."""
        try:
            return self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def received(self) -> int | None:
        """Return how many bytes its machine has taken so far; None where the system cannot tell.

        What the server has handed over says less: megabytes of it may still wait in buffers.
        """
        size = ACKNOWLEDGED + 8
        try:
            info = self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
        except (AttributeError, OSError):
            return None
        return int(struct.unpack_from("=Q", info, ACKNOWLEDGED)[0]) if len(info) == size else None

    def hang_up(self) -> None:
        """End whatever the server sends to it at this moment; any thread may."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Break the connection: what waits in buffers is dropped, and no end looks like one."""
        with suppress(OSError):
            at_once = struct.pack("ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self._connection.close()
