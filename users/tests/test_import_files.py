"""Files as they come: packed, cut off, in another charset, endless; none of it harms or loses."""

import gc
import gzip
import io
import json
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.cells import guard, unguarded
from users.importing import reading
from users.importing.faults import Unreadable
from users.importing.unpacking import PIECE, Limits, Source

pytestmark = pytest.mark.once


@pytest.fixture
def _no_finalizers():
    """Keep other tests' garbage: a finalizer that runs where nesting is deepest would fail."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def packed(content):
    return gzip.compress(content, mtime=0)


LIMITS = Limits(bytes=50_000_000, ratio=200, line=10_000)
ROWS = [{"email": f"p{n}@example.com", "name": f"Ünal {n}"} for n in range(3)]
NDJSON = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()
ARRAY = json.dumps(ROWS, indent=1, ensure_ascii=False).encode()
CSV = ("email,name\n" + "".join(f"{row['email']},{row['name']}\n" for row in ROWS)).encode()


def parsed(content, limits=LIMITS, word="auto"):
    file = content if hasattr(content, "read") else io.BytesIO(content)
    return list(reading.rows(Source(file, limits), limits, word))


def values(content, **options):
    found = parsed(content, **options)
    return [row.values for row in (found[1:] if found and found[0].is_text else found)]


def refusal(content, **options):
    with pytest.raises(Unreadable) as caught:
        parsed(content, **options)
    return caught.value.fault


class Dribble(io.RawIOBase):
    """A pipe that gives few bytes at a time, and cannot be sought in."""

    def __init__(self, content, size=1):
        self.content, self.size = io.BytesIO(content), size

    def read(self, size=-1):
        return self.content.read(self.size)


# -- what is read


@pytest.mark.parametrize("content", [NDJSON, ARRAY, CSV])
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content,
        packed,
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: packed(b"\xef\xbb\xbf" + content),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.removesuffix(b"\n"),
        lambda content: packed(content[:20]) + packed(content[20:]) + bytes(300),
        lambda content: Dribble(content),
        lambda content: Dribble(packed(content)),
    ],
)
def test_a_file_is_known_by_its_content(content, change):
    assert values(change(content)) == ROWS


def test_lines_of_rows_are_those_of_the_file():
    assert [row.line for row in parsed(b'email,name\n\na@x,"b\nc"\nd@x,e\n')] == [1, 3, 5]
    assert [row.line for row in parsed(b'\n{"a": 1}\n\n{"a": 2}')] == [2, 4]
    assert [row.line for row in parsed(b'[\n{"a":\n1}, {"a": 2},\n{}]')] == [2, 3, 4]


def test_an_empty_array_and_a_file_of_titles_have_no_rows():
    assert parsed(b" [ ]\n") == []
    assert values(b"email,name\n") == []


@pytest.mark.parametrize("size", [1, 7, PIECE])
def test_objects_lie_across_pieces(size):
    rows = [{"email": f"p{n}@example.com", "name": '}],{"\\' * 300} for n in range(200)]
    content = json.dumps(rows).encode()
    if size > 1:
        assert values(Dribble(content, size)) == rows
    assert values(Dribble(json.dumps(rows[:3]).encode(), size)) == rows[:3]


def test_the_bytes_that_were_read_are_counted_against_all():
    content = packed(NDJSON)
    source = Source(io.BytesIO(content), LIMITS)
    list(reading.rows(source, LIMITS))
    assert (source.read, source.total) == (len(content), len(content))
    assert Source(Dribble(content), LIMITS).total is None


# -- what is wrong with a file


@pytest.mark.usefixtures("_no_finalizers")
@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "empty", 0),
        (b" \n\n", "empty", 0),
        (packed(b""), "empty", 0),
        (packed(CSV)[:-9], "gzip", 0),
        (packed(CSV)[:-8] + bytes(8), "gzip", 0),
        (packed(CSV) + b"more", "gzip", 0),
        (CSV[:-4] + "Müller".encode("latin-1") + b"\n", "charset", 4),
        (CSV + b"\xc3", "charset", 5),
        (CSV.decode().encode("utf-16"), "charset", 1),
        ("email".encode("utf-16-le"), "nul", 1),
        (CSV + b"a\0b", "nul", 5),
        (b'email,name\na@x,"b\nc', "csv", 2),
        (b'email,name\na@x,"b"c\n', "csv", 2),
        (b"email,email\n", "title_twice", 1),
        (ARRAY[:-1], "cut_off", 14),
        (ARRAY[:-30], "cut_off", 10),
        (b"[", "cut_off", 1),
        (b'[{"a": 1},\n', "cut_off", 2),
        (b'[{"a": 1}\n{"a": 2}]', "json", 2),
        (b'[{"a": 1},\n{"a" 2},' + b" " * 99 + b"]", "json", 2),
        (b'[{"a": 1}]\n[', "json", 2),
        (b"[" * 90_000, "json", 1),
    ],
)
def test_what_cannot_be_read_says_where(content, code, line):
    fault = refusal(content, limits=Limits(bytes=10**7, ratio=200, line=100_000))
    assert (fault.code, fault.line) == (code, line), fault
    assert fault.message


def test_another_charset_is_told_by_its_byte():
    content = b"email,name\na@x," + b"\xfc" + b"\n"
    assert "byte 16 " in refusal(content).message
    assert "byte 70,016 " in refusal(b"\n" * 70_000 + content).message


@pytest.mark.parametrize(
    ("start", "line"), [(b"email\n", 2), (b'{"email": "', 1), (b'[\n{"email": "', 2)]
)
def test_a_line_without_an_end_is_refused_in_little_memory(start, line):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += 1
            return start if self.given == 1 else b"x" * PIECE

    endless = Endless()
    tracemalloc.start()
    fault = refusal(endless, limits=Limits(bytes=10**9, ratio=200, line=1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (fault.code, fault.line) == ("line_too_long", line)
    assert "1,000,000" in fault.message
    assert endless.given < 30
    assert peak < 10_000_000


def test_a_quote_that_is_never_closed_ends_at_the_limit_too():
    fault = refusal(b'email,name\na@x,"b' + b"\nmore" * 10_000)
    assert (fault.code, fault.line) == ("line_too_long", 2)


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size():
    bomb = packed(b"email\n" + b"a@example.com\n" * 1_500_000)
    assert refusal(bomb, limits=Limits(bytes=10**9, ratio=100, line=100)).code == "ratio"
    assert refusal(bomb, limits=Limits(bytes=10**7, ratio=2000, line=100)).code == "too_large"
    assert refusal(CSV, limits=Limits(bytes=20, ratio=100, line=100)).code == "too_large"


def test_many_rows_take_the_memory_of_few():
    def peak(count):
        row = b'{"email": "somebody@example.com", "name": "Somebody"}\n'
        source = Source(io.BytesIO(packed(row * count)), Limits(bytes=10**9, ratio=2000, line=1000))
        tracemalloc.start()
        assert sum(1 for _ in reading.rows(source, LIMITS)) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(30_000) < peak(3_000) + 300_000


# -- what is wrong with a row


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (b'{"email": 1', "json", ""),
        (b'{"a": NaN}', "json", ""),
        (b'{"a": 1} {"b": 2}', "json", ""),
        (b'{"a": ' + b"9" * 5000 + b"}", "json", ""),
        (b'{"a": ' + b"[" * 4000 + b"}", "json", ""),
        (b'{"a": 1, "b": 2, "a": 3}', "key_twice", "a"),
        (b'{"a": {"b": 1, "b": 2}}', "key_twice", "b"),
        (b"[1]", "not_an_object", ""),
        (b'"text"', "not_an_object", ""),
    ],
)
def test_a_line_that_is_no_row_leaves_the_others_alone(content, code, field):
    before, bad, after = parsed(b'{"a": 1}\n' + content + b'\n{"a": 2}\n')
    assert (bad.line, bad.fault.code, bad.fault.field) == (2, code, field)
    assert (before.values, after.values) == ({"a": 1}, {"a": 2})


def test_an_item_that_is_no_object_leaves_the_others_alone():
    found = parsed(b'[{"a": 1}, 2, {"a": 1, "a": 2}, {"a": 3}]')
    assert [row.fault and row.fault.code for row in found] == [
        None, "not_an_object", "key_twice", None,
    ]  # fmt: skip


def test_a_row_of_other_cells_leaves_the_others_alone():
    found = parsed(b"email,name\na@x\nb@x,B\nc@x,C,D\n")
    assert [row.fault and row.fault.code for row in found] == [None, "cells", None, "cells"]


# -- cells that were made safe


@given(st.text())
def test_exactly_one_apostrophe_is_taken_off(text):
    assert unguarded(guard(text)) == text
    assert unguarded("'" + text) == (text if guard(text) == "'" + text else "'" + text)


def test_cells_and_titles_are_taken_as_they_were_meant():
    assert values(b"'=email,name\n'=1+1,''=2\n+39 055,'-x\n") == [
        {"=email": "=1+1", "name": "'=2"},
        {"=email": "+39 055", "name": "-x"},
    ]


# -- anything at all

PIECES = st.lists(
    st.sampled_from(
        [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r", b"\\", b"\\u", b"\xff"]
    )
    | st.binary(max_size=6)
    | st.sampled_from([b"email", b"null", b"1e9", b"\x1f\x8b", b"\0", b" "]),
    max_size=40,
).map(b"".join)


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=500)
@given(
    base=st.sampled_from([b"", CSV, NDJSON, ARRAY, packed(CSV), packed(ARRAY)]),
    cut=st.integers(0, 100),
    noise=PIECES,
    word=st.sampled_from(reading.FORMATS),
    size=st.sampled_from([1, 3, PIECE]),
    is_packed=st.booleans(),
)
def test_nothing_but_its_own_error_leaves_the_parser(base, cut, noise, word, size, is_packed):
    content = base[:cut] + noise + base[cut:]
    content = packed(content) if is_packed else content
    try:
        found = parsed(Dribble(content, size), Limits(bytes=10**6, ratio=10, line=50), word)
    except Unreadable:
        return
    assert all(isinstance(row.values, dict) and row.line > 0 for row in found)
