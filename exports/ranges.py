"""Part of a file: what a Range header asks for (RFC 9110, section 14), of one range at most."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII | re.IGNORECASE)
MOST_DIGITS = 18


class Unsatisfiable(ValueError):  # noqa: N818 - what the status says
    """The range begins behind the end of the file."""


@dataclass(frozen=True)
class Range:
    """Bytes from first to last, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1


def parse(header: str, size: int) -> Range | None:
    """Return the part of a file of a size that a header asks for; None where it is to be whole.

    A header that is not understood, or asks for several ranges, is ignored. Unsatisfiable when
    nothing of the file is in the range.
    """
    found = _RANGE.fullmatch(header)
    if found is None or found[1] == found[2] == "" or max(map(len, found.groups())) > MOST_DIGITS:
        return None
    if found[1] == "":
        return _last(int(found[2]), size)
    first, last = int(found[1]), int(found[2] or size - 1)
    if found[2] and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return Range(first, min(last, size - 1))


def _last(length: int, size: int) -> Range:
    if length == 0 or size == 0:
        raise Unsatisfiable
    return Range(max(0, size - length), size - 1)
