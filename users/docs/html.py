"""Markdown as HTML: anchors on headings, tables that scroll, code with a caption."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any

from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .highlighting import highlighted

# What a block of code shows, by its kind, unless it says so itself.
CAPTIONS = {"sh": "Shell", "json": "JSON", "address": "Address", "header": "Header"}
KEPT = 32  # texts; they change with the settings and with the code alone

Tokens = Sequence[Token]


@dataclass(frozen=True)
class Heading:
    """A heading that a page's contents list."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Html:
    """A text as HTML, and the headings of its parts."""

    body: str
    headings: tuple[Heading, ...]


@lru_cache(maxsize=KEPT)
def html_of(markdown: str) -> Html:
    """Return a text as HTML; HTML within it is shown as it is written."""
    writer = _writer()
    tokens = writer.parse(markdown)
    headings = tuple(_anchored(tokens))
    return Html(writer.renderer.render(tokens, writer.options, {}), headings)


def _writer() -> MarkdownIt:
    writer = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in RULES.items():
        writer.add_render_rule(name, rule)
    return writer


def _anchored(tokens: Tokens) -> list[Heading]:
    """Give each heading an anchor of its own; return those of the second level."""
    found, taken = [], set[str]()
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.tag == "h1":
            continue
        text = "".join(part.content for part in inline.children or ())
        anchor = slugify(text)
        while anchor in taken:
            anchor += "-more"
        taken.add(anchor)
        token.attrSet("id", anchor)
        if token.tag == "h2":
            found.append(Heading(anchor, text))
    return found


def _heading_close(renderer: Any, tokens: Tokens, index: int, options: Any, env: Any) -> str:
    anchor, tag = tokens[index - 2].attrGet("id"), tokens[index].tag
    link = f'<a class="anchor" href="#{anchor}" aria-hidden="true" tabindex="-1">#</a>'
    return f"{link if anchor else ''}</{tag}>\n"


def _table_open(renderer: Any, tokens: Tokens, index: int, options: Any, env: Any) -> str:
    return '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>\n'


def _table_close(renderer: Any, tokens: Tokens, index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _fence(renderer: Any, tokens: Tokens, index: int, options: Any, env: Any) -> str:
    """Return a figure: ```kind, or ```kind group language for one of several languages."""
    words = tokens[index].info.split()
    kind, group = words[0] if words else "text", words[1] if len(words) > 2 else ""
    caption = words[2] if group else CAPTIONS.get(kind, kind)
    text = tokens[index].content.removesuffix("\n")
    together = f' data-group="{escape(group)}" data-language="{escape(caption)}"' if group else ""
    return (
        f'<figure class="code"{together}><figcaption>{escape(caption)}</figcaption>'
        f'<pre tabindex="0"><code class="language-{escape(kind)}">{highlighted(text, kind)}'
        "</code></pre></figure>\n"
    )


RULES: dict[str, Any] = {
    "heading_close": _heading_close,
    "table_open": _table_open,
    "table_close": _table_close,
    "fence": _fence,
}
