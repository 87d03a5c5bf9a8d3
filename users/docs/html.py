"""Markdown as a page shows it: headings with addresses, code with colours, tables that scroll."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

# How a language is called on the tab of its code.
NAMES = {"bash": "curl", "python": "Python", "javascript": "JavaScript", "go": "Go", "json": "JSON"}


@dataclass(frozen=True)
class Heading:
    """A heading of a page, and where it is in it."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Html:
    """A page as HTML, and its headings."""

    body: str
    headings: list[Heading]


def html_of(markdown: str) -> Html:
    """Return a page; HTML within the text is shown, not obeyed."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in RULES.items():
        parser.add_render_rule(name, rule)
    tokens = parser.parse(markdown)
    headings = list(_with_anchors(tokens))
    return Html(parser.renderer.render(tokens, parser.options, {}), headings)


def _with_anchors(tokens: Sequence[Token]) -> Any:
    """Give the headings of the second level their addresses, and yield them."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            anchor = re.sub(r"[^a-z0-9]+", "-", inline.content.casefold()).strip("-")
            opening.attrSet("id", anchor)
            yield Heading(anchor, inline.content)


def _coloured(code: str, language: str) -> str:
    lexer = get_lexer_by_name(language, stripnl=False)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix="c-")))


def _code(renderer: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    language = token.info.strip()
    name = escape(NAMES.get(language, language))
    code = _coloured(token.content, language)
    return (
        f'<figure class="code" data-language="{name}"><figcaption>{name}</figcaption>'
        f'<pre tabindex="0"><code>{code}</code></pre></figure>\n'
    )


def _table_open(renderer: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'


def _table_close(renderer: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


RULES = {"fence": _code, "table_open": _table_open, "table_close": _table_close}
