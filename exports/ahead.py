"""Working ahead: what comes next is made while what is there is used."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

Made = TypeVar("Made")


def ahead(calls: Iterable[Callable[[], Made]]) -> Iterator[Made]:
    """Yield what the calls return, each made in another thread while what came before is used.

    Worth it where a call spends its time outside of Python, as a long statement does.
    """
    with ThreadPoolExecutor(1) as maker:
        coming: Future[Made] | None = None
        for call in calls:
            there, coming = coming, _begun(maker, call)
            if there:
                yield there.result()
        if coming:
            yield coming.result()


def _begun(maker: ThreadPoolExecutor, call: Callable[[], Made]) -> "Future[Made]":
    """Have a call made; return once it has begun, as soon as the one before is over."""
    begun = Event()

    def make() -> Made:
        begun.set()
        return call()

    future = maker.submit(make)
    # Otherwise this thread would keep Python's lock, and the call begin when it is asked for.
    begun.wait()
    return future
