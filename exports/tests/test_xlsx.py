"""Excel: a workbook of real dates, numbers and booleans, whose texts can call nothing."""

import io
import os
import re
import tempfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.cells import guard
from exports.columns import Column
from exports.formats import FORMATS, TooManyRows
from exports.formats.workbooks import LONGEST_CELL, fitted
from exports.formats.xlsx import XlsxFormat
from exports.kinds import Boolean, Instant, Json, Names, Number, Style, Text, Uuid, ZonedInstant

from .making import AT, sheet
from .test_csv import GUARDED, taken_off

FORMAT = FORMATS["xlsx"]
TEXT = Column("a", "A", "a", Text())
CREATED = Column("created_at", "Created At", "created_at", Instant())
STARTS = Column("starts", "Starts", "starts", ZonedInstant(), zone="zone")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where temporary files are; empty again after each test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert os.listdir(tmp_path) == []


def read(columns, *blocks, **values):
    """Return the workbook of a sheet."""
    content = b"".join(FORMAT.write(sheet(columns, *blocks, **values)))
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(columns, *blocks, **values):
    """Return the values below the titles."""
    page = read(columns, *blocks, **values).active
    return [list(row) for row in page.iter_rows(min_row=2, values_only=True)]


def local(*parts):
    """Return what a clock shows."""
    return datetime(*parts)  # noqa: DTZ001


def unescaped(text):
    """Return a text as Excel reads it from a file; openpyxl leaves that to others."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def test_cells_have_the_types_of_their_columns():
    columns = [
        Column("id", "Id", "id", Uuid()),
        TEXT,
        CREATED,
        Column("mfa", "MFA", "mfa", Boolean()),
        Column("logins", "Logins", "logins", Number()),
        Column("roles", "Roles", "roles__name", Names()),
        Column("more", "More", "more", Json()),
    ]
    sqlite = [
        "0197906e2a107b3c8d4e5f6071829304",
        "007",
        "2025-06-21 10:30:00.999",
        0,
        7,
        ["A", "B"],
        '{"a": 1}',
    ]
    postgresql = [*sqlite[:2], datetime(2025, 6, 21, 10, 30, 0, 999_999, tzinfo=UTC), False]
    absent = [None, None, None, None, None, [], None]
    [first, second, third] = rows(columns, [sqlite, absent], [postgresql + sqlite[4:]])
    assert first == third
    assert first == [
        "0197906e-2a10-7b3c-8d4e-5f6071829304",
        "007",
        local(2025, 6, 21, 10, 30),
        False,
        7,
        "A, B",
        '{"a":1}',
    ]
    assert first[3] is False
    assert second == [None] * 7


def test_the_titles_stay_in_sight_and_filter():
    book = read([TEXT, CREATED], [["x", AT]] * 3, [["y", AT]])
    page = book.active
    assert [cell.value for cell in page[1]] == ["A", "Created At"]
    assert all(cell.font.b for cell in page[1])
    assert (page.title, page.freeze_panes, page.auto_filter.ref) == ("Users", "A2", "A1:B5")
    assert (book.properties.title, book.properties.created) == ("Users", AT.replace(tzinfo=None))


def test_no_rows_are_the_titles():
    page = read([TEXT, CREATED]).active
    assert list(page.values) == [("A", "Created At")]
    assert page.auto_filter.ref == "A1:B1"


def test_columns_are_as_wide_as_their_texts():
    columns = [Column(name, name, name, Text()) for name in "abcd"]
    page = read(columns, [["x", "y" * 30, "z" * 500, "王小明王小明王小明"]]).active
    widths = [page.column_dimensions[letter].width for letter in "ABCD"]
    assert [round(width) for width in widths] == [9, 32, 61, 20]


@pytest.mark.parametrize(
    ("zone", "shown", "number_format"),
    [
        (UTC, local(2025, 6, 21, 10, 30), 'yyyy-mm-dd hh:mm:ss "UTC"'),
        (
            ZoneInfo("Asia/Kolkata"),
            local(2025, 6, 21, 16, 0),
            'yyyy-mm-dd hh:mm:ss "+0530"',
        ),
    ],
)
def test_a_date_is_told_in_the_zone_that_its_format_names(zone, shown, number_format):
    cell = read([CREATED], [[AT]], style=Style(zone=zone)).active["A2"]
    assert (cell.value, cell.number_format, cell.is_date) == (shown, number_format, True)


def test_a_date_with_a_zone_of_its_own_is_told_there():
    raw = [("2025-06-21 10:30:00", "Asia/Kolkata"), (AT, "America/New_York"), (None, "UTC")]
    page = read([STARTS], [[pair] for pair in raw]).active
    found = [(page.cell(row, 1).value, page.cell(row, 1).number_format[-7:]) for row in (2, 3)]
    assert found == [
        (local(2025, 6, 21, 16, 0), '"+0530"'),
        (local(2025, 6, 21, 6, 30), '"-0400"'),
    ]
    assert page.cell(4, 1).value is None


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        ("1899-12-31 23:59:59", "1899-12-31 23:59:59 UTC"),
        # Excel knows a 29 February 1900: no two programs agree on the days before it.
        ("1900-02-28 23:59:59", "1900-02-28 23:59:59 UTC"),
        ("1900-03-01 00:00:00", local(1900, 3, 1)),
        ("9999-12-31 23:59:59", local(9999, 12, 31, 23, 59, 59)),
        (None, "Never"),
    ],
)
def test_what_excel_has_no_date_for_is_text(raw, cell):
    column = Column("at", "At", "at", Instant(null="Never"))
    assert rows([column], [[raw], [AT]]) == [[cell], [AT.replace(tzinfo=None)]]


def test_a_clock_beyond_the_last_year_is_text():
    last = "9999-12-31 23:59:59"
    [[cell]] = rows([STARTS], [[(last, "Asia/Kolkata")]])
    assert cell == STARTS.kind.text((last, "Asia/Kolkata"), Style())
    assert cell.startswith(last)


def test_an_offset_with_seconds_is_text():
    [[cell]] = rows([STARTS], [[("1910-01-01 00:00:00", "Africa/Monrovia")]])
    assert cell == "1909-12-31 23:16:52 UTC"


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        (0, 0),
        (-1.5, -1.5),
        (999_999_999_999_999, 999_999_999_999_999),
        (1_234_567_890_123_456, "1234567890123456"),
        (-1_234_567_890_123_456, "-1234567890123456"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_number_that_excel_would_change_is_text(number, cell):
    assert rows([Column("n", "N", "n", Number())], [[number]]) == [[cell]]


@pytest.mark.parametrize(("text", "safe"), GUARDED)
def test_what_a_spreadsheet_could_run_is_made_text(text, safe):
    page = read([Column("a", text or "A", "a", Text())], [[text]]).active
    assert unescaped(page["A1"].value) == (safe or "A")
    assert page["A1"].data_type == "s"
    if text:
        assert unescaped(page["A2"].value) == safe
        # Neither a formula nor a link, whatever it looks like.
        assert page["A2"].data_type == "s"
        assert page["A2"].hyperlink is None


NASTY = [
    "http://example.com",
    "mailto:a@example.com",
    "\x01\x1f\x7f\x85",
    "\ufffe\uffff",
    "_x0041_",
    "_x0041_x0042_",
    "_x005F_x000D_",
    "<r><t>x</t></r>",
    "<r>&broken</r>",
    "]]>&amp;<b>",
    " led and trailed ",
    "a\r\nb\tc",
    "😀" * 9,
]
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(st.lists(STORABLE, min_size=1, max_size=5))
@example(NASTY)
def test_texts_come_back(texts):
    found = [unescaped(cell) for [cell] in rows([TEXT], [[text] for text in texts])]
    assert found == [guard(text) for text in texts]
    assert [taken_off(cell) for cell in found] == texts


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x" * LONGEST_CELL, "x" * LONGEST_CELL),
        ("x" * (LONGEST_CELL + 1), "x" * (LONGEST_CELL - 1) + "…"),
        ("😀" * 16_383, "😀" * 16_383),
        ("😀" * 16_384, "😀" * 16_383 + "…"),
        ("x" + "😀" * 16_384, "x" + "😀" * 16_382 + "…"),
    ],
)
def test_a_text_longer_than_a_cell_is_cut_between_letters(text, kept):
    assert fitted(text) == kept
    assert len(kept.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert rows([TEXT], [[text]]) == [[kept]]


def test_more_rows_than_a_worksheet_holds_are_refused_before_anything_leaves(monkeypatch):
    assert FORMAT.most_rows == 1_048_575
    monkeypatch.setattr(XlsxFormat, "most_rows", 3)
    assert rows([TEXT], [["a"], ["b"]], [["c"]]) == [["a"], ["b"], ["c"]]
    with pytest.raises(TooManyRows, match=r"^6 rows, .* at most 3$"):
        next(FORMAT.write(sheet([TEXT], [["a"], ["b"]], [["c"], ["d"]], [["e"], ["f"]])))


def test_nothing_is_left_behind(folder):
    def broken():
        yield [["a"]]
        raise LookupError

    with pytest.raises(LookupError):
        next(FORMAT.write(sheet([TEXT], blocks=broken())))
    assert os.listdir(folder) == []
    half_read = FORMAT.write(sheet([TEXT], [["a"]]))
    assert next(half_read)
    assert os.listdir(folder) == []
    half_read.close()


def test_it_stops_once_nobody_waits_for_it():
    def check():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        next(FORMAT.write(sheet([TEXT], [["a"]], check=check)))


def test_it_leaves_in_pieces():
    texts = [[os.urandom(30).hex()] for _ in range(4000)]
    pieces = list(FORMAT.write(sheet([TEXT], texts)))
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= 65_536
