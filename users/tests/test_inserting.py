"""Many rows at once: what they hold arrives as it is, and what the database refuses is an error."""

from datetime import UTC, datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from users.inserting import insert
from users.models import AuditEntry, User

pytestmark = pytest.mark.django_db
TEXTS = [r"\N", r"\.", "a\tb\nc\rd\\", '"quoted", (%s)', "", "ß漢😀\u2028", "None"]
AT = datetime(2021, 5, 6, 10, 50, 35, 499_999, tzinfo=UTC)


def people(**fields):
    return [
        User(username=f"p{n}", email=f"p{n}@example.com", name=text, description=text, **fields)
        for n, text in enumerate(TEXTS)
    ]


def test_every_text_arrives_as_it_is():
    insert(people(user_metadata={"a": TEXTS, "n": [1, 1.5, None, True]}, last_login=AT))
    found = list(User.objects.order_by("username"))
    assert [person.description for person in found] == TEXTS
    assert {str(person.user_metadata) for person in found} == {
        str({"a": TEXTS, "n": [1, 1.5, None, True]})
    }
    assert {(person.last_login, person.suspended_at, person.mfa_enabled) for person in found} == {
        (AT, None, False)
    }


def test_an_entry_arrives_as_it_is():
    kind = ContentType.objects.get_for_model(User)
    given = {"object_pk": "1", "object_repr": "x\ty", "action": 0, "remote_addr": "2001:db8::7"}
    insert([AuditEntry(content_type=kind, changes={"name": [None, r"\N"]}, **given)])
    entry = AuditEntry.objects.get(object_repr="x\ty")
    assert (entry.remote_addr, entry.changes) == ("2001:db8::7", {"name": [None, r"\N"]})
    assert entry.additional_data is None


def test_what_the_database_refuses_is_an_error_of_django():
    insert(people())
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(people())
    assert User.objects.count() == len(TEXTS)


def test_the_rows_know_that_they_are_stored():
    rows = people()
    insert(rows)
    assert {(row._state.adding, row._state.db) for row in rows} == {(False, "default")}
