"""Compression: what a client accepts, and gzip on the way to it."""

from collections.abc import Iterable, Iterator

from django.utils.http import parse_header_parameters
from isal import isal_zlib

PIECE = 65_536  # bytes; smaller pieces cost more calls than compressing
LEVEL = 1
GZIP = 31  # the wbits that stand for a gzip container


def accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding wants gzip: named or by *, and not below identity."""
    weights = dict(_coding(part) for part in header.split(",") if part.strip())
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return weight > 0 and weight >= weights.get("identity", 0.0)


def is_compressible(content_type: str) -> bool:
    """Tell whether files of a type are text; all others are compressed already."""
    return content_type.startswith(("text/", "application/json", "application/x-ndjson"))


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks as gzip; the first one leaves at once, for somebody waits for it."""
    compressor = isal_zlib.compressobj(LEVEL, wbits=GZIP)
    held: list[bytes] = []
    size, flushed = 0, False
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if flushed and size < PIECE:
            continue
        piece = compressor.compress(b"".join(held))
        if not flushed:
            piece += compressor.flush(isal_zlib.Z_SYNC_FLUSH)
            flushed = True
        held, size = [], 0
        if piece:
            yield piece
    yield compressor.compress(b"".join(held)) + compressor.flush()


def _coding(part: str) -> tuple[str, float]:
    """Return a coding and its weight; one that is nonsense has none."""
    coding, parameters = parse_header_parameters(part)
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        return coding, 0.0
    return coding, weight if 0 <= weight <= 1 else 0.0
