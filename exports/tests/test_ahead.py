"""Working ahead: order, errors, and nothing left behind."""

import threading

import pytest

from exports.ahead import ahead


def each(*calls):
    """Return a function that makes one call after the other, and then returns None."""
    left = list(calls)
    return lambda: left.pop(0)() if left else None


def test_results_come_in_order():
    assert list(ahead(each(*(lambda n=n: n for n in range(20))))) == list(range(20))
    assert list(ahead(each())) == []


def test_the_next_is_made_while_a_result_is_used():
    used = threading.Event()
    # The second call ends only once the first result has been used.
    results = ahead(each(lambda: "first", used.wait))
    assert next(results) == "first"
    used.set()
    assert next(results) is True


def test_nothing_begins_before_what_is_ahead_is_over():
    log = []

    def call(name):
        log.append(f"{name} begins")
        log.append(f"{name} ends")
        return name

    list(ahead(each(lambda: call("a"), lambda: call("b"))))
    assert log == ["a begins", "a ends", "b begins", "b ends"]


def test_an_error_comes_where_its_result_would_have():
    results = ahead(each(lambda: 1, lambda: 1 // 0, lambda: 3))
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_closing_waits_for_what_is_being_made():
    begun, may_end, over = threading.Event(), threading.Event(), threading.Event()

    def slow():
        begun.set()
        may_end.wait()
        over.set()

    results = ahead(each(lambda: 1, slow, lambda: pytest.fail("nobody asked")))
    next(results)
    begun.wait()
    may_end.set()
    results.close()
    assert over.is_set()
