"""The pool of render processes: bounded, warm while there is work, whole again after a crash."""

import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from threading import Lock, Timer
from time import monotonic
from typing import Any, NamedTuple

from pebble import ProcessExpired, ProcessPool

from . import pages

_LOOK_AROUND = 1.0  # seconds
_QUIETLY = "ignore:resource_tracker:UserWarning"
_TASKS_OF_A_PROCESS = 200  # then another takes its place: what libraries leak goes with it


class Full(RuntimeError):  # noqa: N818 - a state of the machine, not a mistake
    """As many documents are being made as may be at a time."""


class Failed(RuntimeError):  # noqa: N818 - the same
    """A render process has ended, or taken too long, in the middle of a document."""


class Pool:
    """Render processes for a bounded number of documents at a time.

    They start with the first document and end once there has been none for so many idle seconds.
    Each belongs to the process that started it: what is in their memory is for one process to say.
    """

    def __init__(self, *, processes: int, documents: int, seconds: float, idle: float) -> None:
        self.processes, self.seconds, self.idle = processes, seconds, idle
        self._free = documents
        self._documents = documents
        self._lock = Lock()
        self._pool: ProcessPool | None = None
        self._end: Timer | None = None

    @contextmanager
    def document(self) -> Iterator[None]:
        """Take a place among the documents that are being made; Full when there is none."""
        with self._lock:
            if not self._free:
                raise Full(f"{self._documents} documents are being made already")
            self._free -= 1
            if self._end:
                self._end.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                if self._free == self._documents:
                    self._end = Timer(self.idle, self._stop_if_idle)
                    self._end.daemon = True
                    self._end.start()

    def results(
        self, work: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], check: Callable[[], None]
    ) -> Iterator[Any]:
        """Yield what the work gives for each of the tasks, in their order.

        Of a document only so many tasks wait that no process does: documents take turns. check is
        called for each, and every second; what it raises ends the document and cancels its tasks.
        """
        left = iter(tasks)
        ahead: deque[_Scheduled] = deque()
        try:
            while True:
                for task in islice(left, self.processes + 1 - len(ahead)):
                    ahead.append(self._schedule(work, task))
                if not ahead:
                    return
                yield self._result(work, ahead, check)
                ahead.popleft()
        finally:
            for scheduled in ahead:
                scheduled.future.cancel()

    def _schedule(self, work: Callable[..., Any], task: tuple[Any, ...]) -> "_Scheduled":
        with self._lock:
            if self._pool is not None and not self._pool.active:
                self._end_processes()
            if self._pool is None:
                self._pool = _start(self.processes)
            future = self._pool.schedule(work, task, timeout=self.seconds)
            return _Scheduled(task, self._pool, future)

    def _result(
        self, work: Callable[..., Any], ahead: "deque[_Scheduled]", check: Callable[[], None]
    ) -> Any:
        """Return the result of the first task, which starts again, once, if others end its pool."""
        try:
            return self._wait(ahead[0], check)
        except BrokenProcessPool:
            ahead[0] = self._schedule(work, ahead[0].task)
        try:
            return self._wait(ahead[0], check)
        except BrokenProcessPool as error:
            raise Failed("the render processes have ended") from error

    def _wait(self, scheduled: "_Scheduled", check: Callable[[], None]) -> Any:
        # Before it are at most two tasks of each document for each process. A process that dies
        # just as it takes a task or gives a result can lock all others out: then nothing comes.
        latest = monotonic() + 2 * self._documents * self.seconds
        check()
        while not wait([scheduled.future], _LOOK_AROUND).done:
            check()
            if scheduled.pool is not self._pool or not scheduled.pool.active:
                raise BrokenProcessPool
            if monotonic() > latest:
                self._replace(scheduled.pool)
                raise Failed("the render processes do not answer")
        try:
            return scheduled.future.result()
        except ProcessExpired as error:
            self._replace(scheduled.pool)
            raise Failed(f"a render process ended with code {error.exitcode}") from error
        except TimeoutError as error:
            raise Failed(f"a render process took more than {self.seconds:g} s") from error

    def _replace(self, pool: ProcessPool) -> None:
        """End all processes of a pool; tasks of others that they had start again in the next."""
        with self._lock:
            if pool is self._pool:
                self._end_processes()

    def _stop_if_idle(self) -> None:
        with self._lock:
            if self._free == self._documents:
                self._end_processes()

    def _end_processes(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


class _Scheduled(NamedTuple):
    task: tuple[Any, ...]
    pool: ProcessPool
    future: Future[Any]


def _start(processes: int) -> ProcessPool:
    # A web process that ends at once leaves its locks to Python's tracker, which need not complain.
    if _QUIETLY not in sys.warnoptions:
        sys.warnoptions.append(_QUIETLY)
    context = multiprocessing.get_context("forkserver")
    # A clean process, with neither sockets nor connections of this one, forks the others.
    context.set_forkserver_preload(["exports.printing.preloaded"])
    return ProcessPool(processes, _TASKS_OF_A_PROCESS, initializer=pages.warm_up, context=context)
