"""Watching an export: it is cut off when it is over its time, nobody takes what it sends, or who
asked for it may no longer have it."""

import errno
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakSet

from django.db import connections
from django.utils.translation import gettext_noop

from .readers import Reader

ABORTED = gettext_noop("aborted")
SLOW_READER = gettext_noop("cut off: slow reader")
OVER_TIME = gettext_noop("cut off: over its time")
STOPPED = gettext_noop("cut off: the service was stopped")
UNKNOWN = gettext_noop("cut off: nobody can tell whether its reader may still have it")
LOOKED_AT, ASKED_ABOUT = 1.0, 3.0  # seconds between two looks, and two questions, at what runs
MOST_FAILURES = 3  # questions without an answer, one after the other

log = logging.getLogger(__name__)


class CutOff(BrokenPipeError):  # noqa: N818 - a decision, not a mistake
    """The export was ended before its end; outcome says why.

    Servers know it for a connection that broke: they leave the answer without its end, and without
    a traceback.
    """

    def __init__(self, outcome: str) -> None:
        super().__init__(errno.EPIPE, outcome)
        self.outcome = outcome


@dataclass(frozen=True)
class Limits:
    """What an export may take: seconds in all, and the least bytes a second that a reader takes.

    A reader is measured over grace seconds of waiting for it, again and again.
    """

    seconds: float
    rate: int
    grace: float


class Watch:
    """Looks after one export; without limits and a reader it never ends one.

    outcome says why the export was cut off, and is empty until then. subject says whose it is.
    withdrawn tells why its reader may no longer have it, in an outcome; "" while it may.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        reader: Reader | None = None,
        subject: str = "",
        withdrawn: Callable[[], str] = lambda: "",
    ) -> None:
        self.limits, self.reader, self.subject = limits, reader, subject
        self.outcome = ""
        self._withdrawn, self._failures = withdrawn, 0
        self.sent = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self._waited, self._waits_since = 0.0, 0.0
        # When the reader was last measured: how long it was waited for, and what it had taken.
        self._measured = 0.0, self._received()
        if limits and reader:
            _look_after(self)

    @property
    def seconds(self) -> float:
        """How long the export has been running."""
        return time.monotonic() - self._began

    def check(self) -> None:
        """Raise CutOff when the export is to end."""
        self.outcome = self.outcome or self._overdue()
        if self.outcome:
            raise CutOff(self.outcome)

    def hand_over(self) -> None:
        """From now on it is the reader that is waited for."""
        self._waits_since = time.monotonic()

    def handed_over(self, size: int) -> None:
        """The reader, or its machine, has taken so many bytes."""
        self._waited, self._waits_since = self._waits(), 0.0
        self.sent += size

    def guard(self, interrupt: Callable[[], None]) -> None:
        """Have the database interrupted from now on when the export is cut off."""
        with self._lock:
            self._interrupt = interrupt

    def leave_alone(self) -> None:
        """Interrupt no statement that begins after this."""
        with self._lock:
            self._interrupt = None

    def end(self) -> None:
        """Look no more."""
        with _turn:
            _watched.discard(self)
        with self._lock:
            self.reader = self._interrupt = None

    def look(self) -> None:
        """Cut the export off where it has to be; another thread than the export's calls this."""
        with self._lock:
            self.outcome = self.outcome or self._reason()
            if not self.outcome:
                return
            if self._waits_since:
                if self.reader:
                    self.reader.hang_up()
            elif self._interrupt:
                self._interrupt()

    def ask(self) -> None:
        """Cut the export off when its reader may no longer have it; this asks the database."""
        try:
            reason, self._failures = self._withdrawn(), 0
        except Exception:
            self._failures += 1
            reason = UNKNOWN if self._failures >= MOST_FAILURES else ""
            log.exception("nobody can tell who may have an export: %s", self.subject)
        with self._lock:
            self.outcome = self.outcome or reason
        self.look()

    def _reason(self) -> str:
        if overdue := self._overdue():
            return overdue
        if self._waits_since:
            return SLOW_READER if self._is_slow() else ""
        return ABORTED if self.reader and self.reader.is_gone() else ""

    def _overdue(self) -> str:
        if time.monotonic() > _end:
            return STOPPED
        return OVER_TIME if self.limits and self.seconds > self.limits.seconds else ""

    def _is_slow(self) -> bool:
        if not self.limits:
            return False
        waited, received = self._waits(), self._received()
        seconds, taken = waited - self._measured[0], received - self._measured[1]
        if seconds <= self.limits.grace:
            return False
        self._measured = waited, received
        return taken < self.limits.rate * seconds

    def _waits(self) -> float:
        """Return the seconds that the reader was waited for so far."""
        since = self._waits_since
        return self._waited + (time.monotonic() - since if since else 0.0)

    def _received(self) -> int:
        received = self.reader.received() if self.reader else None
        return self.sent if received is None else received


_end = math.inf  # of this process, on the monotonic clock


def end_in(seconds: float) -> None:
    """Cut off every export that is not whole in so many seconds."""
    global _end
    _end = time.monotonic() + seconds


_watched: WeakSet[Watch] = WeakSet()
_turn = threading.Lock()
# Two threads: a database that does not answer must not keep slow readers from being cut off.
_rounds = {Watch.look: LOOKED_AT, Watch.ask: ASKED_ABOUT}
_watchmen: dict[Callable[[Watch], None], threading.Thread] = {}


def _look_after(watch: Watch) -> None:
    """Have an export looked at, and asked about, until it ends."""
    with _turn:
        _watched.add(watch)
        for turn, every in _rounds.items():
            watchman = _watchmen.get(turn)
            # A thread does not live on in a process that was forked.
            if watchman is None or not watchman.is_alive():
                _watchmen[turn] = _watchman(turn, every)


def _watchman(turn: Callable[[Watch], None], every: float) -> threading.Thread:
    watchman = threading.Thread(
        target=_go_round, args=(turn, every), name=f"exports-{turn.__name__}", daemon=True
    )
    watchman.start()
    return watchman


def _go_round(turn: Callable[[Watch], None], every: float) -> None:
    while True:
        time.sleep(every)
        with _turn:
            watched = list(_watched)
        for watch in watched:
            try:
                turn(watch)
            except Exception:
                log.exception("an export cannot be looked after: %s", watch.subject)
        connections.close_all()  # this thread's own: none waits for the next export
