"""The PDF: what a reader sees on its pages, whatever the texts of the sheet are."""

import io
import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from exports.columns import Column, ColumnSet
from exports.formats import FORMATS, Sheet, pdf
from exports.formats.sheets import cell
from exports.kinds import Instant, Names, Style, Text
from exports.printing import library, press, ruler
from exports.printing.pages import Line, paginate
from exports.printing.pool import RenderFailed, RenderPool

AT = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
COLUMNS = ColumnSet(
    [
        Column("username", "Username", "username", Text()),
        Column("email", "Email", "email", Text()),
        Column("name", "Name", "name", Text()),
        Column("phone", "Phone", "phone", Text()),
        Column("organization", "Organization", "organization", Text()),
        Column("roles", "User Roles", "roles__name", Names()),
        Column("status", "Status", "status", Text()),
        Column("created_at", "Created At", "created_at", Instant()),
        Column("last_login", "Latest Login At", "last_login", Instant()),
        Column("suspended_at", "Suspended At", "suspended_at", Instant()),
    ]
)
NAMES = {
    "Latin": "Zoë Ångström-Łukasiewicz",
    "Vietnamese": "Nguyễn Thị Phương Thảo",
    "Turkish": "Işıl Çağlayan",
    "Greek": "Αλέξανδρος Παππάς",
    "Cyrillic": "Владимир Щербаков",
    "Chinese": "王小明",
    "Japanese": "佐藤さくら",
    "Korean": "김민수",
    "Georgian": "ნინო ბერიძე",
    "Armenian": "Արամ Խաչատրյան",
    "Ethiopic": "አበበ ቢቂላ",
    "Arabic": "محمد الحسيني",
    "Persian": "پژمان می‌خواهم",
    "Hebrew": "יעל בן־דוד",
    "Syriac": "ܣܘܪܝܝܐ",
    "Devanagari": "प्रिया शर्मा",
    "Bengali": "অনির্বাণ চট্টোপাধ্যায়",
    "Tamil": "கார்த்திக்",
    "Telugu": "తెలుగు పేరు",
    "Kannada": "ಕನ್ನಡ ಹೆಸರು",
    "Malayalam": "മലയാളം പേര്",
    "Gujarati": "ગીતા પટેલ",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Sinhala": "ලසිත් මාලිංග",
    "Thai": "สมชาย ใจดี",
    "Lao": "ສົມພອນ",
    "Khmer": "ខ្មែរ សុខា",
    "Myanmar": "မြန်မာ အောင်",
    "Tibetan": "བསྟན་འཛིན",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Cherokee": "ᏣᎳᎩ",
    "emoji": "👩‍👩‍👧‍👦 🇮🇹 🤦🏽‍♂️ ❤️ 😀",
}
# Written letter by letter from left to right, so their order can be read back from a page.
PLAIN = list(NAMES)[:11]


def row(number=0, **values):
    """A row of COLUMNS."""
    person = {
        "username": f"user{number}",
        "email": f"user{number}@example.com",
        "name": f"Name {number}",
        "phone": "+39 055 123 4567",
        "organization": "Contoso",
        "roles": ["Admin", "Reader"],
        "status": "enabled",
        "created_at": AT,
        "last_login": AT,
        "suspended_at": None,
    }
    return list((person | values).values())


def sheet(rows, **values):
    about = [("Exported by", "ada"), ("Status", "enabled, suspended")]
    return Sheet(
        **{
            "title": "Users",
            "columns": COLUMNS,
            "blocks": iter([list(zip(*rows, strict=True))] if rows else []),
            "style": Style(),
            "generated_at": AT,
            "about": about,
            "empty": "No users found with the applied filters.",
        }
        | values
    )


def read(rows, **values):
    """Return the reader of the PDF of a sheet."""
    return PdfReader(io.BytesIO(b"".join(FORMATS["pdf"].write(sheet(rows, **values)))))


def words(page):
    """Return a page's text on one line."""
    return " ".join(page.extract_text().split())


@pytest.fixture
def remarks(caplog):
    """What WeasyPrint says of a sheet that is made in this process."""
    caplog.set_level("WARNING", "weasyprint")
    press.let_tabs_lead()
    return caplog


class Here:
    """A pool that does all in this process, where its log can be read."""

    def sheet(self):
        return nullcontext()

    def run(self, function, calls, check):
        return [function(*call) for call in calls]


@pytest.fixture(scope="module")
def long():
    """The PDF of a sheet of three pages."""
    return read([row(number) for number in range(60)])


def test_each_page_has_the_titles_and_its_number(long):
    assert len(long.pages) == 3
    for number, page in enumerate(long.pages, 1):
        text = words(page)
        assert all(header in text for header in COLUMNS.headers)
        assert f"page {number} / 3" in text
        assert "usersvc" in text
        assert "Generated 2025-06-21 10:30:00 UTC" in text


def test_every_row_is_there_once_and_in_order(long):
    text = " ".join(map(words, long.pages)).split()
    assert [word for word in text if word.endswith("@example.com")] == [
        f"user{number}@example.com" for number in range(60)
    ]


def test_only_the_first_page_has_the_head(long):
    lines = long.pages[0].extract_text().splitlines()
    assert lines[:5] == [
        "Users",
        "Generated at 2025-06-21 10:30:00 UTC",
        "Exported by ada",
        "Status enabled, suspended",
        "Total 60",
    ]
    assert "Exported by" not in words(long.pages[1])


def test_the_page_is_a4_landscape(long):
    assert [round(float(side) / 72 * 25.4) for side in long.pages[0].mediabox[2:]] == [297, 210]


def test_the_document_says_what_it_is(long):
    assert long.metadata.title == "Users"
    assert long.metadata.author == long.metadata.creator == "usersvc"
    assert long.metadata.creation_date == AT
    assert long.trailer["/Root"]["/Lang"] == "en"


def test_no_rows_is_one_page_that_says_so():
    reader = read([], generated_at=datetime.fromisoformat("2025-06-21T16:00:00+05:30"))
    text = words(reader.pages[0])
    assert len(reader.pages) == 1
    assert "No users found with the applied filters." in text
    assert "Generated at 2025-06-21 10:30:00 UTC" in text
    assert "Total 0" in text
    assert "Suspended At" in text
    assert "page 1 / 1" in text


def test_every_script_has_glyphs(remarks, monkeypatch):
    monkeypatch.setattr(pdf, "pool", Here)
    reader = read([row(name=name) for name in NAMES.values()])
    assert remarks.text == ""
    text = normalize("NFKC", " ".join(map(words, reader.pages)))
    for script in PLAIN:
        for word in normalize("NFKC", NAMES[script]).split():
            assert word in text.replace("- ", "-")


def test_a_letter_without_a_glyph_would_be_noticed(remarks, monkeypatch):
    monkeypatch.setattr(pdf, "pool", Here)
    read([row(name="\ue000")])
    assert ".notdef" in remarks.text


def test_fonts_are_embedded():
    reader = read([row(name=NAMES["Chinese"]), row(name=NAMES["Arabic"])])
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    parts = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    assert len(parts) >= 4
    for part in parts:
        assert {"/FontFile2", "/FontFile3"} & part["/FontDescriptor"].get_object().keys()


def test_hostile_texts_are_shown_as_text(remarks, monkeypatch):
    monkeypatch.setattr(pdf, "pool", Here)
    markup = "</style><script>x</script><img src='file:///etc/passwd'>{{ x }}&amp;"
    reader = read(
        [[markup, "url(http://127.0.0.1:1/x)"]],
        title=f"T{markup}",
        about=[("<img src=x>", f"A{markup}")],
        columns=COLUMNS.only(["name", "organization"]).titled([f"H{markup}", "Organization"]),
    )
    text = "".join(reader.pages[0].extract_text().split())
    for before in ("T", "<imgsrc=x>A", "H", ""):
        assert f"{before}{markup}".replace(" ", "") in text
    assert reader.metadata.title == f"T{markup}"
    assert remarks.records == []


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='file:///etc/passwd'>",
        "<img src='http://127.0.0.1:1/x'>",
        "<link rel=stylesheet href='file:///etc/passwd'>",
        "<link rel=attachment href='file:///etc/passwd'>",
        "<p style='background: url(file:///etc/passwd)'>",
        "<object data='data:image/png;base64,AAAA'></object>",
    ],
)
def test_fetches_are_refused_and_the_rest_is_printed(markup, remarks):
    document = library.document(f"<p>before {markup} after").write_pdf()
    assert "a sheet fetches nothing" in remarks.text
    reader = PdfReader(io.BytesIO(document))
    assert "before" in reader.pages[0].extract_text()
    assert not list(reader.attachments)


def test_a_very_long_word_wraps_inside_its_cell():
    reader = read([["W" * 20_000, "+39"]] * 2, columns=COLUMNS.only(["name", "phone"]))
    lines = [line for line in reader.pages[0].extract_text().splitlines() if "WW" in line]
    assert sum(line.count("W") for line in lines) == 2 * 253
    assert sum("W…" in line for line in lines) == 2
    assert sum("+39" in line for line in lines) == 2
    assert len(lines) >= 4


@given(st.text(max_size=300), st.integers(20, 200))
def test_every_line_fits_and_none_of_the_text_is_lost(text, width):
    text = cell(text)
    [[*lines]] = ruler.fit("row", [[text]], [width], 0)
    texts = [line.text.strip("\u2067\u2069") for line in lines]
    assert "".join("".join(texts).split(" ")) == "".join(text.split(" "))
    rule = ruler.rulers()["row"]
    # A letter with its marks may be wider than a narrow column.
    assert all(rule.width(line) <= width or len(line) < 8 for line in texts)


def test_an_instant_breaks_before_its_time_or_not_at_all():
    address = "somebody.with.a.long.name@department.example.com"
    full = read([row(username=address, email=address, suspended_at=AT)])
    text = full.pages[0].extract_text()
    assert "2025-06-21 2025-06-21 2025-06-21\n" in text
    assert "10:30:00 UTC 10:30:00 UTC 10:30:00 UTC\n" in text
    few = read([[AT, AT, AT]], columns=COLUMNS.only(["created_at", "last_login", "suspended_at"]))
    assert "2025-06-21 10:30:00 UTC " * 2 in few.pages[0].extract_text()


@pytest.mark.browser  # as it needs Debian's poppler-utils
def test_columns_begin_where_they_should_whatever_is_before_them(tmp_path):
    names = ["i", "W" * 9, "محمد الحسيني", "王小明", "प्रिया शर्मा", "👩‍👩‍👧‍👦 😀", "é" * 8]
    file = tmp_path / "users.pdf"
    rows = [row(n, name=name) for n, name in enumerate(names)]
    file.write_bytes(b"".join(FORMATS["pdf"].write(sheet(rows))))
    found = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, text=True)
    for word in ("+39", "Contoso", "Admin,", "enabled"):
        pattern = rf'xMin="([0-9.]+)"[^>]*>{re.escape(word)}<'
        spots = [float(x) for x in re.findall(pattern, found.stdout)]
        assert len(spots) == len(names)
        assert max(spots) - min(spots) < 0.2


def rows_of(count, lines=1):
    return [[Line("x", ())] * lines] * count


def test_pages_are_filled_and_every_row_is_on_one():
    pages = paginate(rows_of(4), rows_of(1)[0], rows_of(100, lines=2))
    assert sum(len(page.rows) for page in pages) == 100
    assert [page.first for page in pages[1:]] == [
        sum(len(page.rows) for page in pages[:n]) for n in range(1, len(pages))
    ]
    assert len({len(page.rows) for page in pages[1:-1]}) == 1


def test_a_row_higher_than_a_page_goes_on_on_the_next():
    pages = paginate([], rows_of(1)[0], rows_of(2, lines=200))
    assert sum(len(piece) for page in pages for piece in page.rows) == 400
    assert [page.first for page in pages] == sorted(page.first for page in pages)


def test_more_words_than_a_page_has_room_for_go_on_on_the_next():
    pages = paginate(rows_of(90), rows_of(1)[0], rows_of(1))
    assert [page.titles for page in pages] == [False, False, True]
    assert sum(len(page.about) for page in pages) == 90
    assert len(pages[-1].rows) == 1


def test_letters_are_not_parted_from_their_marks():
    width = ruler.fit("row", [["क्षि" * 40, "é" * 80]], [60, 60], 0)[0]
    for line in width:
        first, second = line.text.split("\t")
        assert not second.startswith("\u0301")
        assert not first or category(first[0]) not in ("Mn", "Mc")


@pytest.fixture
def pool():
    pool = RenderPool(processes=2, sheets=1, seconds=60)
    yield pool
    pool.close()


def test_so_many_documents_at_a_time_and_no_waiting(monkeypatch, pool):
    monkeypatch.setattr(pdf, "pool", lambda: pool)
    with pool.sheet(), pytest.raises(pdf.PdfBusy):
        next(FORMATS["pdf"].write(sheet([row()])))
    slowly_read = FORMATS["pdf"].write(sheet([row()]))
    assert next(slowly_read).startswith(b"%PDF")
    assert next(FORMATS["pdf"].write(sheet([row()]))).startswith(b"%PDF")


def nothing():
    pass


def test_a_process_that_is_killed_fails_one_document_and_another_takes_its_place(pool):
    with pool.sheet(), pytest.raises(RenderFailed):
        pool.run(signal.raise_signal, [(signal.SIGKILL,)], nothing)
    with pool.sheet():
        assert pool.run(max, [(1, 2)], nothing) == [2]


def test_a_document_whose_process_dies_asks_to_come_back(monkeypatch, pool):
    monkeypatch.setattr(pdf, "pool", lambda: pool)
    with monkeypatch.context() as broken:
        broken.setattr("exports.printing.press.press", os._exit)
        broken.setattr(pdf, "_document", lambda sheet: pool.run(os._exit, [(9,)], nothing))
        with pytest.raises(pdf.PdfFailed):
            next(FORMATS["pdf"].write(sheet([row()])))
    assert next(FORMATS["pdf"].write(sheet([row()]))).startswith(b"%PDF")


def test_the_other_documents_go_on_when_a_process_dies():
    pool = RenderPool(processes=1, sheets=2, seconds=60)
    try:
        with ThreadPoolExecutor() as threads, pool.sheet():
            failed = threads.submit(pool.run, os._exit, [(9,)], nothing)
            done = threads.submit(pool.run, max, [(n, 0) for n in range(20)], nothing)
            assert isinstance(failed.exception(), RenderFailed)
            assert done.result() == list(range(20))
    finally:
        pool.close()


def test_a_part_that_takes_too_long_is_ended(pool):
    pool = RenderPool(processes=1, sheets=1, seconds=0.2)
    try:
        with pool.sheet(), pytest.raises(RenderFailed, match="longer than"):
            pool.run(time.sleep, [(60,)], nothing)
    finally:
        pool.close()


def test_a_document_that_nobody_waits_for_is_not_made(pool):
    def gone():
        raise BrokenPipeError

    with pool.sheet():
        with pytest.raises(BrokenPipeError):
            pool.run(time.sleep, [(60,)] * 5, gone)
        # The processes are free again: what they worked on was cancelled.
        assert pool.run(max, [(1, 2)], nothing) == [2]


def test_without_pango_the_error_names_the_packages(monkeypatch):
    monkeypatch.setattr("exports.printing.libraries.find_library", lambda name: None)
    unread = iter([[row()]])
    with pytest.raises(pdf.PdfUnavailable, match=r"apt install libpango-1\.0-0"):
        next(FORMATS["pdf"].write(sheet([], blocks=unread)))
    assert list(unread)
