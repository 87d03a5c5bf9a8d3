"""gzip on the way: for whom, and that the file arrives, the first of it at once."""

import gzip
import random
import zlib

import pytest

from exports.compression import PIECE, accepts_gzip, gzipped, is_compressible

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", False),
        ("gzip", True),
        ("GZip", True),
        ("x-gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br, zstd", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity", False),
        ("identity, gzip", True),
        ("gzip;q=0.5, identity;q=1", False),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("gzip;q=high", False),
        ("gzip;q=2", False),
        ("gzip;q=nan", False),
        ("gzipped", False),
        (" , gzip , ", True),
    ],
)
def test_who_wants_gzip(header, wanted):
    assert accepts_gzip(header) is wanted


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("text/csv; charset=utf-8", True),
        ("application/json", True),
        ("application/x-ndjson", True),
        ("application/pdf", False),
        ("application/gzip", False),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", False),
    ],
)
def test_what_is_compressed(content_type, is_text):
    assert is_compressible(content_type) is is_text


@pytest.mark.parametrize("sizes", [[], [0], [1], [10, 20], [70_000] * 3, [100] * 5000])
def test_the_file_arrives(sizes):
    chunks = [random.Random(size).randbytes(size) for size in sizes]
    assert gzip.decompress(b"".join(gzipped(chunks))) == b"".join(chunks)


def test_the_first_chunk_can_be_read_before_the_second_is_made():
    def chunks():
        yield b"the titles and the first rows\n"
        raise AssertionError("nobody asked for more")

    first = next(gzipped(chunks()))
    assert zlib.decompressobj(31).decompress(first) == b"the titles and the first rows\n"


def test_small_chunks_are_gathered():
    pieces = list(gzipped([b"x" * 100] * 10_000))
    assert len(pieces) <= 10_000 * 100 // PIECE + 2
