"""Looking at something again and again while something else goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeated(look: Callable[[], object], every: float) -> Iterator[None]:
    """Look every so many seconds, in a thread, for the time of the block."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(every):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
