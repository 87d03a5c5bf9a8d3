"""Working ahead: what comes next is made while what is there is used."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

Made = TypeVar("Made")


def ahead(make: Callable[[], Made | None]) -> Iterator[Made]:
    """Yield what make returns until that is None; another thread makes each while one is used.

    Worth it where making spends its time outside of Python, as a long statement does.
    """
    with ThreadPoolExecutor(1) as maker:
        coming = _begun(maker, make)
        while (made := coming.result()) is not None:
            coming = _begun(maker, make)
            yield made


def _begun(maker: ThreadPoolExecutor, make: Callable[[], Made]) -> "Future[Made]":
    """Have something made, and return once that has begun."""
    begun = Event()

    def work() -> Made:
        begun.set()
        return make()

    future = maker.submit(work)
    # Otherwise this thread would keep Python's lock, and the work begin when it is asked for.
    begun.wait()
    return future
