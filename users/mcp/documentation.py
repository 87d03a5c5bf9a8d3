"""Tools over the documentation: pages found by words, and read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.exceptions import NotFound

from usersvc.api.serializers import StrictSerializer
from usersvc.api.words import unknown

from ..docs.pages import Page, pages
from ..text import fold
from .fields import Text
from .tool import ANY, Arguments, Result, Tool, object_of

MOST_EXCERPTS = 10
AROUND = 200  # characters of an excerpt on each side of the first word
_HEADING = re.compile(r"#{1,6} +(.+?) *#*")


class SearchArguments(StrictSerializer):
    """What to look for."""

    query = Text("Words; each must occur, in any case.", required=True)


class PageArguments(StrictSerializer):
    """Which page."""

    page = Text("The slug of the page; without it, all pages are listed.")


@dataclass(frozen=True)
class Section:
    """A part of a page under one heading; the first one has the page's title beside it."""

    page: Page
    heading: str
    text: str
    title: str = ""

    def rank(self, words: list[str]) -> int | None:
        """Return 0 for words in the title, 1 in the heading, 2 anywhere; None where one lacks."""
        reach = ""
        for rank, part in enumerate((self.title, self.heading, self.text)):
            reach += "\n" + fold(part)
            if all(word in reach for word in words):
                return rank
        return None

    def excerpt(self, words: list[str]) -> str:
        """Return the text around the first word that occurs in it."""
        folded = fold(self.text)
        places = [place for word in words if (place := folded.find(word)) >= 0]
        start = max(0, min(places, default=0) - AROUND)
        end = start + 2 * AROUND
        cut = self.text[start:end].strip()
        return f"{'…' if start else ''}{cut}{'…' if end < len(self.text) else ''}"


def search_documentation(request: HttpRequest, asked: Arguments) -> Result:
    """Return the best places of the documentation in which every word occurs."""
    words = fold(asked["query"]).split()
    found = []
    for place, section in enumerate(_sections()):
        rank = section.rank(words)
        if rank is not None:
            found.append((rank, place, section))
    best = sorted(found, key=lambda each: each[:2])[:MOST_EXCERPTS]
    return {
        "total": len(found),
        "results": [_result(section, words) for rank, place, section in best],
    }


def read_documentation(request: HttpRequest, asked: Arguments) -> Result:
    """Return a page in full, or what pages there are."""
    known = {page.slug: page for page in pages()}
    if asked["page"] is None:
        return {"pages": [_listed(page) for page in known.values()]}
    page = known.get(asked["page"])
    if page is None:
        raise NotFound(f"page: {unknown('page', asked['page'], known)}")
    return {**_listed(page), "markdown": page.markdown()}


def _sections() -> Iterator[Section]:
    for page in pages():
        title = f"{page.title}\n{page.summary}"
        for heading, lines in _parts(page):
            yield Section(page, heading, "\n".join(lines).strip(), title)
            title = ""


def _parts(page: Page) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands under each heading; the page's title is that of what stands before."""
    heading, lines, is_code, is_first = page.title, list[str](), False, True
    for line in page.markdown().splitlines():
        is_code ^= line.lstrip().startswith("```")
        match = None if is_code else _HEADING.fullmatch(line)
        if match is None:
            lines.append(line)
            continue
        if any(lines) or not is_first:
            yield heading, lines
        heading, lines, is_first = match[1], [], False
    yield heading, lines


def _result(section: Section, words: list[str]) -> dict[str, str]:
    return {
        "page": section.page.slug,
        "title": section.page.title,
        "heading": section.heading,
        "excerpt": section.excerpt(words),
    }


def _listed(page: Page) -> dict[str, str]:
    return {"page": page.slug, "title": page.title, "summary": page.summary}


SEARCH = Tool(
    name="search_documentation",
    title="Search the documentation",
    description=(
        "Finds where the documentation of this service's API and its vocabulary says something: at "
        "most 10 excerpts, each with its page and heading, the best first. Every word must occur: "
        "ask with few. read_documentation shows a page in full."
    ),
    run=search_documentation,
    arguments=SearchArguments,
    output=object_of({"total": {"type": "integer"}, "results": {"type": "array", "items": ANY}}),
    examples=[{"query": "errors"}],
)
READ = Tool(
    name="read_documentation",
    title="Read the documentation",
    description=(
        "Shows one page of the documentation as Markdown; without a page, lists all pages with "
        "their summaries."
    ),
    run=read_documentation,
    arguments=PageArguments,
    output=ANY,
    examples=[{}],
)
