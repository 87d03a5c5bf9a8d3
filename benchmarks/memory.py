"""How much memory the processes of a service hold, and whether it grows."""

import statistics
import threading
import time
from pathlib import Path

import service

EVERY = 1.0  # seconds between two looks
SETTLING = 0.2  # of a time, its beginning, in which what is kept is first filled
MOST_GROWTH, MOST_OF_A_PROCESS = 0.05, 16.0  # of what there was; MB of each process
MEGABYTE = 1 << 20


class Memory:
    """The anonymous memory of a process and of all below it, looked at again and again.

    Those that print are below the processes of the web, which are children of the first one.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        # When; MB and processes of the web, MB and processes that print.
        self.looks: list[tuple[float, float, int, float, int]] = []

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def growth(self, printing: bool) -> tuple[str, bool]:
        """Return in words what a line through the looks says, and whether that is bearable."""
        begin = self.looks[0][0] + SETTLING * (self.looks[-1][0] - self.looks[0][0])
        looks = [look for look in self.looks if look[0] >= begin]
        place = 3 if printing else 1
        times, sizes = [look[0] - begin for look in looks], [look[place] for look in looks]
        processes = statistics.mean(look[place + 1] for look in looks)
        line = statistics.linear_regression(times, sizes)
        grown = line.slope * times[-1]
        most = max(MOST_GROWTH * line.intercept, MOST_OF_A_PROCESS * processes)
        words = (
            f"{line.intercept:.0f} MB at the begin of a line through {len(sizes)} looks,"
            f" {grown:+.1f} MB to its end {times[-1]:.0f} s later"
            f" (between {min(sizes):.0f} and {max(sizes):.0f} MB, {processes:.1f} processes;"
            f" at most {most:.0f} MB more: {MOST_GROWTH:.0%}, or {MOST_OF_A_PROCESS:.0f} MB each)"
        )
        return words, grown <= most

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            web = [str(self._pid), *_children(str(self._pid))]
            printing = [pid for parent in web[1:] for pid in _descendants(parent)]
            self.looks.append(
                (time.monotonic(), _sum(web), len(web), _sum(printing), len(printing))
            )


def _descendants(pid: str) -> list[str]:
    children = _children(pid)
    return [*children, *(each for child in children for each in _descendants(child))]


def _children(pid: str) -> list[str]:
    """Return the processes that a process has started; none once it has ended."""
    found: list[str] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += path.read_text().split()
        except FileNotFoundError:
            continue  # a thread that ended
    return found


def _sum(pids: list[str]) -> float:
    return sum(service.anonymous(pid) for pid in pids) / MEGABYTE
