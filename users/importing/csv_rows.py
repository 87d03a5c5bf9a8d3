"""Rows of a CSV file, whose first one holds the titles."""

import csv
from collections import Counter
from collections.abc import Iterator

from exports.cells import unguarded

from .faults import Unreadable
from .rows import Row, refused
from .texts import lines


def csv_rows(pieces: Iterator[str], limit: int) -> Iterator[Row]:
    """Yield the titles as the values of the first row, each its own, then the rows themselves."""
    found = _records(_Lines(lines(pieces, limit), limit))
    line, titles = next(found, (1, []))
    titles = [unguarded(title).strip() for title in titles]
    for title, count in Counter(titles).items():
        if count > 1:
            raise Unreadable("title_twice", "two columns have this title", line, title)
    yield Row(line, {title: title for title in titles}, is_text=True)
    for line, cells in found:
        if len(cells) == len(titles):
            values = dict(zip(titles, map(unguarded, cells), strict=True))
            yield Row(line, values, is_text=True, size=sum(map(len, cells)))
        elif cells:
            message = f"has {len(cells)} cells, and there are {len(titles)} titles"
            yield refused(line, "cells", message)


class _Lines:
    """The lines that a reader takes: no more of them for one row than may be."""

    def __init__(self, given: Iterator[str], limit: int) -> None:
        self._given, self._limit, self._size = given, limit, 0
        self.number, self.first = 0, 1

    def begin(self) -> None:
        """Let the next line be the first one of a row."""
        self.first, self._size = self.number + 1, 0

    def __iter__(self) -> Iterator[str]:
        for line in self._given:
            self.number += 1
            self._size += len(line)
            if self._size > self._limit + 2:  # the end of a line does not count
                message = f"this row is longer than {self._limit:,} characters: a quote is missing?"
                raise Unreadable("line_too_long", message, self.first)
            yield line


def _records(given: _Lines) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(given, strict=True)
    while True:
        given.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable("csv", f"this row is not CSV: {error}", given.first) from error
        yield given.first, cells
