"""Clients who read slowly, vanish, or never come to the end of what they ask."""

import asyncio
import contextlib
import socket
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial

import directories
from job_directories import Directory
from outage_findings import audited, counted, median, written_once, wrong
from outage_load import DOWNLOAD, Caller, Load, everybody

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests.reading import until

CLIENTS = 200
SIP = 1024  # bytes a second
AT_ONCE = struct.pack("ii", 1, 0)
FOR_SECONDS = 20.0
BETWEEN_TRIES = 5.0  # half of what Retry-After says
ARRIVING = 5.0  # seconds within which all clients come
BEGIN_WITHIN = 40.0
MOST_SECONDS = 5.0  # that anybody else waits
CUT_OFF_FOR_SLOWNESS, ABORTED = "cut off: slow reader", "aborted"
Client = Callable[[int, str], Awaitable[bool]]
SIGN_IN = b"POST /api/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SIGN_IN += b"Content-Length: 1000\r\n\r\n"


def slow(here: Directory) -> tuple[bool, str]:
    """200 clients who read a file at 1 KB/s"""
    return _among(here, _sip, CUT_OFF_FOR_SLOWNESS)


def vanishing(here: Directory) -> tuple[bool, str]:
    """200 clients who vanish (RST) in the middle of a file"""
    return _among(here, _vanish, ABORTED)


def heads(here: Directory) -> tuple[bool, str]:
    """200 clients who send the head of a request a byte a second"""
    return _trickling(here, _trickle)


def bodies(here: Directory) -> tuple[bool, str]:
    """200 clients who send the body of a sign-in a byte a second"""
    return _trickling(here, partial(_trickle, head=SIGN_IN))


def _trickling(here: Directory, client: Client) -> tuple[bool, str]:
    """Run the clients beside a load; each is to be hung up on."""
    with Load(here) as load:
        time.sleep(FOR_SECONDS / 4)
        begun = time.monotonic()
        hung_up = _run(client, here)
        ended = time.monotonic()
    passed, words = _others(here, load, begun, ended)
    return passed and hung_up == CLIENTS, f"{hung_up} hung up on; meanwhile {words}"


def _among(here: Directory, client: Client, outcome: str) -> tuple[bool, str]:
    """Run the clients beside a load; each file that they begin is to be audited as so cut off."""
    unfinished, ended_so = audited(here, "started"), audited(here, outcome)
    with Load(here) as load:
        time.sleep(FOR_SECONDS / 4)
        begun = time.monotonic()
        files = _run(client, here)
        ended = time.monotonic()
    until(lambda: audited(here, "started") == unfinished)
    told = audited(here, outcome) - ended_so
    # Slots are free again: as many files as may be are read whole at once.
    whole = _whole_files(here)
    passed, words = _others(here, load, begun, ended)
    audit = f"{told} of {files} begun files audited as {outcome!r}"
    words = f"{audit}; afterwards {whole} of 6 whole at once; meanwhile {words}"
    return passed and files > 0 and told == files and whole == 6, words


def _others(here: Directory, load: Load, begun: float, ended: float) -> tuple[bool, str]:
    """Tell how others fared, before and meanwhile; files of theirs may have to wait (429)."""
    answers = load.answers
    small = [answer for answer in answers if answer.kind != "download"]
    before = [answer.seconds for answer in small if answer.ended < begun]
    meanwhile = [answer for answer in small if begun <= answer.begun < ended]
    once, written = written_once(here, load)
    slowest = max((answer.seconds for answer in meanwhile), default=MOST_SECONDS)
    words = (
        f"{counted(answers)}; half of the small ones within {median(before):.2f} s before and"
        f" {median([answer.seconds for answer in meanwhile]):.2f} s meanwhile; {written}"
    )
    passed = once and not wrong(answers, allowed=(429,)) and slowest <= MOST_SECONDS
    return passed, words


def _run(client: Client, here: Directory) -> int:
    """Run all clients at once, beside the load, and return how many of them say yes."""

    async def come(number: int) -> bool:
        await asyncio.sleep(number * ARRIVING / CLIENTS)
        return await client(here.service.port, here.token)

    async def together() -> int:
        return sum(await asyncio.gather(*map(come, range(CLIENTS))))

    return asyncio.run(together())


async def _begin(port: int, token: str) -> socket.socket | None:
    """Ask for everybody until the file begins; return its connection, None where it never does."""
    loop, last = asyncio.get_running_loop(), time.monotonic() + BEGIN_WITHIN
    while time.monotonic() < last:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, ("127.0.0.1", port))
            head = f"GET {DOWNLOAD} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}"
            await loop.sock_sendall(connection, f"{head}\r\n\r\n".encode())
            if b" 200 " in (await loop.sock_recv(connection, 512))[:20]:
                return connection
        except OSError:
            pass
        connection.close()
        await asyncio.sleep(BETWEEN_TRIES)
    return None


async def _sip(port: int, token: str) -> bool:
    """Read slowly until the service hangs up."""
    connection = await _begin(port, token)
    if connection is None:
        return False
    with connection, contextlib.suppress(OSError):
        while await asyncio.get_running_loop().sock_recv(connection, SIP):
            await asyncio.sleep(1)
    return True


async def _vanish(port: int, token: str) -> bool:
    connection = await _begin(port, token)
    if connection is None:
        return False
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    connection.close()
    return True


async def _trickle(port: int, _: str, head: bytes = b"") -> bool:
    """Send the rest a byte a second; return whether the service hung up before its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    last = time.monotonic() + FOR_SECONDS
    try:
        while time.monotonic() < last:
            writer.write(b"G")
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(reader.read(1), 1) == b""
    except OSError:
        return True
    finally:
        writer.close()
    return False


def _whole_files(here: Directory, files: int = 6) -> int:
    """Read as many files as may be at once; return how many came whole."""
    living = here.count()
    callers = [Caller(here) for _ in range(files)]
    asked = [
        threading.Thread(
            target=caller.ask, args=("download", DOWNLOAD), kwargs={"judge": everybody(living)}
        )
        for caller in callers
    ]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    return sum(answer.is_good for caller in callers for answer in caller.answers)
