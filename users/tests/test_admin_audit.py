"""The audit in the admin: entries in sight, found by what and by whom, changed by nobody."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from users import witnessing
from users.actor import acting
from users.admin.audit_question import AuditQuestion
from users.models import AuditEntry, audit_queryset
from users.models.doings import DEEDS

from .browsing import PEOPLE, enter, page_of
from .factories import TagFactory, UserFactory
from .receiving import webhook_of

AUDIT = "/admin/users/auditentry/"


def entries(client, **parameters):
    answer = client.get(AUDIT, parameters)
    assert answer.status_code == 200
    return [entry for entry in answer.context["cl"].queryset if entry.doing in DEEDS]


def change(cast):
    """Let Alice change somebody in Europe, and Zoe somebody in Globex."""
    AuditEntry.objects.all().delete()
    client = Client()
    values = {"action": "suspend", "_selected_action": [str(cast.ivo.pk)]} | {"confirm": "yes"}
    enter(client, cast.alice).post(PEOPLE, values)
    with acting(lambda: cast.zoe, "192.0.2.7"):
        cast.zoe.phone = "+39"
        cast.zoe.save()
    b"".join(enter(client, cast.alice).get(f"{PEOPLE}export/csv").streaming_content)


pytestmark = [pytest.mark.django_db, pytest.mark.one_cast(add=change)]


def test_entries_are_in_sight(client, cast):
    assert {entry.object_repr for entry in entries(enter(client, cast.alice))} == {
        "ivo",
        "csv export of users",
    }
    assert "zoe" in {entry.object_repr for entry in entries(enter(client, cast.root))}
    hidden = AuditEntry.objects.get(object_repr="zoe")
    assert enter(client, cast.alice).get(page_of(hidden)).status_code == 302
    assert enter(client, cast.bob).get(AUDIT).status_code == 403


FOUND = [
    ({"what": "export"}, {"csv export of users"}),
    ({"what": "update"}, {"ivo", "zoe"}),
    ({"what": ["update", "export"]}, {"ivo", "zoe", "csv export of users"}),
    ({"what": ["create", "delete", "import", "seed"]}, set()),
    ({"kind": "user"}, {"ivo", "zoe", "csv export of users"}),
    ({"kind": ["role", "policy"]}, set()),
    ({"actor": "zoe"}, {"zoe"}),
    ({"actor": "nobody"}, set()),
    ({"object": "ivo"}, {"ivo"}),
    ({"object": "x"}, set()),
    ({"object": ""}, {"ivo", "zoe", "csv export of users"}),
    ({"q": "IVO"}, {"ivo"}),
    ({"q": "zoe@example"}, {"zoe"}),
    ({"q": "zoe ivo"}, set()),
    ({"at_from": "2999-01-01"}, set()),
    ({"at_to": "2999-01-01"}, {"ivo", "zoe", "csv export of users"}),
    ({"at_to": "2001-01-01"}, set()),
    ({"p": "2"}, {"ivo", "zoe", "csv export of users"}),  # of the whole question
]


@pytest.mark.parametrize(("asked", "found"), FOUND)
def test_entries_are_found(client, cast, asked, found):
    people = {"ivo": cast.ivo, "zoe": cast.zoe}
    ids = {
        name: str(people[value].pk) if name in ("actor", "object") and value in people else value
        for name, value in asked.items()
    }
    assert {entry.object_repr for entry in entries(enter(client, cast.root), **ids)} == found


def test_every_filter_of_the_audit_is_tested():
    assert {name for asked, _ in FOUND for name in asked} == set(AuditQuestion.base_filters)


def test_a_search_looks_at_the_newest_and_says_so(client, cast, monkeypatch):
    monkeypatch.setattr(audit_queryset, "SEARCHED", 2)  # the file, and the sign-in after it
    browser = enter(client, cast.root)
    assert entries(browser, q="ivo") == []
    assert [entry.object_repr for entry in entries(browser, q="csv")] == ["csv export of users"]
    assert b"entries are searched" in browser.get(AUDIT, {"q": "csv"}).content


def test_the_page_of_a_person_leads_to_its_entries(client, cast):
    browser = enter(client, cast.alice)
    assert "/timeline/" in browser.get(page_of(cast.ivo)).content.decode()
    answer = browser.get(page_of(cast.ivo).replace("change", "history"))
    assert answer["Location"] == f"{AUDIT}?object={cast.ivo.pk}"
    page = browser.get(answer["Location"])
    assert [(entry.object_repr, entry.doing) for entry in page.context["cl"].queryset] == [
        ("ivo", "view"),
        ("ivo", "update"),
    ]


def test_an_entry_shows_its_changes_and_nobody_changes_it(client, cast):
    browser = enter(client, cast.root)
    entry = AuditEntry.objects.get(object_repr="ivo", event="change")
    page = browser.get(page_of(entry)).content.decode()
    assert "<del>active</del></td><td><ins>suspended</ins>" in page
    for url in (page_of(entry), page_of(entry).replace("change", "delete"), f"{AUDIT}add/"):
        assert browser.post(url, {"object_repr": "x"}).status_code == 403
    assert not browser.get(AUDIT).context["cl"].formset
    assert AuditEntry.objects.filter(object_repr="ivo").exists()


@pytest.mark.parametrize(
    "query",
    ["event__exact=x", "what=x", "kind=session", "at_from=x", "q=%00", "p=0", "who=1"],
)
def test_a_question_that_is_not_understood_shows_nothing_and_says_why(client, cast, query):
    answer = enter(client, cast.root).get(f"{AUDIT}?{query}")
    assert answer.status_code == 400
    assert [fault.key for fault in answer.context["cl"].faults] == [query.split("=")[0]]
    assert answer.context["cl"].told == []


@pytest.mark.parametrize("query", ["object=%00", "actor=1", "actor=x&object=y", "p=99"])
def test_an_odd_address_is_no_crash(client, cast, query):
    assert enter(client, cast.root).get(f"{AUDIT}?{query}").status_code in (200, 400)


# -- in words


def told(client, **parameters):
    return client.get(AUDIT, parameters).context["cl"].told


def test_a_change_is_told_with_who_where_and_what_it_was_before(client, cast):
    (one,) = told(enter(client, cast.root), object=str(cast.ivo.pk))
    assert (one.who, one.words, one.kind) == ("alice", "Changed", "User")
    assert one.page == page_of(cast.ivo)
    status = next(each for each in one.differences if each.label == "Status")
    assert (status.before, status.after) == ("active", "suspended")
    (zoe,) = told(client, object=str(cast.zoe.pk))
    assert (zoe.entry.remote_addr, zoe.differences[0].after) == ("192.0.2.7", "+39")
    (taken,) = told(client, what="export")
    assert ("format", "csv") in taken.details


def test_lists_are_told_in_words(client, cast):
    hook = webhook_of(cast.root, events=["user.created", "user.deleted"])
    hook.events = ["job.done"]
    hook.save()
    newest = told(enter(client, cast.root), object=str(hook.pk))[0]
    (change,) = newest.differences
    assert (change.before, change.after) == ("user.created, user.deleted", "job.done")
    witnessing.signed_in(cast.ivo, ["pwd", "otp"])
    assert told(client, what="sign_in")[0].details == [("methods", "pwd, otp")]


def test_places_have_their_names_where_they_are_in_sight(client, cast):
    cast.ivo.organization = cast.europe
    cast.ivo.save()
    sides = [
        (each.before, each.after)
        for one in told(enter(client, cast.alice), object=str(cast.ivo.pk))
        for each in one.differences
        if each.label == "Organization"
    ]
    assert sides == [("Acme Italy", "Acme Europe")]
    cast.ivo.organization = cast.asia
    cast.ivo.save()
    newest = told(enter(client, cast.root), object=str(cast.ivo.pk))[0]
    place = next(each for each in newest.differences if each.label == "Organization")
    assert (place.before, place.after) == ("Acme Europe", "Acme Asia")
    AuditEntry.objects.filter(pk=newest.entry.pk).update(organization=cast.europe)
    hidden = told(enter(client, cast.alice), object=str(cast.ivo.pk))[0]
    place = next(each for each in hidden.differences if each.label == "Organization")
    assert place.after == str(cast.asia.pk)


def test_what_is_gone_has_no_page(client, cast):
    tag = TagFactory(name="gone")
    tag.delete()
    browser = enter(client, cast.root)
    gone, made = told(browser, kind="tag")
    assert (gone.words, gone.page, made.words) == ("Deleted", "", "Created")
    assert ("Name", "gone") in [(each.label, each.after) for each in made.differences]


def test_a_page_of_the_audit_asks_as_much_for_many_as_for_few_and_counts_no_more_than_its_cap(
    client, cast, monkeypatch
):
    browser = enter(client, cast.root)
    browser.get(AUDIT)
    with CaptureQueriesContext(connection) as few:
        browser.get(AUDIT)
    for person in UserFactory.create_batch(40, organization=cast.italy):
        person.organization = cast.europe
        person.save()
    with CaptureQueriesContext(connection) as many:
        assert len(told(browser)) == 50
    assert len(many) <= len(few) + 2  # the names of organizations and of connections
    assert len(many) <= 16
    counts = [each["sql"] for each in many if "COUNT(" in each["sql"] and "audit" in each["sql"]]
    assert counts
    assert all("LIMIT 10001" in sql for sql in counts)
