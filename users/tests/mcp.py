"""How the tests talk to /mcp: JSON-RPC in both eras of the protocol."""

import json

MODERN, LEGACY = "2026-07-28", "2025-11-25"
ERAS = (MODERN, LEGACY)
PREFIX = "io.modelcontextprotocol"
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
READERS = {
    "search_documentation",
    "read_documentation",
    "read_schema",
    "find_people",
    "count_people",
    "get_person",
    "explain_access",
    "list_reports",
    "run_report",
}
PUBLIC = {"search_documentation", "read_documentation", "read_schema"}
EXPORTERS = {"start_export", "get_export"}


def post(api, method, params=None, era=MODERN, **headers):
    """Send a request and return the answer to it."""
    params = dict(params or {})
    sent = {"HTTP_MCP_PROTOCOL_VERSION": era}
    if era == MODERN:
        params["_meta"] = {
            f"{PREFIX}/protocolVersion": MODERN,
            f"{PREFIX}/clientCapabilities": {},
        }
        sent["HTTP_MCP_METHOD"] = method
        if method in NAMED:
            sent["HTTP_MCP_NAME"] = params.get(NAMED[method], "")
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    body = json.dumps(message)
    return api.post("/mcp", body, content_type="application/json", **{**sent, **headers})


def result(api, method, params=None, era=MODERN):
    """Return the result of a request that must have one."""
    answer = post(api, method, params, era)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert "result" in body, body
    assert body["id"] == 1
    return body["result"]


def refusal(api, method, params=None, era=MODERN):
    """Return the JSON-RPC error of a request that must have one."""
    return post(api, method, params, era).json()["error"]


def tool(api, name, era=MODERN, /, **arguments):
    """Call a tool and return the object it answers with, which its text repeats."""
    called = result(api, "tools/call", {"name": name, "arguments": arguments}, era)
    assert called["isError"] is False, called
    [content] = called["content"]
    assert json.loads(content["text"]) == called["structuredContent"]
    return called["structuredContent"]


def fault(api, name, era=MODERN, /, **arguments):
    """Call a tool and return the error that it must answer with, in the API's envelope."""
    called = result(api, "tools/call", {"name": name, "arguments": arguments}, era)
    assert called["isError"] is True, called
    assert "structuredContent" not in called
    [content] = called["content"]
    return json.loads(content["text"])


def faults(api, name, /, **arguments):
    """Return the faults of a call that is not understood: {key: (message, value)}."""
    body = fault(api, name, **arguments)
    assert (body["code"], body["message"]) == (400, "validation failed"), body
    return {one["key"]: (one["message"], one["value"]) for one in body["data"]["errors"]}


def offered(api, era=MODERN):
    """Return the names of the tools that a caller is shown."""
    return {each["name"] for each in result(api, "tools/list", era=era)["tools"]}
