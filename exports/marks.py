"""Blocks of rows in one text, as SQLite gives them: raw cells, and before each a mark.

The mark says whether the cell begins a row, and whether it may need a quote or a guard. A cell that
needs none may instead hold TOLD, the column's place and what Python tells the cell by.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from .cells import PHONE, STARTS, guard
from .lines import QUOTED, alone, quoted

# What makes the finished cells of some columns, by their places, from their raw ones.
Tellers = Mapping[int, Callable[[bytes], bytes]]

FIRST_PLAIN, FIRST_CARE, PLAIN, CARE = MARKS = "\x1c\x1d\x1e\x1f"
TOLD = "\x1b"
_MARKS = MARKS.encode()
_PLAIN = (FIRST_PLAIN + PLAIN).encode()
_LATER = (PLAIN.encode(), CARE.encode())
_AS_CSV = bytes.maketrans(_MARKS, b"\n\n,,")
_SIGNS = [sign.encode() for sign in QUOTED]
_TOLD = re.compile(f"{TOLD}([0-9]+) ([^{MARKS}]*)".encode())
# Most of what begins as a formula does are telephone numbers, which stay as they are.
_RISKY = f"(?!{PHONE}(?:[{MARKS}]|\\Z))(?:{'|'.join(map(re.escape, STARTS))})"
_RISKY_AFTER = [re.compile((mark + _RISKY).encode()) for mark in (FIRST_CARE, CARE)]


def form(plain: Sequence[bool]) -> str:
    """Return the printf form of a row; plain says of each cell whether it needs no care."""
    first, *later = plain
    marks = [FIRST_PLAIN if first else FIRST_CARE, *(PLAIN if each else CARE for each in later)]
    return "".join(f"{mark}%s" for mark in marks)


def is_whole(block: bytes, rows: int, cells: int) -> bool:
    """Return whether a block has the marks of so many rows and cells, and none inside a cell."""
    return len(block) - len(block.translate(None, _MARKS)) == rows * cells


def lines(block: bytes, plain: Sequence[bool], tellers: Tellers) -> bytes:
    """Return the lines of a CSV file that a whole block of rows makes."""
    changed = [*_told(block, tellers), *_made_safe(block, plain)]
    pieces, done = [], 1  # no line ends before the first
    for start, end, cell in sorted(changed):
        pieces += [block[done:start].translate(_AS_CSV), cell]
        done = end
    return b"".join([*pieces, block[done:].translate(_AS_CSV), b"\n"])


# Where a cell begins and ends in its block, and what is to stand there.
_Changed = Iterator[tuple[int, int, bytes]]


def line(cells: Sequence[str | None], tellers: Tellers) -> bytes:
    """Return the line of one row, its cells given apart."""
    row = b",".join([_finished(place, cell or "", tellers) for place, cell in enumerate(cells)])
    return (row if len(cells) > 1 else alone(row.decode()).encode()) + b"\n"


def _finished(place: int, cell: str, tellers: Tellers) -> bytes:
    if place in tellers and cell.startswith(TOLD):
        return tellers[place](cell.partition(" ")[2].encode())
    return quoted(guard(cell)).encode()


def _told(block: bytes, tellers: Tellers) -> _Changed:
    if not tellers:
        return
    for found in _TOLD.finditer(block):
        start, end = found.span()
        if block[start - 1] in _PLAIN:  # else it is somebody's own text
            yield start, end, tellers[int(found[1])](found[2])


def _made_safe(block: bytes, plain: Sequence[bool]) -> _Changed:
    first = _MARKS[:1] if plain[0] else _MARKS[1:2]
    done = -1
    for place in sorted(_places_in_need(block)):
        if place > done:
            start, done = _cell_around(block, place, first)
            yield start, done, quoted(guard(block[start:done].decode())).encode()


def _places_in_need(block: bytes) -> Iterator[int]:
    """Yield places within or at the end of the cells that need a quote or a guard."""
    for sign in _SIGNS:
        place = block.find(sign)
        while place >= 0:
            yield place
            place = block.find(sign, place + 1)
    for risky in _RISKY_AFTER:
        yield from (found.end() for found in risky.finditer(block))


def _cell_around(block: bytes, place: int, first: bytes) -> tuple[int, int]:
    """Return where the cell begins and ends that has something at or just before a place."""
    start, end = block.rfind(first, 0, place), block.find(first, place)
    end = len(block) if end < 0 else end
    for mark in _LATER:
        start = max(start, block.rfind(mark, start + 1, place))
        there = block.find(mark, place, end)
        end = end if there < 0 else there
    return start + 1, end
