"""Whatever a model sends, it is answered: with a result, or with what is wrong with it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from users.api.bulk.actions import ACTIONS
from users.mcp.catalog import TOOLS

from .mcp import post
from .questions import ADDRESSES

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
WORDS = sorted({word.name for address in ADDRESSES for word in address.parameters})
VALUES = sorted({value for a in ADDRESSES for p in a.parameters for value in (*p.good, *p.bad)})
KEYS = sorted({name for tool in TOOLS for name in tool.arguments().fields})
texts = st.one_of(st.sampled_from([*VALUES, *ACTIONS]), st.text(max_size=20))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    texts,
    st.sampled_from(KEYS),
)
data = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
words = st.dictionaries(
    st.one_of(st.sampled_from(WORDS), texts), st.one_of(texts, st.lists(texts, max_size=3), data)
)
arguments = st.dictionaries(st.one_of(st.sampled_from(KEYS), texts), data, max_size=4)
CODES = (-32700, -32602, -32601, -32600, -32020, -32002)
families = st.sampled_from(["directory", "export", "download", "jobs", "admin"])
asked = st.builds(
    lambda rest, family, parameters: {**rest, "family": family, "parameters": parameters},
    arguments,
    families,
    words,
)
bounded = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def is_answered(answer):
    """Return the result, unless it was refused; a failure of ours is neither."""
    assert answer.status_code in (200, 400), answer.content
    body = answer.json()
    assert ("result" in body) != ("error" in body)
    if "error" in body:
        assert body["error"]["code"] in CODES, body
        return
    for content in body["result"].get("content", []):
        assert "failed unexpectedly" not in content["text"], body
        json.loads(content["text"])


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS])
@bounded
@given(given=st.one_of(arguments, asked, data))
def test_any_arguments_are_answered(cast, call, settings, name, given):
    settings.MCP_WRITES = True
    settings.JOBS_PER_CALLER = 10**6
    is_answered(post(call(cast.root), "tools/call", {"name": name, "arguments": given}))


@pytest.mark.parametrize("method", ["prompts/get", "resources/read", "tools/call", "tools/list"])
@bounded
@given(params=st.dictionaries(st.sampled_from(["name", "uri", "arguments", "cursor"]), data))
def test_any_parameters_are_answered(cast, call, method, params):
    is_answered(post(call(cast.rita), method, params, "2025-11-25"))
