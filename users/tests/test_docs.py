"""The documentation: whole, out of the code, the same for everybody, and without dead ends."""

import json
import re

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import translation

from users.api.directory.filters import UserFilterSet
from users.api.families import FAMILIES
from users.docs.html import html_of
from users.docs.pages import pages
from users.docs.words import parameters
from users.mcp.catalog import TOOLS
from users.tests.questions import QUESTIONS, Kind
from usersvc.api.parameters import Word

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SLUGS = [page.slug for page in pages()]
PAGE_OF = {"connections": "jobs", "connection": "jobs"}


def text_of(slug):
    return Client().get(f"/docs/{slug}").content.decode()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_is_the_same_for_everybody(slug, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get(f"/docs/{slug}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "max-age=300" in answer["Cache-Control"]
    assert '<html lang="en">' in answer.content.decode()
    assert not answer.cookies
    assert Client().head(f"/docs/{slug}").status_code == 200
    assert Client(enforce_csrf_checks=True).post(f"/docs/{slug}").status_code == 405


def test_a_page_is_in_english_whatever_the_caller_speaks():
    for page in pages():
        english = page.markdown()
        with translation.override("it"):
            assert page.markdown() == english


def test_the_first_page_is_at_docs_alone():
    assert Client().get("/docs").content.decode() == text_of("start")


def test_what_is_no_page_is_not_found():
    assert Client().get("/docs/nothing").status_code == 404


@pytest.mark.parametrize(
    ("address", "parameter"), QUESTIONS, ids=[f"{a.name}-{p.name}" for a, p in QUESTIONS]
)
def test_every_parameter_is_told(address, parameter):
    text = text_of(PAGE_OF.get(address.name, address.name))
    rows = re.findall(rf"<tr>\s*<td><code>{parameter.name}</code>.*?</tr>", text, re.S)
    words = parameter.words if parameter.kind in (Kind.WORD, Kind.WORDS, Kind.SORT) else ()
    assert [row for row in rows if all(f"<code>{word}</code>" in row for word in words)]


def test_a_parameter_that_is_declared_is_told():
    class Longer(UserFilterSet):
        colour = Word(allowed=["red", "blue"], required=True, help_text="The | colour.")

    row = parameters(Longer).splitlines()[-1]
    assert row == r"| `colour` | `red`, `blue`, **required** | The \| colour. |"


def test_every_family_has_a_page():
    assert {family.prefix for family in FAMILIES} <= set(SLUGS)


def test_every_tool_is_told():
    text = text_of("mcp")
    for tool in TOOLS:
        assert f"<code>{tool.name}</code>" in text


def test_the_configuration_for_ai_tools_is_ready(settings):
    answer = Client().get("/docs/mcp.json")
    server = answer.json()["mcpServers"]["usersvc"]
    assert server["url"] == f"{settings.BASE_URL}/mcp"
    assert server["headers"] == {"Authorization": "Bearer ${ACCESS_TOKEN}"}
    shown = re.search(r"```json\n(.*?)```", pages()[SLUGS.index("mcp")].markdown(), re.S)
    assert json.loads(shown[1]) == answer.json()


@pytest.mark.parametrize("slug", [*SLUGS, "reference"])
def test_no_link_leads_nowhere(slug):
    for target in set(re.findall(r'href="([^"]+)"', text_of(slug))):
        path, _, anchor = target.partition("#")
        if path.startswith("/static/") or (not path and anchor == "content"):
            continue
        assert not path.startswith("http"), "the documentation asks nobody else"
        if path and path != "/openapi.json":
            resolve(path)
        if anchor and (not path or path.startswith("/docs")):
            there = text_of(path.removeprefix("/docs/") if path.startswith("/docs/") else slug)
            there = text_of("start") if path == "/docs" else there
            assert f'id="{anchor}"' in there, target


def test_html_within_the_text_is_shown_and_not_obeyed():
    shown = html_of("# <script>alert(1)</script>\n\n<b>x</b> [y](javascript:alert(1))\n")
    assert "<script>" not in shown.body
    assert "<b>" not in shown.body
    assert 'href="javascript' not in shown.body


def test_the_reference_takes_nothing_from_elsewhere(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get("/docs/reference")
    text = answer.content.decode()
    assert re.findall(r'(?:src|href)="(https?:)?//', text) == []
    assert "unsafe" not in answer["Content-Security-Policy"]
