"""Runs a command for make so that one interrupt, however it arrives, ends the whole of it.

make hands a SIGTERM on to its recipe but waits in silence when SIGINT reaches make alone, and it
ends with the signal it was sent. So we watch whether it still catches both, and turn a SIGTERM
into an interrupt. The command has a process group of its own: each signal arrives there just once.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130
SECONDS_BETWEEN_LOOKS = 0.2
LONGEST_FOR_MAKE = 10.0  # seconds; one that was paused takes longer
MAKE = int(os.environ.pop("MAKE_PID", "0"))


def start(main: Callable[[], int]) -> None:
    """Run the main function of a script and end with its exit code; quietly when interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def run(command: list[str], environment: dict[str, str], hold_signals: bool = False) -> int:
    """Run the command to its end and return its exit code; 130 when a signal ended it.

    hold_signals starts it with the stopping signals blocked, for a command that unblocks them once
    it can end well.
    """
    arrived: list[int] = []
    before = {each: signal.signal(each, lambda number, _: arrived.append(number)) for each in STOPS}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS if hold_signals else ())
    child = subprocess.Popen(command, env=environment, process_group=0)  # noqa: S603
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        return _wait(child, arrived)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_or_exit(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run the command to its end; end with a sentence where it fails."""
    if code := run(command, environment or dict(os.environ)):
        sys.exit(f"`{' '.join(command)}` ended with {code}.")


def _wait(child: subprocess.Popen[bytes], arrived: list[int]) -> int:
    told = hurried = False
    while True:
        with suppress(subprocess.TimeoutExpired):
            code = child.wait(timeout=SECONDS_BETWEEN_LOOKS)
            _interrupt_make()
            return code if code >= 0 else INTERRUPTED
        if not arrived and _make_gave_up():
            arrived.append(signal.SIGINT)
        if arrived and not told:
            told = True
            _signal(-child.pid, signal.SIGINT)
        if arrived.count(signal.SIGINT) > 1 and not hurried:  # a second Ctrl-C
            hurried = True
            _signal(-child.pid, signal.SIGTERM)


def _interrupt_make() -> None:
    """Let a make that was terminated end as one that was interrupted.

    We end once it has taken the interrupt: one that meets a make which has our end in its hands
    already makes it wait for us once more, and complain that there is nobody.
    """
    if not MAKE or not _make_gave_up():
        return
    _signal(MAKE, signal.SIGINT)
    deadline = time.monotonic() + LONGEST_FOR_MAKE
    while signal.SIGINT in _caught_by_make() and time.monotonic() < deadline:
        time.sleep(0.01)


def _signal(process: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)


def _caught_by_make() -> set[int]:
    """Return which of the two signals make catches: none once it is gone."""
    if not MAKE or os.getppid() != MAKE:
        return set()
    try:
        lines = Path(f"/proc/{MAKE}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it went since
        return set()
    mask = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")), 0)
    return {number for number in (signal.SIGINT, signal.SIGTERM) if mask >> (number - 1) & 1}


def _make_gave_up() -> bool:
    """Return whether make is gone, or has been told to stop and now only waits for us."""
    return _caught_by_make() != CAUGHT_AT_FIRST


# A make in the background of a script ignores SIGINT from the start.
CAUGHT_AT_FIRST = _caught_by_make()
