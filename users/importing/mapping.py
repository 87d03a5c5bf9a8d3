"""Titles of a file under other names: what whoever imports it says that they mean."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from .faults import Unreadable
from .rows import Row, refused

TWICE = "two columns are to be this field"


def mapped(rows: Iterator[Row], columns: Mapping[str, str | None]) -> Iterator[Row]:
    """Yield the rows with their titles changed; those that are to be left out are gone.

    Unreadable for titles of a CSV file that would be the same.
    """
    if not columns:
        yield from rows
        return
    for place, row in enumerate(rows):
        pairs = [(columns.get(title, title), value) for title, value in row.values.items()]
        kept = [(title, value) for title, value in pairs if title is not None]
        if twice := _twice(kept):
            if row.is_text:
                raise Unreadable("title_twice", TWICE, row.line, twice)
            yield refused(row.line, "title_twice", TWICE, twice)
        elif row.is_text and place == 0:  # the titles, as the values of a row
            yield replace(row, values={title: title for title, _ in kept})
        else:
            yield replace(row, values=dict(kept))


def _twice(kept: list[tuple[str, object]]) -> str:
    """Return a title that stands there more than once; "" for none."""
    counted = Counter(title for title, _ in kept)
    return next((title for title, count in counted.items() if count > 1), "")
