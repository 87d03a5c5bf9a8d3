"""From bytes to lines: UTF-8 alone, with or without a byte order mark, in bounded memory."""

import codecs
from collections.abc import Iterable, Iterator

from .faults import Unreadable

MARK = "\ufeff"
NOT_UTF8 = "is not UTF-8: save the file as UTF-8"


def texts(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield pieces of text; Unreadable, naming line and byte, for what is no text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read, line, is_first = 0, 1, True
    for piece in _ended(pieces):
        start = read - len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            place = f"byte {start + error.start + 1:,} of the file"
            raise Unreadable("charset", f"{place} {NOT_UTF8}", line) from error
        read += len(piece)
        if text and is_first:
            text, is_first = text.removeprefix(MARK), False
        if "\0" in text:
            line += text[: text.index("\0")].count("\n")
            raise Unreadable("nul", f"holds a NUL byte, which {NOT_UTF8}", line)
        line += text.count("\n")
        if text:
            yield text


def lines(pieces: Iterable[str], limit: int) -> Iterator[str]:
    """Yield lines with their ends; Unreadable for one of more characters than the limit."""
    number, held, size = 1, list[str](), 0
    for text in pieces:
        *whole, rest = text.split("\n")
        for part in whole:
            _check(number, size + len(part), limit)
            yield "".join([*held, part, "\n"])
            number, held, size = number + 1, [], 0
        held.append(rest)
        size += len(rest)
        _check(number, size, limit)
    if size:
        yield "".join(held)


def _check(number: int, size: int, limit: int) -> None:
    if size > limit:
        message = f"is longer than {limit:,} characters (USERSVC_IMPORT_MAX_LINE)"
        raise Unreadable("line_too_long", message, number)


def _ended(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces, and an empty one for the end."""
    yield from (piece for piece in pieces if piece)
    yield b""
