"""Requests in the log: an id in the answer and in each line, and no address of anybody."""

import json
import logging
import sys

import pytest

from usersvc import request_log
from usersvc.logging import LOGGING, Scrubber

from .serving import place, serving
from .talking import send, token_of

LEFT = {"method", "route", "family", "status", "milliseconds", "actor"}


@pytest.fixture
def lines(caplog):
    """What is logged of requests, as records that the filter of the service has seen."""
    caplog.handler.addFilter(request_log.RequestIds())
    caplog.set_level(logging.INFO, "usersvc.request_log")
    return lambda: [each for each in caplog.records if each.name == "usersvc.request_log"]


@pytest.mark.django_db
def test_a_request_is_a_line_with_its_route_and_who_asked(cast, call, lines):
    answer = call(cast.root).get(f"/users/{cast.bob.pk}?x=zoe@example.com")
    (line,) = lines()
    assert line.request_id == answer["X-Request-ID"]
    assert (line.method, line.route, line.status) == ("GET", "/users/<uuid:pk>", 400)
    assert line.family == "users"
    assert line.actor == str(cast.root.pk)
    assert line.milliseconds > 0
    assert str(cast.bob.pk) not in str(vars(line))
    assert "zoe" not in str(vars(line))


@pytest.mark.django_db
def test_who_asks_is_not_looked_up_for_the_log(client, lines, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/nowhere/zoe@example.com")
    (line,) = lines()
    assert (line.route, line.family, line.actor, line.status) == (None, None, None, 404)


@pytest.mark.django_db
def test_a_file_is_a_line_with_what_it_was(cast, call, lines):
    answer = call(cast.root).get("/users/export?format=csv")
    size = len(b"".join(answer.streaming_content))
    answer.close()
    _, end = lines()
    assert (end.getMessage(), end.format, end.outcome, end.bytes) == (
        "export", "csv", "complete", size,
    )  # fmt: skip
    assert (end.family, end.rows) == ("export", 11)
    assert end.request_id == answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("told", "proxies", "is_taken"),
    [
        ("abcdef-0123456789.x", ["127.0.0.0/8"], True),
        ("abcdef-0123456789.x", [], False),
        ("short", ["127.0.0.0/8"], False),
        ("x" * 65, ["127.0.0.0/8"], False),
        ("abcdef 0123456789", ["127.0.0.0/8"], False),
        ('abcdef"0123456789', ["127.0.0.0/8"], False),
        ("", ["127.0.0.0/8"], False),
    ],
)
def test_an_id_is_taken_from_a_proxy_of_ours_alone(client, settings, told, proxies, is_taken):
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = list(map(ip_network, proxies))
    first, second = (client.get("/healthz", HTTP_X_REQUEST_ID=told) for _ in range(2))
    assert (first["X-Request-ID"] == told) is is_taken
    assert (first["X-Request-ID"] == second["X-Request-ID"]) is is_taken


def test_a_record_of_json_is_one_object_and_is_scrubbed():
    told = LOGGING["formatters"]["json"]
    formatter = logging.config.DictConfigurator(LOGGING).configure_formatter(dict(told))
    values = {"msg": "mail to zoe@example.com", "name": "django", "rows": 7}
    record = logging.makeLogRecord(values | {"request": object(), "x": "zoe"})
    try:
        raise ValueError(values["msg"])
    except ValueError:
        record.exc_info = sys.exc_info()
    Scrubber().filter(record)
    line = json.loads(formatter.format(record))
    assert line.keys() == {"time", "level", "logger", "message", "rows", "exc_info"}
    assert (line["message"], line["rows"]) == ("mail to [address]", 7)
    assert "ValueError" in line["exc_info"]
    assert "zoe@" not in str(line)


@pytest.mark.once
def test_the_service_logs_json_where_that_is_asked_for(tmp_path):
    with (
        place(tmp_path) as here,
        serving(here, USERSVC_DEMO_USERS=0, USERSVC_LOG="json") as service,
    ):
        headers = {"Authorization": f"Bearer {token_of(service)}"}
        answer = send(service, "GET", "/users?search=zoe%40example.com", headers=headers)
        send(service, "GET", "/nowhere/zoe@example.com")
        _, text = service.stop()
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    requests = [each for each in found if each["message"] == "request"]
    routes = [each["route"] for each in requests]
    assert {"/api/token", "/users", None} <= set(routes)
    assert all(each.keys() >= LEFT | {"request_id", "time"} for each in requests)
    assert "zoe" not in text
    assert answer.status == 200
