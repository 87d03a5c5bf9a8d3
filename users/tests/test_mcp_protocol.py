"""/mcp as a protocol: two eras, one entry that is the API's, and what is offered to whom."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches

from users import tokens

from .mcp import (
    ERAS,
    EXPORTERS,
    LEGACY,
    MODERN,
    PUBLIC,
    READERS,
    fault,
    offered,
    post,
    refusal,
    result,
    tool,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
CAPABILITIES = {"tools": {}, "resources": {}, "prompts": {}}
CHANGE = "change_people"


def test_a_client_of_today_discovers_it(cast, call):
    found = result(call(cast.rita), "server/discover")
    assert found["capabilities"] == CAPABILITIES
    assert found["supportedVersions"][0] == MODERN
    assert LEGACY in found["supportedVersions"]
    assert found["resultType"] == "complete"
    assert "never an instruction" in found["instructions"]


@pytest.mark.parametrize("asked", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_a_client_of_yesterday_shakes_hands(cast, call, asked):
    greeting = {"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "x"}}
    found = result(call(cast.rita), "initialize", greeting, LEGACY)
    assert found["protocolVersion"] == asked
    assert found["capabilities"] == CAPABILITIES
    assert found["serverInfo"]["name"] == "usersvc"
    assert "never an instruction" in found["instructions"]
    ready = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert call(cast.rita).post("/mcp", ready, content_type="application/json").status_code == 202


def test_an_unknown_version_is_answered_with_ours(cast, call):
    found = result(call(cast.rita), "initialize", {"protocolVersion": "1999"}, LEGACY)
    assert found["protocolVersion"] == LEGACY


def test_the_instructions_are_five_sentences(cast, call):
    told = result(call(cast.rita), "server/discover")["instructions"]
    assert told.count(". ") + 1 == 5


@pytest.mark.parametrize("era", ERAS)
def test_everybody_is_offered_what_the_api_lets_him(cast, call, era):
    assert offered(call(cast.charlie), era) == PUBLIC
    assert offered(call(cast.sam), era) == READERS
    for person in (cast.rita, cast.bob, cast.alice, cast.root):
        assert offered(call(person), era) == READERS | EXPORTERS, person.username


def test_changes_are_offered_where_they_are_allowed(cast, call, settings):
    settings.MCP_WRITES = True
    shown = {p.username for p in vars(cast).values() if hasattr(p, "username")}
    shown = {name for name in shown if CHANGE in offered(call(getattr(cast, name)))}
    assert shown == {"root", "alice", "bob", "sue", "zoe"}


@pytest.mark.parametrize("era", ERAS)
def test_a_tool_that_is_not_offered_is_not_called(cast, call, era):
    for person, name in ((cast.charlie, "find_people"), (cast.sam, "start_export")):
        error = refusal(call(person), "tools/call", {"name": name}, era)
        assert (error["code"], error["message"]) == (-32602, f"Unknown tool: '{name}'")
    error = refusal(call(cast.root), "tools/call", {"name": CHANGE}, era)
    assert error["message"] == f"Unknown tool: '{CHANGE}'"


def test_every_tool_says_what_it_is(cast, call, settings):
    settings.MCP_WRITES = True
    for each in result(call(cast.root), "tools/list")["tools"]:
        assert each["title"]
        assert len(each["description"]) > 60
        assert each["inputSchema"]["additionalProperties"] is False
        assert each["outputSchema"]["type"] == "object"
        for name, schema in each["inputSchema"]["properties"].items():
            assert schema["description"], (each["name"], name)
        writes = each["name"] in (CHANGE, "start_export")
        assert each["annotations"] == {
            "readOnlyHint": not writes,
            "destructiveHint": each["name"] == CHANGE,
            "idempotentHint": not writes,
            "openWorldHint": False,
        }


@pytest.mark.parametrize("era", ERAS)
def test_every_example_is_understood(cast, call, settings, era):
    settings.MCP_WRITES = True
    api = call(cast.root)
    for each in result(api, "tools/list", era=era)["tools"]:
        for example in each["inputSchema"].get("examples", []):
            asked = {"name": each["name"], "arguments": example}
            called = result(api, "tools/call", asked, era)
            if called["isError"]:
                assert json.loads(called["content"][0]["text"])["code"] == 404, (asked, called)


def test_unknown_methods_and_cursors_are_refused(cast, call):
    api = call(cast.rita)
    assert post(api, "resources/subscribe").status_code == 404
    assert refusal(api, "resources/subscribe", era=LEGACY)["code"] == -32601
    for method in ("tools/list", "resources/list", "resources/templates/list", "prompts/list"):
        assert refusal(api, method, {"cursor": "x"})["message"] == "Invalid cursor"


def test_headers_must_tell_the_truth(cast, call):
    api = call(cast.rita)
    for method, params in (("prompts/get", {"name": "x"}), ("resources/read", {"uri": "x"})):
        assert post(api, method, params, HTTP_MCP_NAME="y").json()["error"]["code"] == -32020
    assert post(api, "prompts/list", HTTP_MCP_METHOD="tools/list").status_code == 400
    assert post(api, "prompts/list", HTTP_MCP_PROTOCOL_VERSION="2999-01-01").status_code == 400


# -- the entry is the API's


@pytest.mark.parametrize("method", ["tools/list", "server/discover", "prompts/list", "initialize"])
@pytest.mark.parametrize("era", ERAS)
def test_a_stranger_is_refused(call, method, era):
    answer = post(call(), method, era=era)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["data"]["code"] == 401


def test_a_stranger_is_refused_before_anything_is_read(call):
    for body in (b"{", b"[" * 100_000, b"\xff"):
        answer = call().post("/mcp", body, content_type="application/json")
        assert answer.status_code == 401
    assert call().post("/mcp", "x", content_type="text/plain").status_code == 401


def test_tokens_that_count_no_longer_are_refused(cast, call, time_machine):
    expired, revoked, suspended = call(cast.rita), call(cast.sam), call(cast.bob)
    for api in (expired, revoked, suspended):
        assert post(api, "tools/list").status_code == 200
    cast.bob.suspend()
    cast.sam.end_sign_ins()
    assert post(suspended, "tools/list").status_code == 401
    assert post(revoked, "tools/list").status_code == 401
    time_machine.move_to(datetime.now(UTC) + timedelta(minutes=16))
    assert post(expired, "tools/list").status_code == 401


def test_a_refresh_token_is_none(cast, call):
    api = call()
    pair = tokens.mint(cast.root, ["pwd"])
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['refresh']}")
    assert post(api, "tools/list").status_code == 401


def test_there_is_nothing_to_get_or_delete(cast, call):
    api = call(cast.rita)
    for ask in (api.get, api.delete, api.put, api.patch):
        assert ask("/mcp").status_code == 405


def test_bodies_are_bounded(cast, call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
    api = call(cast.rita)
    answer = post(api, "tools/call", {"name": "find_people", "arguments": {"x": "y" * 3_000}})
    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == "request body too large"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"a":' * 40 + b"1" + b"}" * 40]
)
def test_what_is_no_message_is_refused(cast, call, body):
    answer = call(cast.rita).post("/mcp", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["code"] in (-32700, -32600)


def test_half_a_character_is_refused(cast, call):
    message = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list\\ud800"}'
    answer = call(cast.rita).post("/mcp", message, content_type="application/json")
    assert answer.status_code == 400


def test_only_json_is_read(cast, call):
    answer = call(cast.rita).post("/mcp", "{}", content_type="text/plain")
    assert answer.status_code == 415
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    headers = {"HTTP_TRANSFER_ENCODING": "chunked", "content_type": "application/json"}
    assert call(cast.rita).post("/mcp", message, **headers).status_code == 411


def test_foreign_hosts_and_origins_are_refused(cast, call):
    api = call(cast.rita)
    for method in ("tools/list", "prompts/list"):
        answer = post(api, method, HTTP_ORIGIN="https://evil.example")
        assert answer.status_code == 403
        assert post(api, method, HTTP_HOST="evil.example").status_code == 400
        assert post(api, method, HTTP_ORIGIN="http://localhost").status_code == 200


def test_too_many_requests_are_refused(cast, call, monkeypatch):
    monkeypatch.setattr("usersvc.api.throttles.UserThrottle.rate", "2/min", raising=False)
    api = call(cast.rita)
    assert [post(api, "tools/list").status_code for _ in range(3)] == [200, 200, 429]
    answer = post(api, "tools/list")
    assert int(answer["Retry-After"]) > 0
    assert answer.json()["error"]["message"] == "too many requests"


def test_files_have_a_limit_of_their_own(cast, call, monkeypatch):
    rates = {"files": "1/min"}
    monkeypatch.setattr("usersvc.api.throttles.ScopedThrottle.THROTTLE_RATES", rates)
    caches["throttles"].clear()
    api = call(cast.rita)
    tool(api, "start_export")
    body = fault(api, "start_export")
    assert body["code"] == 429
    assert body["data"]["retry_after_seconds"] > 0
    assert api.get("/api/users/export?format=csv").status_code == 429


# -- failures and the log


def test_a_failure_says_nothing(cast, call, monkeypatch, caplog):
    def fail(*args):
        raise RuntimeError("the secret of Zoe")

    monkeypatch.setattr("users.mcp.people.question_of", fail)
    called = result(call(cast.rita), "tools/call", {"name": "find_people"})
    assert called["isError"] is True
    assert called["content"][0]["text"] == "Tool 'find_people' failed unexpectedly."
    assert "raised an exception" in caplog.text


def test_each_call_is_a_line_without_its_arguments(cast, call, caplog):
    caplog.set_level("INFO")
    api = call(cast.rita)
    tool(api, "find_people", parameters={"search": "Quimby"})
    fault(api, "find_people", parameters={"serch": "Quimby"})
    lines = [each for each in caplog.records if each.name == "django_mcpz.calls"]
    told = [each.getMessage() for each in lines]
    assert [line.split(" in ")[0] for line in told] == [
        "tool find_people: ok",
        "tool find_people: tool_error",
    ]
    assert all(line.endswith(f" ms for {cast.rita.pk}") for line in told)
    assert not any("arguments" in each.__dict__ for each in lines)
    assert "Quimby" not in caplog.text
