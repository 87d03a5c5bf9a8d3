"""The log: what must never be in it, and that it stays one line a message."""

import io
import logging
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from django.utils.log import log_response

from usersvc.logging import LOGGING, LONGEST, Scrubber

pytestmark = pytest.mark.once

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTkifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SESSION = "k3j5h2g4f6d8s9a0q1w2e3r4t5y6u7i8"
PASSWORD = "correct horse battery staple"
NASTY = [
    # what is logged, and what must not come out
    (f"token {JWT} was refused", [JWT, "dBjftJeZ4CVP", "eyJ"]),
    (f"half a token {JWT[:40]}", [JWT[:40]]),
    (f"Authorization: Bearer {JWT}", [JWT]),
    ("authorization=Basic YWxpY2U6c2VjcmV0 and more", ["YWxpY2U6c2VjcmV0"]),
    ("{'Authorization': 'Token abc def', 'Host': 'x'}", ["abc", "def"]),
    ("HTTP_AUTHORIZATION': 'Bearer abcdef'", ["abcdef"]),
    ("bearer abc.def-ghi", ["abc.def"]),
    (f"Cookie: sessionid={SESSION}; csrftoken=abc", [SESSION, "abc"]),
    (f"Set-Cookie: __Host-sessionid={SESSION}; Path=/", [SESSION]),
    (f"{{'HTTP_COOKIE': 'a=1; sessionid={SESSION}'}}", [SESSION]),
    (f"the session {SESSION} ended", [SESSION]),
    ("mail to alice.b+c@example.com failed", ["alice", "example.com"]),
    ("mail to Zoë@exämple.com failed", ["Zoë", "exämple"]),
    ('mail to "zoe smith"@example.com failed', ["zoe smith", "example.com"]),
    ("<bob@localhost>", ["bob"]),
    ("?q=alice%40example.com", ["alice", "example"]),
    ("alice%40example.com in a path", ["alice", "example.com"]),
    ("GET /users?search=Zo%C3%AB+Smith HTTP/1.1", ["Zo%C3%AB", "Smith"]),
    ("http://localhost/users?search=Smith", ["Smith"]),
    ("GET /account/password/MDE5/cdz1-abcdef", ["MDE5", "cdz1", "abcdef"]),
    ("https://x.example/account/invitation/s3cr3t/", ["s3cr3t"]),
    (f"password={PASSWORD}", ["correct", "staple"]),
    (f"new_password1: {PASSWORD}", ["correct", "staple"]),
    (f"{{'password': '{PASSWORD}', 'a': 1}}", ["correct", "staple"]),
    (f'{{"password":"{PASSWORD}"}}', ["correct", "staple"]),
    (r"{'password': 'it\'s secret'}", ["secret'"]),
    ("password => hunter2", ["hunter2"]),
    ("data['password'] = 'hunter2'", ["hunter2"]),
    ("PASSWORD=hunter2&next=/", ["hunter2"]),
    ("otp=123456", ["123456"]),
    ("one-time code: 123456", ["123456"]),
    ("USERSVC_SECRET_KEY=s3cr3t", ["s3cr3t"]),
    ("refresh_token=abc", ["abc"]),
    ("postgresql://user:hunter2@db/people", ["hunter2"]),
    ("gAAAAABlZm9vYmFyYmF6_cXV4-w==", ["gAAAAABl"]),
    ("DETAIL:  Key (email)=(Zoë Smith) already exists.", ["Zoë", "Smith"]),
]


@pytest.fixture
def handler():
    """A handler like those of the service; its stream holds what it wrote."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    handler.addFilter(Scrubber())
    return handler


@contextmanager
def logger(name, handler):
    """A logger that writes to the handler alone, and a function that tells what was written."""
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, handler.stream.getvalue
    logger.propagate = True
    logger.removeHandler(handler)


@pytest.fixture
def log(handler):
    with logger("library.of.another", handler) as found:
        yield found


@pytest.fixture
def our_log(handler):
    with logger("users.nasty", handler) as found:
        yield found


@pytest.mark.parametrize(("line", "hidden"), NASTY)
def test_a_message_tells_of_nobody(our_log, line, hidden):
    logger, written = our_log
    logger.error(line)
    logger.error("as an argument: %s", line)
    logger.error("as an object: %r", [line])
    assert written().count("\n") == 3
    assert [part for part in hidden if part in written()] == []


@pytest.mark.parametrize(("line", "hidden"), NASTY)
def test_a_traceback_tells_of_nobody(our_log, line, hidden):
    logger, written = our_log
    try:
        try:
            raise ValueError(line)
        except ValueError as error:
            raise RuntimeError(f"then: {line}") from error
    except RuntimeError:
        logger.exception("a failure")
    assert [part for part in hidden if part in written()] == []
    assert "ValueError" in written()
    assert "raise RuntimeError(f" in written()  # where it was


@pytest.mark.parametrize(
    "line",
    [
        "3 people of 019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b were moved",
        "an export cannot be looked after: download of 019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b",
        "Internal Server Error: /users/<id>",
        "usersvc.api.errors unexpected error at 12:30",
    ],
)
def test_what_tells_of_nobody_stays(our_log, line):
    logger, written = our_log
    logger.warning(line)
    assert written() == f"WARNING users.nasty {line}\n"


@pytest.mark.parametrize("quoted", ["'Zoë Smith'", '"Zoë Smith"', "`Zoë Smith`", "“Zoë Smith”"])
def test_what_libraries_quote_came_from_a_caller(log, quoted):
    logger, written = log
    logger.warning(f"invalid header: {quoted}. You may need to add it.")
    assert written() == "WARNING library.of.another invalid header: '…'. You may need to add it.\n"


def test_names_of_code_stay_in_tracebacks(log):
    logger, written = log
    try:
        None.missing  # noqa: B018
    except AttributeError:
        logger.exception("a failure")
    assert "'NoneType' object has no attribute 'missing'" in written()


@pytest.mark.parametrize("cut", ["\n", "\r", "\r\n", "\x0b", "\x1b[2K", "\u2028", "\x85", "\u202e"])
def test_nobody_writes_a_line_of_his_own(log, cut):
    logger, written = log
    logger.warning("before %s after", f"{cut}CRITICAL root all is well")
    assert len(written().splitlines()) == 1
    assert cut not in written()[:-1]


@pytest.mark.parametrize(
    "long", ["x" * 10**6, "a@" * 10**6, "/?" * 10**6, "'" * 10**6, "eyJ" * 10**6, "a b\n" * 10**6]
)
def test_a_long_message_is_short(log, long):
    logger, written = log
    logger.warning("%s", long)
    assert len(written()) < 7 * LONGEST  # a control character is written as several


def test_arguments_that_do_not_fit_are_not_printed(log, capsys):
    logger, written = log
    logger.warning("%d", "alice@example.com")
    logger.warning("%s %s", "alice@example.com")
    assert "alice" not in written() + capsys.readouterr().err
    assert written().count("does not fit") == 2


def test_an_exception_that_cannot_be_told_is_told_of(log):
    class BrokenError(Exception):
        def __str__(self):
            raise ValueError("alice@example.com")

    logger, written = log
    logger.error("%s", "a failure", exc_info=BrokenError())
    assert "BrokenError: a message that cannot be told" in written()


def test_a_chain_of_exceptions_ends(log):
    logger, written = log
    error = ValueError("0")
    for number in range(1, 50):
        error.__context__, error = None, error
        later = ValueError(str(number))
        later.__cause__ = error
        error = later
    logger.error("a failure", exc_info=error)
    assert written().count("which led to") == 4


NOWHERE = "an address that is not there"
PERSON = "/users/019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b"


@pytest.mark.parametrize(
    ("path", "told"),
    [("/nothing/Zoë Smith", NOWHERE), ("/", NOWHERE), (PERSON, "/users/<uuid:pk>")],
)
def test_the_address_of_a_request_is_told_as_its_route(handler, path, told):
    request = RequestFactory().get(path)
    if told != NOWHERE:
        request.resolver_match = resolve(path)
    with logger("django.request", handler) as (_, written):
        log_response(
            "%s: %s", "Not Found", request.path, request=request, response=HttpResponse(status=404)
        )
    assert written() == f"WARNING django.request Not Found: {told}\n"


def test_a_line_tells_its_instant_with_its_offset():
    form = LOGGING["formatters"]["text"]
    formatter = logging.Formatter(form["format"], form["datefmt"])
    record = logging.LogRecord("users", logging.INFO, "", 1, "hello", None, None)
    instant, level, name, message = formatter.format(record).split(" ", 3)
    assert datetime.fromisoformat(instant).utcoffset() is not None
    assert abs(datetime.fromisoformat(instant).timestamp() - record.created) < 1
    assert (level, name, message) == ("INFO", "users", "hello")
