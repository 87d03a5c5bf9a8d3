"""The tab about a person's rights: what it shows to whom, the archive, and the erasure."""

from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users.models import AuditEntry, User

from .browsing import PEOPLE, enter, messages_of, page_of
from .test_export_register import taken

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
EXPORT = "/users/export?format=csv"


def page(person, name):
    return f"{PEOPLE}{person.pk}/{name}"


def text_of(answer):
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_the_files_that_held_the_person_are_listed(client, cast, call):
    taken(call(cast.alice).get(EXPORT))
    AuditEntry.objects.record_event(User, "export", "csv export of users", outcome="started")
    text = text_of(enter(client, cast.root).get(page(cast.bob, "privacy/")))
    assert ">alice<" in text
    assert "may have held</span>" in text
    assert ">complete</span>" in text
    assert "No file" in text_of(client.get(page(cast.zoe, "privacy/"))) or "may have" in text


@pytest.mark.parametrize(
    ("who", "sees"),
    [("root", "eax"), ("sue", "eax"), ("alice", "ea"), ("bob", ""), ("rita", "")],
)
def test_everybody_sees_what_is_his_to_see(client, cast, who, sees):
    browser = enter(client, getattr(cast, who))
    answer = browser.get(page(cast.ivo, "privacy/"))
    assert answer.status_code == (200 if sees else 403)
    assert ("Privacy</a>" in text_of(browser.get(page_of(cast.ivo)))) is bool(sees)
    told = answer.content.decode()
    for sign, words in (("e", "Files that held"), ("a", "export/archive"), ("x", "/erase/")):
        assert (words in told) is (sign in sees)
    assert browser.get(page(cast.ivo, "export/archive")).status_code == (
        200 if "a" in sees else 403
    )
    assert browser.get(page(cast.ivo, "erase/")).status_code == (200 if "x" in sees else 403)


def test_who_is_out_of_sight_is_nobody(client, cast):
    browser = enter(client, cast.sue)
    for name in ("privacy/", "export/archive", "erase/"):
        assert browser.get(page(cast.zoe, name)).status_code == 404


def test_the_username_is_typed_before_anybody_is_erased(client, cast):
    browser = enter(client, cast.root)
    for typed in ("", "alice"):
        answer = browser.post(page(cast.bob, "erase/"), {"typed": typed})
        assert answer.context["form"].errors
        assert User.objects.with_ids([cast.bob.pk]).exists()
    answer = browser.post(page(cast.bob, "erase/"), {"typed": " BOB "}, follow=True)
    [message] = messages_of(answer)
    assert "The user is erased" in message
    assert "bob" not in message
    assert not User.all_objects.with_ids([cast.bob.pk]).exists()
    assert browser.get(page(cast.bob, "privacy/")).status_code == 404


def test_the_rules_hold_and_their_reason_is_told(client, cast):
    browser = enter(client, cast.sue)
    assert "You cannot do this to yourself." in text_of(browser.get(page(cast.sue, "privacy/")))
    for typed in (None, {"typed": "sue"}):
        send = browser.get if typed is None else browser.post
        assert send(page(cast.sue, "erase/"), typed).status_code == 403


def test_a_deleted_person_has_rights_too(client, cast):
    cast.bob.soft_delete()
    browser = enter(client, cast.root)
    assert "Erase …" in text_of(browser.get(page(cast.bob, "privacy/")))
    assert browser.post(page(cast.bob, "erase/"), {"typed": "bob"}).status_code == 302
    assert not User.all_objects.with_ids([cast.bob.pk]).exists()


def test_an_entry_that_forgot_is_still_shown(client, cast, call):
    taken(call(cast.root).get(f"{EXPORT}&search=bob@example.com"))
    browser = enter(client, cast.root)
    browser.post(page(cast.bob, "erase/"), {"typed": "bob"})
    for entry in AuditEntry.objects.of_event("export"):
        assert browser.get(f"/admin/users/auditentry/{entry.pk}/change/").status_code == 200
    text_of(browser.get(page(cast.alice, "privacy/")))


def test_the_number_of_queries_does_not_grow(client, cast, call):
    browser = enter(client, cast.root)

    def queries():
        with CaptureQueriesContext(connection) as found:
            text_of(browser.get(page(cast.bob, "privacy/")))
        return len(found)

    taken(call(cast.alice).get(EXPORT))
    queries()
    few = queries()
    for _ in range(5):
        taken(call(cast.alice).get(EXPORT))
        taken(call(cast.rita).get(EXPORT))
    assert queries() == few
