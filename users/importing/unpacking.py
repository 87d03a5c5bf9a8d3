"""The bytes of a file, unpacked where they are gzip: in pieces, and no more than is bearable."""

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from django.conf import settings

from .faults import Unreadable

PIECE = 65_536  # bytes
GZIP = b"\x1f\x8b"
CONTAINER = 31  # the wbits that stand for a gzip container
FREE_OF_RATIO = 16 * 1024 * 1024  # bytes: less does no harm, however well it is packed


@dataclass(frozen=True)
class Limits:
    """What a file may hold: bytes in all, times its size when unpacked, characters of a row."""

    bytes: int = field(default_factory=lambda: settings.IMPORT_MAX_BYTES)
    ratio: int = field(default_factory=lambda: settings.IMPORT_MAX_RATIO)
    line: int = field(default_factory=lambda: settings.IMPORT_MAX_LINE)


class Source:
    """A file that is read once, from its start; read counts the bytes taken so far, of total."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.read, self.total = 0, _size(file)
        self._file, self._limits, self._unpacked = file, limits, 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of the bytes taken so far, as they are in the file, in hexadecimal."""
        return self._digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, unpacked; Unreadable where that goes wrong or too far."""
        first = self._next()
        while len(first) == 1 and (more := self._next()):
            first += more
        yield from self._unpack(first) if first.startswith(GZIP) else self._plain(first)

    def _next(self) -> bytes:
        piece = self._file.read(PIECE)
        self.read += len(piece)
        self._digest.update(piece)
        return piece

    def _plain(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            self._count(piece)
            yield piece
            piece = self._next()

    def _unpack(self, piece: bytes) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(wbits=CONTAINER)
        while piece:
            try:
                unpacked = unpacker.decompress(piece, PIECE)
            except zlib.error as error:
                raise Unreadable("gzip", "the gzip data are damaged") from error
            if unpacked:
                self._count(unpacked)
                yield unpacked
            if not unpacker.eof:
                piece = unpacker.unconsumed_tail or self._next()
                continue
            # Another member may follow, and zeros may fill up a block.
            piece = unpacker.unused_data.lstrip(b"\0")
            while not piece and (more := self._next()):
                piece = more.lstrip(b"\0")
            if piece:
                unpacker = zlib.decompressobj(wbits=CONTAINER)
        if not unpacker.eof:
            raise Unreadable("gzip", "the gzip data end too early: the file is cut off")

    def _count(self, piece: bytes) -> None:
        self._unpacked += len(piece)
        if self._unpacked > self._limits.bytes:
            raise Unreadable(
                "too_large",
                f"the file holds more than {self._limits.bytes:,} bytes (USERSVC_IMPORT_MAX_BYTES)",
            )
        most = max(FREE_OF_RATIO, self.read * self._limits.ratio)
        if self._unpacked > most:
            raise Unreadable(
                "ratio",
                f"the file is more than {self._limits.ratio:,} times as large when it is unpacked"
                " (USERSVC_IMPORT_MAX_RATIO)",
            )


def _size(file: BinaryIO) -> int | None:
    """Return how many bytes a file has from here on; None for a pipe."""
    try:
        here = file.tell()
        size = file.seek(0, os.SEEK_END) - here
        file.seek(here)
    except (OSError, ValueError, AttributeError):
        return None
    return size
