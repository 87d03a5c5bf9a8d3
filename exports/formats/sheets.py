"""What a page shows of a sheet: texts that print, on one line, in bounded length."""

import re
import unicodedata

LONGEST_CELL = 254

_LINE_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]+")
# Controls, which fonts have no glyphs for; half a surrogate pair, which cannot be written at all;
# and what would show a name in another order, or hide in it: bidi overrides, embeddings and
# isolates, soft hyphens and zero-width spaces. Joiners stay: Persian, Hindi and emoji need them.
_UNPRINTABLE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
MOST_MARKS = 4  # on one letter: the most that Hebrew or Vietnamese needs


def cell(text: str) -> str:
    """Return the text as a cell shows it: printable, on one line, at most 254 characters."""
    if not (text.isascii() and text.isprintable()):
        text = _UNPRINTABLE.sub("", _LINE_BREAKS.sub(" ", text))
        text = text if text.isascii() else _thinned(text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _thinned(text: str) -> str:
    """Drop the marks that one letter has too many of: they would cover the rows around it."""
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)
