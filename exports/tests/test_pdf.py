"""The PDF: what a reader sees on its pages, whatever the texts of the sheet are."""

import io
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import chain
from multiprocessing import active_children
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from exports.columns import Column, ColumnSet
from exports.formats import FORMATS, Sheet, pdf
from exports.kinds import Instant, Names, Number, Style, Text
from exports.printing import pages
from exports.printing.paper import Part

pytestmark = pytest.mark.once

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


def read_here(rows):
    """Return the reader of a page of a sheet that this process has painted, remarks and all."""
    sheet_ = sheet(rows)
    html = pdf.frame(sheet_, [100 / len(COLUMNS)] * len(COLUMNS), len(rows))
    texts = list(pdf._rows(sheet_))
    _, heights = pages.fit(html, texts)
    parts = [Part(text, 0, height) for text, height in zip(texts, heights, strict=True)]
    return PdfReader(io.BytesIO(pages.paint(html, 1, 1, [parts])))


def words(page):
    """Return a page's text on one line."""
    return " ".join(page.extract_text().split())


@pytest.fixture(autouse=True)
def _remarks(caplog):
    # It comments on every letter that no font has; the settings keep that out of the logs.
    caplog.set_level("WARNING", "weasyprint")


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


def test_a_document_of_several_parts_has_no_seams():
    rows = [row(number) for number in range(pdf.PAGES * 45)]
    reader = read(rows)
    texts = [words(page) for page in reader.pages]
    assert len(texts) > pdf.PAGES
    for page, text in enumerate(texts, 1):
        assert f"page {page} / {len(texts)}" in text
    emails = [[word for word in text.split() if "@" in word] for text in texts]
    assert [*chain.from_iterable(emails)] == [email for _, email, *_ in rows]
    assert len({len(page) for page in emails[1:-1]}) == 1
    assert reader.metadata.title == "Users"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert [entry.title for entry in reader.outline] == ["Users"]


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


def test_every_script_has_glyphs(caplog):
    rows = [row(name=name) for name in NAMES.values()]
    read_here(rows)
    assert caplog.text == ""
    reader = read(rows)
    text = normalize("NFKC", " ".join(map(words, reader.pages)))
    for script in PLAIN:
        for word in normalize("NFKC", NAMES[script]).split():
            assert word in text.replace("- ", "-")


def test_a_letter_without_a_glyph_would_be_noticed(caplog):
    read_here([row(name="\ue000")])
    assert ".notdef" in caplog.text


def test_fonts_are_embedded():
    reader = read([row(name=NAMES["Chinese"]), row(name=NAMES["Arabic"])])
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    parts = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    assert len(parts) >= 4
    for part in parts:
        assert {"/FontFile2", "/FontFile3"} & part["/FontDescriptor"].get_object().keys()


def test_hostile_texts_are_shown_as_text(caplog):
    markup = "</style><script>x</script><img src='file:///etc/hostname'>{{ x }}&amp;"
    reader = read(
        [row(name=markup, organization="url(http://127.0.0.1:1/x)")],
        title=f"T{markup}",
        about=[(f"L{markup}", f"A{markup}")],
        columns=COLUMNS.titled([f"H{markup}", *COLUMNS.headers[1:]]),
    )
    text = "".join(reader.pages[0].extract_text().split())
    for before in ("T", "L", "A", "H", ""):
        assert f"{before}{markup}".replace(" ", "") in text
    assert reader.metadata.title == f"T{markup}"
    assert caplog.records == []


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='file:///etc/hostname'>",
        "<img src='http://127.0.0.1:1/x'>",
        "<link rel=stylesheet href='file:///etc/hostname'>",
        "<link rel=attachment href='file:///etc/hostname'>",
        "<p style='background: url(file:///etc/hostname)'>",
        "<object data='data:image/png;base64,AAAA'></object>",
    ],
)
def test_fetches_are_refused_and_the_rest_is_printed(markup, caplog):
    html = pdf.frame(sheet([]), [10] * len(COLUMNS), 0).replace("Users</h1>", f"before {markup}")
    reader = PdfReader(io.BytesIO(pages.paint(html, 1, 1, [[]])))
    assert "a sheet fetches nothing" in caplog.text
    assert "before" in reader.pages[0].extract_text()
    assert not list(reader.attachments)


def test_a_very_long_word_wraps_inside_its_cell():
    reader = read([["W" * 20_000, "+39"]] * 2, columns=COLUMNS.only(["name", "phone"]))
    found = []
    reader.pages[0].extract_text(visitor_text=lambda text, *at: found.append((text, at[1][4])))
    lines = [(text.strip(), x) for text, x in found if "WW" in text]
    assert sum(text.count("W") for text, _ in lines) == 2 * 253
    assert sum(text.endswith("W…") for text, _ in lines) == 2
    next_column = next(x for text, x in found if text.strip() == "+39")
    letter = 0.93 * 7 * 96 / 72  # a W of 7 points
    assert all(x + letter * len(text) < next_column for text, x in lines)


def test_an_instant_breaks_before_its_time_or_not_at_all():
    address = "somebody.with.a.long.name@department.example.com"
    full = read([row(username=address, email=address, suspended_at=AT)])
    assert "2025-06-21\n10:30:00 UTC" in full.pages[0].extract_text()
    few = read([[AT, AT, AT]], columns=COLUMNS.only(["created_at", "last_login", "suspended_at"]))
    assert "2025-06-21 10:30:00 UTC " * 2 in few.pages[0].extract_text()


def test_a_number_ends_where_its_column_does():
    columns = ColumnSet([Column("n", "N", "n", Number()), Column("name", "Name", "name", Text())])
    found = []
    read([["7", "a"], ["12345", "b"]], columns=columns).pages[0].extract_text(
        visitor_text=lambda text, *at: found.append((text.strip(), at[1][4]))
    )
    starts = dict(found)
    assert starts["7"] - starts["12345"] == pytest.approx(4 * 0.572 * 7 * 96 / 72, abs=0.1)


@pytest.mark.parametrize(
    ("text", "to_the_left"),
    [
        ("Ada", False),
        ("محمد (Ali)", True),
        ("12 יעל", True),
        ("Ada יעל", False),
        ("…", False),
    ],
)
def test_each_text_runs_in_its_own_direction(text, to_the_left):
    from exports.printing.frames import Frame

    typesetter = Frame(pdf.frame(sheet([]), [10] * len(COLUMNS), 0)).columns[0].typesetter
    typesetter._lay_out(text, 500)
    assert typesetter.get_first_line()[0].resolved_dir == to_the_left


def test_a_row_is_never_divided_unless_it_is_higher_than_a_page():
    tall = {"status": "W" * 254}
    rows = [row(number, **(tall if number == 30 else {"status": ""})) for number in range(60)]
    titles = ["S" if header == "Status" else header for header in COLUMNS.headers]
    reader = read(rows, columns=COLUMNS.titled(titles))
    letters = [words(page).count("W") for page in reader.pages]
    assert sum(letters) == 254
    first, *further = [number for number, count in enumerate(letters) if count]
    assert further == list(range(first + 1, first + 1 + len(further)))
    assert "user30@example.com" in words(reader.pages[first])
    emails = [word for page in reader.pages for word in words(page).split() if "@" in word]
    assert emails == [f"user{number}@example.com" for number in range(60)]


def test_a_long_head_takes_pages_of_its_own():
    about = [(f"Filter {number}", "x") for number in range(80)]
    reader = read([row(number) for number in range(30)], about=about)
    texts = [words(page) for page in reader.pages]
    assert "Filter 79" not in texts[0]
    assert " ".join(texts).count("@example.com") == 30
    for number, text in enumerate(texts, 1):
        assert f"page {number} / {len(texts)}" in text


def test_the_head_cannot_pass_for_the_number_of_a_page():
    text = words(read([row()], about=[("page 7", "page 8")]).pages[0])
    assert text.endswith("page 1 / 1")


def test_one_document_too_many_is_refused():
    with ExitStack() as stack:
        for _ in range(pdf.settings.PDF_DOCUMENTS):
            stack.enter_context(pdf.pool().document())
        with pytest.raises(pdf.PdfBusy, match="4 documents"):
            next(FORMATS["pdf"].write(sheet([row()])))
    slowly_read = [FORMATS["pdf"].write(sheet([row()])) for _ in range(5)]
    assert all(next(document).startswith(b"%PDF") for document in slowly_read)


def test_a_killed_process_fails_its_document_only():
    def kill():
        for process in active_children():
            process.kill()

    read([row()])
    with pytest.raises(pdf.PdfFailed, match="render process"):
        read([row(number) for number in range(2000)], check=kill)
    assert len(read([row()]).pages) == 1


class GoneError(Exception):
    """Nobody waits any longer."""


def test_what_nobody_waits_for_is_not_made():
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise GoneError

    with pytest.raises(GoneError):
        read([row(number) for number in range(5000)], check=check)
    assert len(calls) == 3
    assert pdf.pool()._free == pdf.settings.PDF_DOCUMENTS
    assert len(read([row()]).pages) == 1
