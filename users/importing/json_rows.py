"""Rows of JSON: an object a line, or an array of objects; a key comes once in each."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .faults import Fault, Unreadable
from .rows import Row, refused
from .texts import lines

BLANK = " \t\n\r"
_BLANKS = re.compile(f"[{BLANK}]*")
# How far before the end of what was read a parser may find that something is missing.
NEAR_THE_END = 16
TOO_DEEP = "nests too deep"


class _Decoder(json.JSONDecoder):
    """Python's decoder, which remembers the keys that came twice, and knows no NaN."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=self._object, parse_constant=self._constant)
        self.twice: list[str] = []

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            self.twice += [key for key, count in counts.items() if count > 1]
        return found

    @staticmethod
    def _constant(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    def row(self, line: int, value: Any, size: int) -> Row:
        """Return what was decoded of so many characters as a row."""
        twice, self.twice = self.twice, []
        if twice:
            return refused(line, "key_twice", "this key comes twice", twice[0])
        if not isinstance(value, dict):
            return refused(line, "not_an_object", "is no JSON object")
        return Row(line, value, size=size)


def line_rows(pieces: Iterator[str], limit: int) -> Iterator[Row]:
    """Yield the rows of a file with an object a line."""
    decoder = _Decoder()
    for number, line in enumerate(lines(pieces, limit), 1):
        text = line.strip(BLANK)
        if not text:
            continue
        try:
            value = decoder.decode(text)
        except json.JSONDecodeError as error:
            decoder.twice = []
            yield refused(number, "json", f"is not JSON: {error.msg}, at character {error.pos + 1}")
        except (ValueError, RecursionError) as error:
            decoder.twice = []
            yield Row(number, fault=Fault(number, "", "", "json", _words(error)))
        else:
            yield decoder.row(number, value, len(text))


def array_rows(pieces: Iterator[str], limit: int) -> Iterator[Row]:
    """Yield the rows of a file that is one array of objects."""
    yield from _Array(pieces, limit).rows()


class _Array:
    """An array that is read piece by piece; never more of it is kept than one object needs."""

    def __init__(self, pieces: Iterator[str], limit: int) -> None:
        self._pieces, self._limit = pieces, limit
        self._text, self._at, self._line, self._is_over = "", 0, 1, False
        self._decoder = _Decoder()

    def rows(self) -> Iterator[Row]:
        self._take("[")
        if self._sign() != "]":
            yield self._item()
            while self._sign() == ",":
                self._take(",")
                self._sign()
                yield self._item()
        self._take("]")
        if self._sign():
            raise Unreadable("json", "something follows the end of the array", self._line)

    def _item(self) -> Row:
        line, value = self._line, None
        while True:
            self._decoder.twice = []
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                self._go_on(error)
            except (ValueError, RecursionError) as error:
                raise Unreadable("json", _words(error), line) from error
            else:
                break
        if end - self._at > self._limit:
            raise self._too_long()
        size = end - self._at
        self._pass(end)
        return self._decoder.row(line, value, size)

    def _go_on(self, error: json.JSONDecodeError) -> None:
        """Read more where that may help; Unreadable where it cannot."""
        end = len(self._text.rstrip(BLANK)) - NEAR_THE_END
        may_go_on = error.msg.startswith("Unterminated") or error.pos >= end
        if may_go_on and len(self._text) - self._at > self._limit:
            raise self._too_long()
        if may_go_on and not self._is_over and self._more():
            return
        if may_go_on:
            raise self._cut_off()
        line = self._line + self._text.count("\n", self._at, error.pos)
        raise Unreadable("json", f"is not JSON: {error.msg}", line) from error

    def _sign(self) -> str:
        """Return the next sign that is no blank; nothing at the end of the file."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._pass(found.end() if found else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _take(self, wanted: str) -> None:
        sign = self._sign()
        if not sign:
            raise self._cut_off()
        if sign != wanted:
            raise Unreadable("json", f"is not JSON: {wanted} expected", self._line)
        self._at += 1

    def _pass(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        piece = next(self._pieces, "")
        self._text, self._at = self._text[self._at :] + piece, 0
        self._is_over = not piece
        return bool(piece)

    def _cut_off(self) -> Unreadable:
        message = "the array has no end: the file is cut off in or after what begins here"
        return Unreadable("cut_off", message, self._line)

    def _too_long(self) -> Unreadable:
        message = f"this object is longer than {self._limit:,} characters (USERSVC_IMPORT_MAX_LINE)"
        return Unreadable("line_too_long", message, self._line)


def _words(error: Exception) -> str:
    return TOO_DEEP if isinstance(error, RecursionError) else f"is not JSON: {error}"[:200]
