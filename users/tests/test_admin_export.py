"""Files from the list of people: those that are listed, in order, and the audit knows."""

import csv
import hashlib
import io
import json
from contextlib import ExitStack

import openpyxl
import pytest

from exports.formats import pdf
from exports.formats.xlsx import XlsxFormat
from users.models import AuditEntry

from .browsing import PEOPLE, enter, messages_of, people
from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]


def read(answer):
    """Return the usernames of a CSV file, in order."""
    assert answer.status_code == 200, answer.status_code
    text = b"".join(answer.streaming_content).decode()
    return [row["Username"] for row in csv.DictReader(io.StringIO(text))]


def export(client, word="csv", **parameters):
    return client.get(f"{PEOPLE}export/{word}", parameters)


def tick(client, action, *rows, across=False, query=""):
    values = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    if across:
        values["select_across"] = "1"
    return client.post(f"{PEOPLE}{query}", values)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"o": "1"},
        {"o": "-2.3"},
        {"status": "active", "q": "ro"},
        {"deleted": "everybody", "o": "1"},
        {"deleted": "deleted"},
        {"q": "nobody at all"},
    ],
)
def test_the_file_is_the_list(client, cast, asked):
    for number in range(60):
        UserFactory(organization=cast.europe, suspended=number % 3 == 0)
    cast.charlie.soft_delete()
    browser = enter(client, cast.alice)
    assert read(export(browser, **asked)) == people(browser, **asked)


def test_the_page_offers_the_file_of_its_filters(client, cast):
    page = enter(client, cast.alice).get(PEOPLE, {"status": "active", "p": "1"}).content.decode()
    assert f"{PEOPLE}export/csv?status=active" in page
    for word in ("pdf", "xlsx", "json"):
        assert f"{PEOPLE}export/{word}?status=active" in page


def test_the_file_may_be_for_excel_or_for_programs(client, cast):
    browser = enter(client, cast.alice)
    expected = people(browser, status="active")
    lines = export(browser, "json", status="active").getvalue().splitlines()
    assert [json.loads(line)["username"] for line in lines] == expected
    answer = export(browser, "xlsx", status="active")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    page = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    assert [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == expected
    ticked = tick(browser, "export_json", cast.ivo).getvalue()
    assert json.loads(ticked)["username"] == "ivo"
    assert tick(browser, "export_xlsx", cast.ivo).getvalue().startswith(b"PK")


def test_too_many_for_excel_is_a_message(client, cast, monkeypatch):
    monkeypatch.setattr(XlsxFormat, "most_rows", 5)
    browser = enter(client, cast.alice)
    answer = browser.get(f"{PEOPLE}export/xlsx?status=active", follow=True)
    assert "at most 5" in messages_of(answer)[0]


def test_selected_people_and_all_that_match(client, cast):
    browser = enter(client, cast.alice)
    assert read(tick(browser, "export_csv", cast.ivo, cast.alice)) == ["ivo", "alice"]
    query = "?q=example&o=1"
    everybody = tick(browser, "export_csv", cast.ivo, across=True, query=query)
    assert read(everybody) == people(browser, q="example", o="1")


def test_nobody_out_of_sight_is_exported(client, cast):
    browser = enter(client, cast.alice)
    assert read(tick(browser, "export_csv", cast.zoe, cast.akira, cast.ivo)) == ["ivo"]
    assert not {"zoe", "akira", "sue"} & set(read(export(browser)))


@pytest.mark.parametrize(("who", "may"), [("root", True), ("bob", True), ("rita", True)])
def test_who_may_take_files(client, cast, who, may):
    browser = enter(client, getattr(cast, who))
    assert "rita" in read(export(browser))


def test_who_may_not_take_files(client, cast):
    cast.rita.roles.get().permissions.remove(
        *cast.rita.roles.get().permissions.filter(codename="export_user")
    )
    browser = enter(client, cast.rita)
    assert b"export/csv" not in browser.get(PEOPLE).content
    assert export(browser).status_code == 403
    assert tick(browser, "export_csv", cast.ivo).status_code in (200, 302)
    assert enter(client, cast.sam).get(f"{PEOPLE}export/csv").status_code == 302
    assert not AuditEntry.objects.filter(event="export").exists()


def test_the_audit_tells_what_left(client, cast):
    browser = enter(client, cast.alice)
    answer = export(browser, status="active", organization=str(cast.europe.pk), q="EXAMPLE")
    content = b"".join(answer.streaming_content)
    entry = AuditEntry.objects.get(event="export")
    assert (entry.actor, entry.organization) == (cast.alice, cast.europe)
    assert entry.remote_addr == "127.0.0.1"
    details = entry.additional_data
    assert (details["family"], details["format"], details["outcome"]) == (
        "admin",
        "csv",
        "complete",
    )
    assert details["filters"] == {
        "status": ["active"],
        "organization": [str(cast.europe.pk)],
        "q": "EXAMPLE",
    }
    assert (details["rows"], details["bytes"]) == (6, len(content))
    assert details["sha256"] == hashlib.sha256(content).hexdigest()
    read(tick(browser, "export_csv", cast.ivo))
    selected = AuditEntry.objects.filter(event="export").first().additional_data
    assert selected["filters"] == {"selected": [str(cast.ivo.pk)]}
    page = browser.get(f"/admin/users/auditentry/{entry.pk}/change/").content.decode()
    assert details["sha256"] in page


def test_a_pdf_says_what_was_asked(client, cast, monkeypatch):
    from users.exports import UserExport

    seen = []
    begin = UserExport.begin
    monkeypatch.setattr(
        UserExport,
        "begin",
        lambda export, watch: seen.append(export.question.words()) or begin(export, watch),
    )
    browser = enter(client, cast.alice)
    answer = export(browser, "pdf", status="active", organization=str(cast.italy.pk), q="ivo")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].endswith('.pdf"')
    assert b"".join(tick(browser, "export_pdf", cast.ivo).streaming_content).startswith(b"%PDF")
    assert seen == [
        [("Search", "ivo"), ("Status", "Active"), ("Organization", "Acme Italy")],
        [("Selected", "1 user")],
    ]


def test_too_many_for_a_pdf_is_a_message(client, cast, settings):
    settings.EXPORT_MAX_ROWS = 5
    browser = enter(client, cast.alice)
    answer = browser.get(f"{PEOPLE}export/pdf?status=active", follow=True)
    assert answer.redirect_chain == [(f"{PEOPLE}?status=active", 302)]
    assert "at most 5" in messages_of(answer)[0]
    values = {"action": "export_pdf", "_selected_action": ["x"], "select_across": "1"}
    assert "at most 5" in messages_of(browser.post(PEOPLE, values, follow=True))[0]
    assert not AuditEntry.objects.filter(event="export").exists()
    assert len(read(export(browser))) == 6


def test_a_busy_printer_is_a_message(client, cast, settings):
    browser = enter(client, cast.alice)
    with ExitStack() as stack:
        for _ in range(settings.PDF_DOCUMENTS):
            stack.enter_context(pdf.pool().document())
        answer = browser.get(f"{PEOPLE}export/pdf?status=active", follow=True)
        assert messages_of(answer) == ["Service busy"]
        answer = tick(browser, "export_pdf", cast.ivo)
    assert answer.status_code == 302
    assert b"".join(export(browser, "pdf").streaming_content).startswith(b"%PDF")


def test_other_words_and_methods_name_nothing(client, cast):
    browser = enter(client, cast.alice)
    assert export(browser, "exe").status_code == 404
    assert browser.post(f"{PEOPLE}export/csv").status_code == 404
    head = browser.head(f"{PEOPLE}export/csv")
    assert head["Content-Type"].startswith("text/csv")
    assert not AuditEntry.objects.filter(event="export").exists()
