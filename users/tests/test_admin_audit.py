"""The audit in the admin: entries in sight, found by what and by whom, changed by nobody."""

import pytest

from users.models import AuditEntry

from .browsing import PEOPLE, enter, page_of

AUDIT = "/admin/users/auditentry/"


def entries(client, **parameters):
    answer = client.get(AUDIT, parameters)
    assert answer.status_code == 200
    return list(answer.context["cl"].queryset)


@pytest.fixture
def past(client, cast):
    """What Alice changed in Europe, and Zoe in Globex."""
    AuditEntry.objects.all().delete()
    for actor, person in ((cast.alice, cast.charlie), (cast.zoe, cast.zoe)):
        values = {"action": "suspend", "_selected_action": [str(cast.ivo.pk)]} | {"confirm": "yes"}
        if actor == cast.alice:
            enter(client, actor).post(PEOPLE, values)
        else:
            from users.actor import acting

            with acting(lambda: cast.zoe, "192.0.2.7"):
                person.phone = "+39"
                person.save()
    b"".join(enter(client, cast.alice).get(f"{PEOPLE}export/csv").streaming_content)
    return cast


def test_entries_are_in_sight(client, past):
    assert {entry.object_repr for entry in entries(enter(client, past.alice))} == {
        "ivo",
        "csv export of users",
    }
    assert "zoe" in {entry.object_repr for entry in entries(enter(client, past.root))}
    hidden = AuditEntry.objects.get(object_repr="zoe")
    assert enter(client, past.alice).get(page_of(hidden)).status_code == 302
    assert enter(client, past.bob).get(AUDIT).status_code == 403


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"event__exact": "export"}, {"csv export of users"}),
        ({"action__exact": "1"}, {"ivo", "zoe"}),
        ({"q": "IVO"}, {"ivo"}),
        ({"q": "zoe@example"}, {"zoe"}),
        ({"timestamp__gte": "2999-01-01 00:00:00Z"}, set()),
        ({"object": "x"}, set()),
        ({"object": ""}, {"ivo", "zoe", "csv export of users"}),
    ],
)
def test_entries_are_found(client, past, asked, found):
    assert {entry.object_repr for entry in entries(enter(client, past.root), **asked)} == found


def test_the_page_of_a_person_leads_to_its_entries(client, past):
    browser = enter(client, past.alice)
    assert "/timeline/" in browser.get(page_of(past.ivo)).content.decode()
    answer = browser.get(page_of(past.ivo).replace("change", "history"))
    assert answer["Location"] == f"{AUDIT}?object={past.ivo.pk}"
    page = browser.get(answer["Location"])
    assert [entry.object_repr for entry in page.context["cl"].queryset] == ["ivo"]


def test_an_entry_shows_its_changes_and_nobody_changes_it(client, past):
    browser = enter(client, past.root)
    entry = AuditEntry.objects.get(object_repr="ivo")
    page = browser.get(page_of(entry)).content.decode()
    assert "<th>status</th><td>active</td><td>suspended</td>" in page
    for url in (page_of(entry), page_of(entry).replace("change", "delete"), f"{AUDIT}add/"):
        assert browser.post(url, {"object_repr": "x"}).status_code == 403
    assert not browser.get(AUDIT).context["cl"].formset
    assert AuditEntry.objects.filter(object_repr="ivo").exists()


@pytest.mark.parametrize(
    "query",
    ["event__exact=x", "action__exact=x", "timestamp__gte=x", "object=%00", "q=%00", "actor=1"],
)
def test_an_odd_address_is_no_crash(client, past, query):
    assert enter(client, past.root).get(f"{AUDIT}?{query}").status_code in (200, 302)
