"""The press: pages of a sheet become a PDF. It runs in render processes, without Django."""

import gc
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import geometry as g
from .library import document, weasyprint
from .pages import Page, Row

# Scripts that several installed fonts have; Pango finds the rest. Never name the emoji font: it has
# digits, and Pango would take them.
FAMILIES = ", ".join(
    f'"Noto Sans{script}"'
    for script in ("", " CJK SC", *(f" {name}" for name in (
        "Arabic", "Hebrew", "Devanagari", "Thai", "Armenian", "Georgian", "Bengali", "Ethiopic",
        "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala",
        "Tamil", "Telugu", "Symbols2",
    )))
)  # fmt: skip
CSS = f"""
@page {{ size: A4 landscape; margin: {g.MARGIN_TOP}px {g.MARGIN_SIDE}px {g.MARGIN_BOTTOM}px;
  font: {g.TYPE}px {FAMILIES}, sans-serif; color: #6b7280;
  @bottom-left {{ content: "usersvc" }}
  @bottom-center {{ content: "Generated " string(generated) }}
  @bottom-right {{ content: string(number) }} }}
html {{ font: {g.TYPE}px {FAMILIES}, sans-serif; color: #1f2937 }}
body {{ margin: 0 }}
section {{ break-after: page }}
section:last-child {{ break-after: auto }}
h1, p {{ margin: 0; white-space: pre }}
h1 {{ font-size: {g.TITLE_TYPE}px; line-height: {g.TITLE_LINE}px; margin-bottom: {g.TITLE_GAP}px;
  height: {g.TITLE_LINE}px; color: #111827 }}
p {{ line-height: {g.LINE}px; padding: {g.ROW_PADDING}px {g.INDENT}px; tab-size: 1px }}
.running {{ line-height: {g.RUNNING_LINE - 8}px; padding: 0 {g.INDENT}px 8px; color: #6b7280;
  height: {g.RUNNING_LINE - 8}px }}
.head {{ font-weight: bold; color: #111827; padding: 0 {g.INDENT}px {g.HEAD_PADDING}px;
  border-bottom: {g.HEAD_RULE}px solid #374151 }}
p.about {{ font-size: {g.ABOUT_TYPE}px; line-height: {g.ABOUT_LINE}px; padding: 0;
  height: {g.ABOUT_LINE}px }}
.gap {{ line-height: {g.ABOUT_GAP}px; padding: 0 }}
.z {{ background: #f3f4f6 }}
.empty {{ font-size: {g.ABOUT_TYPE}px; line-height: {g.EMPTY_LINE}px; text-align: center;
  color: #6b7280; white-space: normal }}
i {{ display: block; string-set: generated attr(title), number attr(class) }}
"""
# What styles are taken from: a row, a title and a line about the sheet.
SAMPLE = f'<style>{CSS}</style><p class="row">x</p><p class="head">x</p><p class="about">x</p>'


@dataclass(frozen=True)
class Imprint:
    """What every page and the document itself say."""

    title: str
    created: str
    generated: str
    pages: int
    titles: Row
    empty: str


def warm_up() -> None:
    """Load all that a page takes, so that the first one waits no longer than the others."""
    let_tabs_lead()
    document(f"{SAMPLE}<p>a\tb</p>").write_pdf()
    gc.collect()
    gc.freeze()
    # A layout is millions of objects that live to its end: looking through them as often as usual
    # takes a third of the time, and finds nothing.
    gc.set_threshold(50_000, 20, 100)


def press(imprint: Imprint, first: int, pages: Sequence[Page]) -> bytes:
    """Return the PDF of some of a sheet's pages, of which first is the number of the first."""
    STOPS.clear()
    text = "".join(_html(imprint, first, pages))
    laid_out = document(text)
    if len(laid_out.pages) != len(pages):
        raise RuntimeError(f"{len(pages)} pages became {len(laid_out.pages)}")
    return bytes(laid_out.write_pdf())


# Where the tabs of a line lead; WeasyPrint asks for it by the line's text.
STOPS: dict[str, tuple[int, ...]] = {}


def let_tabs_lead() -> None:
    """Let a line's tabs lead to stops of its own: CSS knows only equal distances."""
    breaking = weasyprint().text.line_break
    ffi, pango = breaking.ffi, breaking.pango
    left = ffi.cast("int", pango.PANGO_TAB_LEFT)

    def set_tabs(layout: Any) -> None:
        stops = STOPS.get(layout.text.split("\n")[0], (1,))
        (_, first), *pairs = [(left, ffi.cast("int", stop)) for stop in stops]
        others = [value for pair in pairs for value in pair]
        array = pango.pango_tab_array_new_with_positions(
            len(stops), False, pango.PANGO_TAB_LEFT, int(first), *others
        )
        array = ffi.gc(array, pango.pango_tab_array_free)
        pango.pango_layout_set_tabs(layout.layout, array)

    breaking.Layout.set_tabs = set_tabs


def _html(imprint: Imprint, first: int, pages: Sequence[Page]) -> Iterator[str]:
    title = html.escape(imprint.title)
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="author" content="usersvc"><meta name="generator" content="usersvc">'
    yield f'<meta name="dcterms.created" content="{imprint.created}">'
    yield f"<style>{CSS}{_heights(imprint, pages)}</style></head>"
    yield "<body>"
    for number, page in enumerate(pages, first):
        said = f"page {number} / {imprint.pages}"
        yield f'<section><i title="{imprint.generated}" class="{said}"></i>'
        yield f"<h1>{title}</h1>" if page.title else f'<p class="running">{title}</p>'
        yield from (_paragraph("about ", line) for line in page.about)
        if page.about:
            yield '<p class="gap"> </p>'
        if page.titles:
            yield _paragraph("head ", imprint.titles)
        yield from (
            _paragraph("z " if (page.first + place) % 2 else "", row)
            for place, row in enumerate(page.rows)
        )
        if not page.rows and imprint.empty:
            yield f'<p class="empty">{html.escape(imprint.empty)}</p>'
        yield "</section>"


def _paragraph(css: str, row: Row) -> str:
    for text, stops in row:
        STOPS[text] = stops
    lines = html.escape("\n".join(line.text for line in row), quote=False)
    return f'<p class="{css}l{len(row)}">{lines}</p>'


def _heights(imprint: Imprint, pages: Sequence[Page]) -> str:
    """Return the heights of paragraphs by lines, which letters of some fonts would stretch."""
    counts = {len(row) for page in pages for row in page.rows} | {1, len(imprint.titles)}
    return "".join(f".l{count} {{ height: {count * g.LINE}px }}" for count in counts)
