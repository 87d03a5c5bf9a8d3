"""Lines of a CSV file: commas, LF, quotes only where needed, guarded cells."""

import re
from collections.abc import Iterable, Sequence

from .cells import STARTS, guard

# A lone CR, which Python's csv module leaves bare, ends a line for many readers.
QUOTED = ',"\n\r'
_NEEDS_QUOTES = re.compile(f"[{QUOTED}]")
# What a column is looked through for: cells are joined by NUL, which no cell holds.
_LOOKED_FOR = (*QUOTED, *(f"\0{start}" for start in STARTS))


def line(cells: Iterable[str]) -> str:
    """Return one line of the file, with its end."""
    safe = [quoted(guard(text)) for text in cells]
    return ",".join(safe if len(safe) > 1 else map(alone, safe)) + "\n"


def lines(columns: Sequence[list[str]], plain: Sequence[bool]) -> str:
    """Return the lines of a block that is given column by column; plain ones need no care."""
    safe = [
        texts if is_plain else careful(texts)
        for texts, is_plain in zip(columns, plain, strict=True)
    ]
    if len(safe) == 1:
        safe = [[alone(text) for text in safe[0]]]
    return "\n".join([",".join(row) for row in zip(*safe, strict=True)]) + "\n"


def careful(texts: list[str]) -> list[str]:
    """Return the texts of a column, guarded and in quotes where they need it."""
    # One look at all of them: in most blocks of most columns there is nothing to do.
    together = "\0" + "\0".join(texts)
    if any(sign in together for sign in _LOOKED_FOR):
        return [quoted(guard(text)) for text in texts]
    return texts


def alone(text: str) -> str:
    """Return the only cell of a line."""
    # An empty line would be no row to most readers, and \\. alone the end to PostgreSQL's.
    return f'"{text}"' if text in ("", "\\.") else text


def quoted(text: str) -> str:
    """Return the text in quotes where it needs them."""
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
