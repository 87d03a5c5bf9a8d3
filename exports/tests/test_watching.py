"""The watch: who is slow, who is gone, what is over its time."""

import math
import socket
import threading
from contextlib import closing

import pytest

from exports import watching
from exports.readers import Reader
from exports.watching import (
    ABORTED,
    OVER_TIME,
    SLOW_READER,
    STOPPED,
    UNKNOWN,
    CutOff,
    Limits,
    Watch,
)
from usersvc.tests.serving import PATIENCE

LONG = 1_000_000.0  # seconds


look_after = watching._look_after


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Nobody but the test looks, or asks: it tells how often each happens."""
    monkeypatch.setattr(watching, "_look_after", lambda watch: None)


@pytest.fixture
def ends():
    """The server's end of a connection, and the reader's."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
        with closing(ours), closing(theirs):
            yield ours, theirs


def watch_of(ours, *, seconds=LONG, rate=1, grace=0.0):
    return Watch(Limits(seconds=seconds, rate=rate, grace=grace), Reader(ours))


def interruptions(watch):
    """Return the list that grows whenever the database is interrupted."""
    calls = []
    watch.guard(lambda: calls.append(1))
    return calls


def test_without_limits_and_a_reader_nothing_is_cut_off():
    watch = Watch()
    watch.hand_over()
    watch.look()
    watch.check()
    assert watch.outcome == ""


def test_a_reader_has_received_what_its_machine_took(ends):
    ours, theirs = ends
    reader = Reader(ours)
    before = reader.received()
    ours.sendall(b"x" * 1000)
    assert theirs.recv(1000, socket.MSG_WAITALL) == b"x" * 1000
    theirs.sendall(b"got it")  # which acknowledges what came before
    ours.recv(6)
    assert reader.received() - before == 1000


def test_a_socket_of_another_kind_tells_nothing():
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        assert Reader(ours).received() is None
        assert not Reader(ours).is_gone()
        theirs.close()
        assert Reader(ours).is_gone()


def test_a_reader_that_takes_nothing_is_slow_however_fast_it_was(ends):
    ours, theirs = ends
    watch = watch_of(ours)
    watch.hand_over()
    ours.sendall(b"x" * 100_000)
    theirs.recv(100_000, socket.MSG_WAITALL)
    theirs.sendall(b"got it")
    ours.recv(6)
    watch.look()
    assert watch.outcome == ""
    watch.look()
    assert watch.outcome == SLOW_READER
    assert theirs.recv(1) == b""  # hung up


def test_within_the_grace_nobody_is_slow(ends):
    watch = watch_of(ends[0], grace=LONG)
    watch.hand_over()
    watch.look()
    assert watch.outcome == ""


def test_a_rate_of_nothing_bears_anybody(ends):
    watch = watch_of(ends[0], rate=0)
    watch.hand_over()
    watch.look()
    assert watch.outcome == ""


def test_while_the_database_works_the_reader_is_not_slow_but_may_be_gone(ends):
    ours, theirs = ends
    watch = watch_of(ours)
    calls = interruptions(watch)
    watch.look()
    theirs.sendall(b"GET /next")  # the next request is already there
    watch.look()
    assert (watch.outcome, calls) == ("", [])
    ours.recv(9)
    theirs.close()
    watch.look()
    assert (watch.outcome, calls) == (ABORTED, [1])
    watch.look()  # a statement that had not begun is interrupted the next time
    assert calls == [1, 1]
    watch.leave_alone()
    watch.look()
    assert calls == [1, 1]
    with pytest.raises(CutOff, match=ABORTED):
        watch.check()


def test_what_is_over_its_time_is_interrupted_or_hung_up(ends):
    ours, theirs = ends
    watch = watch_of(ours, seconds=0.0)
    calls = interruptions(watch)
    watch.look()
    assert (watch.outcome, calls) == (OVER_TIME, [1])
    watch.hand_over()
    watch.look()
    assert theirs.recv(1) == b""


def test_an_end_is_the_end(ends):
    watch = watch_of(ends[0])
    calls = interruptions(watch)
    watch.end()
    ends[1].close()
    watch.look()
    assert (watch.outcome, calls) == ("", [])


def test_the_budget_holds_without_a_server():
    watch = Watch(Limits(seconds=0.0, rate=1, grace=0.0))
    with pytest.raises(CutOff, match=OVER_TIME):
        watch.check()


def test_a_service_that_stops_cuts_off_what_is_not_whole_in_time(ends, monkeypatch):
    monkeypatch.setattr(watching, "_end", math.inf)
    ours, theirs = ends
    watch = watch_of(ours, grace=LONG)
    watch.hand_over()
    watching.end_in(LONG)
    watch.look()
    assert watch.outcome == ""
    watching.end_in(-1.0)
    watch.look()
    assert watch.outcome == STOPPED
    assert theirs.recv(1) == b""
    with pytest.raises(CutOff, match=STOPPED):
        Watch().check()


def asking(ours, *answers):
    """A watch that is told these, one after the other; exceptions are raised."""
    told = iter(answers)

    def withdrawn():
        answer = next(told)
        if isinstance(answer, Exception):
            raise answer
        return answer

    limits = Limits(seconds=LONG, rate=1, grace=LONG)
    return Watch(limits, Reader(ours), withdrawn=withdrawn)


def test_who_may_no_longer_have_it_is_cut_off(ends):
    ours, theirs = ends
    watch = asking(ours, "", "", "cut off: suspended", "")
    calls = interruptions(watch)
    watch.ask()
    watch.ask()
    assert (watch.outcome, calls) == ("", [])
    watch.ask()
    assert (watch.outcome, calls) == ("cut off: suspended", [1])
    watch.ask()
    assert watch.outcome == "cut off: suspended"  # it stays so
    watch.hand_over()
    watch.look()
    assert theirs.recv(1) == b""
    with pytest.raises(CutOff, match="suspended"):
        watch.check()


def test_when_nobody_can_tell_for_long_it_is_cut_off(ends):
    gone = OSError("the database is gone")
    watch = asking(ends[0], gone, gone, "", gone, gone, gone)
    for _ in range(5):
        watch.ask()
        assert watch.outcome == ""
    watch.ask()
    assert watch.outcome == UNKNOWN


def test_watchmen_look_and_ask_until_the_export_ends(ends):
    ours, theirs = ends
    asked = threading.Event()

    def withdrawn():
        asked.set()
        return "cut off: suspended"

    watch = Watch(Limits(seconds=LONG, rate=1, grace=LONG), Reader(ours), withdrawn=withdrawn)
    watch.hand_over()
    look_after(watch)
    assert asked.wait(PATIENCE)
    assert theirs.recv(1) == b""  # whoever looks hangs up
    watch.end()
    assert watch not in watching._watched


def test_a_watchman_goes_on_after_an_error(ends, caplog):
    broken, watch = watch_of(ends[0], seconds=0.0), watch_of(ends[0], seconds=0.0)
    failed, interrupted = threading.Event(), threading.Event()

    def fail():
        failed.set()
        raise OSError("the database is gone")

    broken.guard(fail)
    watch.guard(interrupted.set)
    for each in (broken, watch):
        look_after(each)
    assert failed.wait(PATIENCE)
    broken.end()
    interrupted.clear()
    assert interrupted.wait(PATIENCE)
    watch.end()
    assert "an export cannot be looked after" in caplog.text
