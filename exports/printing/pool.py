"""The pool of render processes: warm, bounded, shared by all sheets of a web process.

A process that crashes fails the sheet it worked for, and another one takes its place.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, Timer
from typing import Any, cast

from pebble import ProcessExpired, ProcessPool

from .press import warm_up

# So long are render processes kept for the next sheet.
IDLE_SECONDS = 300
# Their memory is given back once in a while.
TASKS_A_PROCESS = 100
LOOK_SECONDS = 1


class PoolFull(Exception):  # noqa: N818 - a state, not a mistake
    """As many sheets are being made as may be."""


class RenderFailed(Exception):  # noqa: N818
    """A render process ended, or took too long."""


class RenderPool:
    """Runs functions in render processes, for a bounded number of sheets at a time."""

    def __init__(self, processes: int, sheets: int, seconds: float) -> None:
        self._processes, self._seconds = processes, seconds
        self._sheets = BoundedSemaphore(sheets)
        self._lock = Lock()
        self._pool: ProcessPool | None = None
        self._busy = 0
        self._closing: Timer | None = None

    @contextmanager
    def sheet(self) -> Iterator[None]:
        """Hold a place for one sheet; PoolFull when there is none."""
        if not self._sheets.acquire(blocking=False):
            raise PoolFull
        self._begin()
        try:
            yield
        finally:
            self._end()
            self._sheets.release()

    def run(
        self,
        function: Callable[..., Any],
        calls: Sequence[tuple[Any, ...]],
        check: Callable[[], None],
    ) -> list[Any]:
        """Return what the calls return, in their order; check may raise, and is asked every second.

        RenderFailed when a process ended or a call took too long: the others are cancelled.
        """
        pool = cast(ProcessPool, self._pool)  # there while a sheet holds a place
        futures = [pool.schedule(function, args=args, timeout=self._seconds) for args in calls]
        try:
            self._wait(futures, check)
            return [future.result() for future in futures]
        except TimeoutError as error:
            raise RenderFailed(f"a part took longer than {self._seconds} s") from error
        except ProcessExpired as error:
            raise RenderFailed("a render process ended") from error
        finally:
            for future in futures:
                future.cancel()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            self._stop()

    def _wait(self, futures: Sequence[Future[Any]], check: Callable[[], None]) -> None:
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            check()

    def _begin(self) -> None:
        with self._lock:
            self._busy += 1
            if self._closing:
                self._closing.cancel()
            if self._pool is None or not self._pool.active:
                self._pool = self._started()

    def _end(self) -> None:
        with self._lock:
            self._busy -= 1
            if not self._busy:
                self._closing = Timer(IDLE_SECONDS, self._close_if_idle)
                self._closing.daemon = True
                self._closing.start()

    def _started(self) -> ProcessPool:
        # Forks of a server of their own, which has none of this process's connections.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["exports.printing.press"])
        return ProcessPool(
            self._processes, max_tasks=TASKS_A_PROCESS, initializer=warm_up, context=context
        )

    def _close_if_idle(self) -> None:
        with self._lock:
            if not self._busy:
                self._stop()

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None
