"""Connections that are there and ask for nothing."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from job_directories import Directory
from outage_findings import counted, median, written_once, wrong
from outage_load import Load
from sampling import repeated
from service import anonymous

CONNECTIONS, KEPT_ALIVE = 10_000, 2_000  # of which so many have asked once
BEFORE, HELD, AFTER, BETWEEN_LOOKS = 5.0, 15.0, 5.0, 0.2  # seconds
MOST_SECONDS = 5.0  # that anybody else waits
MOST_GROWTH = 64 << 20  # bytes, of all processes of the service together
MOST_LEFT = 16  # each thread's own, to the database, which it may have opened meanwhile
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def idle(here: Directory) -> tuple[bool, str]:
    """10,000 connections that send nothing, or nothing more"""
    with Load(here) as load:
        time.sleep(BEFORE)
        sockets, memory = _sockets(here), _memory(here)
        begun = time.monotonic()
        with _watched(here) as peaks, _connected(here.service.port) as connections:
            opened = time.monotonic()
            time.sleep(HELD)
            held = sum(_is_open(connection) for connection in connections)
        ended = time.monotonic()
        time.sleep(AFTER)
        left = _sockets(here) - sockets
    answers = load.answers
    small = [answer for answer in answers if answer.kind != "download"]
    before = [answer.seconds for answer in small if answer.ended < begun]
    meanwhile = [answer.seconds for answer in small if begun <= answer.begun < ended]
    once, written = written_once(here, load)
    growth, slowest = max(peaks) - memory, max(meanwhile, default=MOST_SECONDS)
    passed = once and not wrong(answers) and slowest < MOST_SECONDS and growth < MOST_GROWTH
    words = (
        f"opened within {opened - begun:.0f} s, {held:,} of them still open {HELD:.0f} s later;"
        f" meanwhile {counted(answers)}; half of the small ones in {median(before):.2f} s before"
        f" and {median(meanwhile):.2f} s meanwhile; {written}; memory"
        f" {memory >> 20} MB + {growth >> 20} MB at the peak; {max(0, left)} connections left over"
    )
    return passed and left <= MOST_LEFT, words


@contextmanager
def _connected(port: int) -> Iterator[list[socket.socket]]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections: list[socket.socket] = []
    try:
        for number in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            connections.append(connection)
            if number % (CONNECTIONS // KEPT_ALIVE) == 0:
                with suppress(OSError):
                    connection.sendall(ASK)
                    connection.recv(4096)
        yield connections
    finally:
        for connection in connections:
            connection.close()


@contextmanager
def _watched(here: Directory) -> Iterator[list[int]]:
    """Give the memory of the service as it is measured during the block."""
    found = [_memory(here)]
    with repeated(lambda: found.append(_memory(here)), BETWEEN_LOOKS):
        yield found


def _is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _processes(here: Directory) -> list[str]:
    return [str(here.service.process.pid), *here.service.workers()]


def _memory(here: Directory) -> int:
    return sum(anonymous(process) for process in _processes(here))


def _sockets(here: Directory) -> int:
    """Return how many sockets the service has open."""
    found = 0
    for process in _processes(here):
        for file in Path("/proc", process, "fd").iterdir():
            with suppress(OSError):
                found += file.readlink().name.startswith("socket:")
    return found
