"""Working ahead: order, errors, and nothing left behind."""

import threading

import pytest

from exports.ahead import ahead


def test_results_come_in_the_order_of_the_calls():
    assert list(ahead(lambda n=n: n for n in range(20))) == list(range(20))
    assert list(ahead([])) == []


def test_the_next_call_runs_while_a_result_is_used():
    used = threading.Event()
    # The second call ends only once the first result has been used.
    results = ahead([lambda: "first", lambda: used.wait(60)])
    assert next(results) == "first"
    used.set()
    assert next(results) is True


def test_no_call_begins_before_the_one_ahead_is_over():
    log = []

    def call(name):
        log.append(f"{name} begins")
        log.append(f"{name} ends")

    list(ahead([lambda: call("a"), lambda: call("b")]))
    assert log == ["a begins", "a ends", "b begins", "b ends"]


def test_an_error_comes_where_its_result_would_have():
    results = ahead([lambda: 1, lambda: 1 // 0, lambda: 3])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_closing_waits_for_the_call_that_runs():
    begun, may_end, over = threading.Event(), threading.Event(), threading.Event()

    def slow():
        begun.set()
        may_end.wait()
        over.set()

    results = ahead([lambda: None, slow, lambda: pytest.fail("nobody asked")])
    next(results)
    begun.wait()
    may_end.set()
    results.close()
    assert over.is_set()
