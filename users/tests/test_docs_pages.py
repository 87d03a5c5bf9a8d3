"""The pages of the documentation: what the code knows stands in them, and they ask no database."""

import json
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from users.api.directory.filters import UserFilterSet
from users.api.download.serializers import TOKENS
from users.api.export.serializers import COLUMNS
from users.api.families import FAMILIES
from users.api.jobs.profile import PROFILE
from users.docs import tools
from users.docs.html import html_of
from users.docs.mistakes import MISTAKES, refusal
from users.docs.pages import page_called, pages
from users.docs.parameters import parameters
from users.docs.snippets import LANGUAGES
from users.docs.tables import table
from users.tests.browsing import enter
from users.tests.docs import codes, snippets
from users.tests.questions import DIRECTORY, DOWNLOAD, EXPORT, Kind
from usersvc.api.parameters import Number, Words

PAGES = [page.address for page in pages()]
ADDRESS_OF = {
    "directory": "/users",
    "export": "/api/users/export",
    "download": "/api/v2/users/download",
    "jobs": "/api/v2/jobs/users-exports",
}
LISTS = [DIRECTORY, EXPORT, DOWNLOAD]
ALL = [*PAGES, "/docs/reference", "/docs/mcp.json", *(f"/docs/{page.slug}.md" for page in pages())]


def text_of(slug):
    return page_called(slug).markdown()


@pytest.mark.parametrize("address", ALL)
def test_a_page_asks_no_database_and_may_be_kept(client, address):
    """Without the mark of a database, a question to it fails."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_the_same_to_everybody(client, cast, address):
    strangers = client.get(address).content
    assert enter(client, cast.alice).get(address).content == strangers


@pytest.mark.parametrize("address", [*PAGES, "/docs/reference"])
def test_a_page_is_english_and_says_what_it_is(client, address):
    answer = client.get(address, headers={"Accept-Language": "it"})
    html = answer.content.decode()
    assert answer["Content-Language"] == "en"
    assert '<html lang="en">' in html
    assert len(re.findall("<h1>", html)) == 1
    assert re.search(r'<meta name="description" content=".{30,160}">', html)
    assert "unknown" not in re.sub(r"(?s)<figure.*?</figure>", "", html)


def test_titles_and_descriptions_are_each_page_s_own(client):
    htmls = [client.get(address).content.decode() for address in [*PAGES, "/docs/reference"]]
    for pattern in (r"<title>(.*?)</title>", r'name="description" content="(.*?)"'):
        assert len({re.search(pattern, html)[1] for html in htmls}) == len(htmls)


def test_the_start_has_one_address(client):
    answer = client.get("/docs/start")
    assert (answer.status_code, answer["Location"]) == (301, "/docs")


@pytest.mark.parametrize("address", ["/docs/nothing", "/docs/nothing.md", "/docs/"])
def test_what_is_not_there_is_the_product_s_404(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_only_read(client, method):
    assert getattr(client, method)("/docs").status_code == 405


def links(html):
    return re.findall(r'href="(/[^"]*|#[^"]*)"', html)


@pytest.mark.parametrize("address", PAGES)
def test_links_lead_somewhere(client, address):
    html = client.get(address).content.decode()
    for link in links(html):
        parts = urlsplit(link)
        if parts.path.startswith(("/static", "/admin")):
            continue
        answer = client.get(parts.path or address)
        assert answer.status_code == 200, link
        if parts.fragment and not parts.fragment.startswith("/"):
            assert f'id="{parts.fragment}"' in answer.content.decode(), link


def test_links_into_the_reference_name_operations(client):
    schema = client.get("/openapi.json").json()
    known = {f"/{tag['name']}" for tag in schema["tags"]} | {
        f"/{operation['tags'][0]}/{operation['operationId']}"
        for item in schema["paths"].values()
        for operation in item.values()
    }
    for address in PAGES:
        for link in links(client.get(address).content.decode()):
            if link.startswith("/docs/reference#"):
                assert urlsplit(link).fragment in known


def rows(markdown, cells=None):
    """Return the rows of tables, by their first cell; of those of so many cells, or of all."""
    lines = [line for line in markdown.splitlines() if line.startswith("| ")]
    found = [re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |")) for line in lines]
    kept = [each for each in found if cells in (None, len(each))]
    return {re.sub(r" \*\*required\*\*|`", "", each[0]): each for each in kept}


@pytest.mark.parametrize("address", LISTS, ids=lambda each: each.name)
def test_every_parameter_of_a_family_stands_on_its_page(address):
    """By the list that was written by hand from the documents."""
    found = rows(text_of(address.name), cells=4)
    for parameter in address.parameters:
        row = found[parameter.name]
        assert ("**required**" in row[0]) == parameter.required
        if parameter.kind in (Kind.WORD, Kind.WORDS, Kind.SORT):
            for word in parameter.words:
                assert word in row[1], parameter.name
        assert row[2].endswith(".")
        assert f"`{parameter.name}=" in row[3]


def test_a_new_parameter_appears_by_itself():
    more = {
        "shoe_size": Number(least=1, most=60, initial=42, help_text="How large."),
        "colour": Words(allowed=["red", "blue"], required=True, help_text="Which."),
    }
    found = rows(parameters(type("UserFilterSet", (UserFilterSet,), more)))
    size = "whole number, 1 to 60; `42` by default"
    assert found["shoe_size"] == ["`shoe_size`", size, "How large.", "`shoe_size=42`"]
    assert found["colour"][:2] == ["`colour` **required**", "any of: `red`, `blue`"]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["directory", "export", "download"])
def test_the_examples_of_parameters_are_understood(call, cast, slug):
    root, address = call(cast.root), ADDRESS_OF[slug]
    for name, row in rows(text_of(slug), cells=4).items():
        if name not in ("Parameter", "---"):
            asked = row[3].strip("`")
            always = "format=csv&" if slug == "export" and name != "format" else ""
            answer = root.get(f"{address}?{always}{asked}")
            allowed = (200, 404) if name in ("orgId", "siteId") else (200,)
            assert answer.status_code in allowed, asked


def test_columns_are_those_of_the_files():
    assert set(rows(text_of("export"))) >= {column.header for column in COLUMNS}
    assert set(rows(text_of("download"))) >= set(TOKENS)
    assert set(rows(text_of("jobs"))) >= set(PROFILE)


@pytest.mark.django_db
@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.prefix)
def test_errors_are_what_the_service_answers(call, cast, family):
    root, asked = call(cast.root), MISTAKES[family.prefix]
    address = ADDRESS_OF[family.prefix]
    if family.prefix == "jobs":
        answer = root.post(address, asked, format="json")
    else:
        answer = root.get(address, asked)
    assert answer.status_code == 400
    assert json.loads(refusal(family)) == answer.json()
    assert refusal(family) in text_of(family.prefix)


def test_limits_are_those_that_are_set(settings):
    settings.EXPORT_MAX_ROWS, settings.JOB_HOURS = 4_321, 77
    assert "At most 4,321 users" in text_of("export")
    assert "After 77 hours" in text_of("jobs")


def test_addresses_are_the_service_s_own(settings, client):
    settings.BASE_URL = "https://users.example"
    for address in PAGES:
        assert "localhost" not in client.get(address).content.decode()
    assert "https://users.example/users?" in text_of("start")
    assert client.get("/docs/mcp.json").json() == {
        "mcpServers": {
            "usersvc": {
                "type": "http",
                "url": "https://users.example/mcp",
                "headers": {"Authorization": "Bearer ${ACCESS_TOKEN}"},
            }
        }
    }


@pytest.mark.parametrize("address", ["/docs", "/docs/mcp"])
def test_the_mcp_json_stands_on_the_page(client, address):
    texts = [text for _, _, text in codes(client.get(address).content.decode())]
    assert json.dumps(client.get("/docs/mcp.json").json(), indent=2) in texts
    assert f"{settings.BASE_URL}/mcp" in texts


def test_tools_are_listed_where_there_are_some(monkeypatch):
    class Tool:
        name, title = "find_people", "Finds people"

    monkeypatch.setattr(tools, "import_string", lambda path: (Tool,))
    assert rows(text_of("mcp"))["find_people"] == ["`find_people`", "Finds people"]


def test_there_is_a_program_for_each_family_and_language(client):
    found = snippets(client.get("/docs").content.decode())
    assert set(found) == {
        (family.prefix, language.name) for family in FAMILIES for language in LANGUAGES
    }


@pytest.mark.parametrize("slug", [family.prefix for family in FAMILIES])
def test_a_family_s_page_has_the_programs_of_the_start(client, slug):
    start = snippets(client.get("/docs").content.decode())
    own = snippets(client.get(f"/docs/{slug}").content.decode())
    assert own == {each: text for each, text in start.items() if each[0] == slug}


def test_html_in_a_text_is_shown_as_it_is_written():
    body = html_of("<script>alert(1)</script> `<b>` [x](javascript:alert(1))").body
    assert "<script" not in body
    assert "<b>" not in body
    assert "href" not in body


def test_a_cell_may_hold_a_bar_and_a_line_break():
    body = html_of(table(("A", "B"), [("x|y", "one\ntwo")])).body
    assert "<td>x|y</td>" in body
    assert "<td>one two</td>" in body


def test_headings_of_one_name_have_anchors_of_their_own():
    found = html_of("# T\n\n## Same\n\n## Same\n\n### Below\n")
    assert [heading.anchor for heading in found.headings] == ["same", "same-more"]
    assert 'id="below"' in found.body
