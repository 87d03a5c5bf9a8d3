"""The loops beside the jobs: each goes on until it is to end, whatever happens in it."""

import threading

import pytest

from exports import beside

pytestmark = pytest.mark.once

begun = []
again = threading.Event()


def stumbling(stop):
    """End by an error the first time, by itself the second, and last when it is told to."""
    begun.append(threading.current_thread().name)
    if len(begun) == 1:
        raise RuntimeError("Set changed size during iteration")
    if len(begun) == 3:
        again.set()
        stop.wait()


def test_a_loop_that_ends_by_itself_is_started_again(settings, monkeypatch):
    monkeypatch.setattr(beside, "BETWEEN_STARTS", 0.01)
    settings.BESIDE_JOBS = {"stumbling": f"{__name__}.stumbling"}
    loops = beside.Beside()
    loops.start()
    assert again.wait(60)
    loops.stop()
    assert begun == ["stumbling"] * 3
