"""Slots: how many exports may run at a time, of one caller and in all, on this machine.

A slot is a file that is locked by whoever holds it. The kernel lets go of the lock when the process
dies, however it dies, so no slot is ever lost: a counter in a database, or a semaphore that the
processes share, would have to be repaired.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings


class TooMany(RuntimeError):  # noqa: N818 - a state of the machine, not a mistake
    """As many exports run as may."""


class Slot:
    """The right to run one export, until it is released or forgotten."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def release(self) -> None:
        """Give the slot back; again does nothing."""
        self._file.close()


def take(caller: str) -> Slot:
    """Return a slot for a caller; TooMany, in words, when it or everybody together has enough."""
    folder: Path = settings.EXPORT_SLOTS
    folder.mkdir(exist_ok=True)
    with _alone(folder):
        free: Slot | None = None
        callers: list[str] = []
        for number in range(settings.EXPORTS_IN_ALL):
            file = (folder / str(number)).open("a+")
            if not _lock(file):
                callers.append(_holder(file))
            elif free is None:
                free = Slot(_signed(file, caller))
            else:
                file.close()
        if callers.count(caller) >= settings.EXPORTS_PER_CALLER:
            if free:
                free.release()
            raise TooMany(
                f"{settings.EXPORTS_PER_CALLER} exports of yours are running, the most allowed"
            )
        if free is None:
            raise TooMany(f"{settings.EXPORTS_IN_ALL} exports are running, the most allowed")
        return free


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one at a time count and take; what counts is short, so waiting is, too."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock(file: IO[str]) -> bool:
    # flock() and not lockf(): its locks are the open file's, not the process's, so threads exclude
    # each other and closing another handle of the file lets go of nothing.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    with file:
        file.seek(0)
        return file.read()


def _signed(file: IO[str], caller: str) -> IO[str]:
    # Past the buffer, which would be written again as the slot is released. Where the disk is full,
    # the slot counts for everybody alone.
    with suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), caller.encode())
    return file
