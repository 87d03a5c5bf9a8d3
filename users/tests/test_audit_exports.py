"""Entries of the audit as a file: what the list asks for, through the one pipeline."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from users.actor import acting
from users.audit_exports import COLUMNS
from users.models import AuditEntry

from .browsing import enter
from .factories import TagFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
THERE = "/admin/users/auditentry/export/"


@pytest.fixture
def past(cast):
    """What Alice changed in Europe, and Zoe in Globex."""
    AuditEntry.objects.all().delete()
    for actor, person in ((cast.alice, cast.ivo), (cast.zoe, cast.zoe)):
        with acting(lambda actor=actor: actor, "2001:db8::7"):
            person.phone = "+39 055 1"
            person.name = "=1+1"
            person.save()
    return cast


def taken(client, word, who, **asked):
    answer = enter(client, who).get(f"{THERE}{word}", asked)
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def lines(client, who, **asked):
    return [json.loads(line) for line in taken(client, "json", who, **asked).splitlines()]


def test_the_file_says_what_the_entry_says(client, past):
    (line,) = lines(client, past.alice, what="update")
    entry = AuditEntry.objects.get(object_pk=str(past.ivo.pk))
    assert list(line) == COLUMNS.names
    assert line | {"at": None} == {
        "id": entry.pk,
        "at": None,
        "what": "update",
        "kind": "user",
        "object_id": str(past.ivo.pk),
        "object": "ivo",
        "actor_id": str(past.alice.pk),
        "actor": past.alice.email,
        "client": "",
        "organization_id": str(past.ivo.organization_id),
        "address": "2001:db8::7",
        "changes": entry.changes,
        "details": None,
        "batch": None,
        "code": entry.code,
    }
    assert line["at"].startswith(entry.timestamp.strftime("%Y-%m-%dT%H:%M:%S"))


def test_csv_is_guarded_and_titled(client, past):
    text = taken(client, "csv", past.root, what="update").decode()
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert head == COLUMNS.headers
    assert len(rows) == 2
    assert {row[head.index("Object")] for row in rows} == {"ivo", "zoe"}
    assert json.loads(rows[0][head.index("Changes")])["name"][1] == "=1+1"


def test_a_workbook_holds_the_same(client, past):
    book = load_workbook(io.BytesIO(taken(client, "xlsx", past.root, what="update")))
    head, *rows = book.active.iter_rows(values_only=True)
    assert list(head) == COLUMNS.headers
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "user", "what": "update"}, ["zoe", "ivo"]),
        ({"q": "zoe", "what": "update"}, ["zoe"]),
        ({"what": "delete"}, []),
        ({"what": "update", "p": "2"}, ["zoe", "ivo"]),  # of the whole question
    ],
)
def test_it_holds_what_the_list_asks_for_in_its_order(client, past, asked, found):
    assert [line["object"] for line in lines(client, past.root, **asked)] == found


def test_it_holds_what_is_in_sight(client, past):
    assert [line["object"] for line in lines(client, past.alice, what="update")] == ["ivo"]


def test_each_word_is_the_one_of_the_list(client, past):
    tag = TagFactory()
    tag.delete()
    told = {line["id"]: line["what"] for line in lines(client, past.root)}
    assert {"create", "update", "delete", "sign_in"} <= set(told.values())
    entries = AuditEntry.objects.with_ids(told)
    assert told == {entry.pk: entry.doing for entry in entries}


def test_the_audit_knows_of_the_file(client, past):
    body = taken(client, "csv", past.alice, what="update")
    (entry,) = AuditEntry.objects.of_event("export")
    details = entry.additional_data
    assert (entry.actor, entry.object_repr) == (past.alice, "csv export of the audit")
    assert details["filters"] == {"what": ["update"]}
    assert (details["outcome"], details["rows"], details["bytes"]) == ("complete", 1, len(body))
    assert details["columns"] == COLUMNS.names


def test_who_may_not_take_files_or_read_the_audit_gets_none(client, past):
    assert enter(client, past.bob).get(f"{THERE}csv").status_code == 403
    role = past.alice.roles.get()
    role.permissions.filter(codename="export_user").delete()
    answer = enter(client, past.alice).get("/admin/users/auditentry/")
    assert THERE not in answer.content.decode()
    assert enter(client, past.alice).get(f"{THERE}csv").status_code == 403


def test_what_is_no_format_or_no_question_is_refused(client, past):
    browser = enter(client, past.root)
    assert browser.get(f"{THERE}pdf").status_code == 404
    assert browser.post(f"{THERE}csv").status_code == 404
    answer = browser.get(f"{THERE}csv?what=x")
    assert answer["Location"] == "/admin/users/auditentry/?what=x"
    assert browser.head(f"{THERE}csv").status_code == 200
    assert not AuditEntry.objects.of_event("export").exists()


def test_the_list_leads_to_it_with_its_question(client, past):
    page = enter(client, past.root).get("/admin/users/auditentry/?what=update").content.decode()
    for word in ("csv", "xlsx", "json"):
        assert f'href="{THERE}{word}?what=update"' in page


@pytest.mark.parametrize("count", [2, 200])
def test_a_file_takes_as_many_statements_whatever_it_holds(
    client, past, django_assert_num_queries, count
):
    browser = enter(client, past.root)
    with acting(lambda: past.alice, None):
        for number in range(count):
            past.ivo.phone = f"+39 055 {number}"
            past.ivo.save()
    b"".join(browser.get(f"{THERE}csv").streaming_content)  # types of content are known then
    with django_assert_num_queries(7):
        b"".join(browser.get(f"{THERE}csv").streaming_content)
