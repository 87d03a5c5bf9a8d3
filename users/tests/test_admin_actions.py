"""What the list of people does with those that are ticked, and the end of a suspended session."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine

from users import rules
from users.models import User
from usersvc import clock

from .browsing import (
    PEOPLE,
    act,
    choices_of,
    enter,
    errors_of,
    messages_of,
    page_of,
    people,
    role,
    save,
)
from .factories import GroupFactory, TagFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

# -- the status and the actions


def test_suspension_ends_the_session_at_once_and_reactivation_restores(client, cast):
    from django.test import Client

    cast.bob.status = "risky"
    cast.bob.mfa_enabled = True
    cast.bob.save()
    bobs = enter(Client(), cast.bob)
    assert bobs.get("/admin/").status_code == 200
    browser = enter(client, cast.alice)
    assert messages_of(act(browser, "suspend", cast.bob)) == ["1 user suspended."]
    assert bobs.get("/admin/").status_code == 302
    page = browser.get(page_of(cast.bob))
    assert "status" not in page.context["adminform"].form.fields
    assert save(browser, cast.bob, status="active", name="Robert").status_code == 302
    cast.bob.refresh_from_db()
    assert (cast.bob.status, cast.bob.name) == ("suspended", "Robert")
    assert messages_of(act(browser, "reactivate", cast.bob))[-1] == "1 user reactivated."
    cast.bob.refresh_from_db()
    assert cast.bob.status == "risky"
    assert bobs.get("/admin/").status_code == 302


def test_the_form_suspends_nobody(client, cast):
    answer = save(enter(client, cast.alice), cast.charlie, status="suspended")
    assert set(errors_of(answer)) == {"status"}


def test_deletion_is_soft_and_restored(client, cast):
    browser = enter(client, cast.alice)
    url = page_of(cast.charlie).replace("change", "delete")
    assert browser.get(url).status_code == 200
    assert browser.post(url, {"post": "yes"}).status_code == 302
    assert act(browser, "soft_delete", cast.ivo).status_code == 200
    assert not {"charlie", "ivo"} & set(people(browser))
    assert set(people(browser, deleted="deleted")) == {"charlie", "ivo"}
    page = browser.get(page_of(cast.charlie))
    assert not page.context["has_change_permission"]
    url = f"{PEOPLE}?deleted=deleted"
    ticked = [str(cast.charlie.pk)]
    values = {"action": "restore", "_selected_action": ticked, "confirm": "yes"}
    assert messages_of(browser.post(url, values, follow=True)) == ["1 user restored."]
    assert "charlie" in people(browser)
    assert User.all_objects.filter(username__in=["charlie", "ivo"]).count() == 2


def test_actions_skip_whom_they_must_and_say_why(client, cast):
    browser = enter(client, cast.bob)
    told = messages_of(act(browser, "suspend", cast.bob, across=True))
    assert set(told) == {
        "4 users suspended.",
        f"1 user skipped: {rules.BEYOND}",
        f"1 user skipped: {rules.NOT_YOURSELF}",
    }
    assert set(people(browser, status="active")) == {"bob", "alice"}


def test_actions_reach_nobody_out_of_sight(client, cast):
    browser = enter(client, cast.alice)
    act(browser, "suspend", cast.akira, cast.zoe)
    act(browser, "soft_delete", cast.akira, cast.zoe)
    assert User.objects.with_status(["active"]).filter(username__in=["akira", "zoe"]).count() == 2


ENDING = ("logout", "reset_mfa", "set_schedule", "clear_schedule")
BELONGING = ("add_group", "remove_group", "add_tag", "remove_tag")
INVITATIONS = ("invite", "revoke_invitation", "unlock", *BELONGING, *ENDING)
RULING = ("soft_delete", "restore", "add_role", "remove_role", "move")
FILES = ("export_dialog", "export_csv", "export_xlsx", "export_json", "export_pdf")


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("alice", {*FILES, *INVITATIONS, "suspend", "reactivate", *RULING}),
        ("bob", {*FILES, *INVITATIONS, "suspend", "reactivate"}),
        ("rita", {*FILES}),
    ],
)
def test_only_what_one_may_do_is_offered_and_done(client, cast, who, offered):
    browser = enter(client, getattr(cast, who))
    form = browser.get(PEOPLE).context["action_form"]
    assert choices_of(form) == offered
    for action in {"suspend", "soft_delete", "delete_selected"} - offered:
        act(browser, action, cast.charlie)
    cast.charlie.refresh_from_db()
    assert (cast.charlie.status, cast.charlie.deleted_at) == ("active", None)


def test_who_takes_no_files_is_offered_the_rest(client, cast):
    permissions = cast.bob.roles.get().permissions
    permissions.remove(*permissions.filter(codename="export_user"))
    form = enter(client, cast.bob).get(PEOPLE).context["action_form"]
    assert choices_of(form) == {*INVITATIONS, "suspend", "reactivate"}


@pytest.mark.parametrize("ticked", ["x", "\0", "0" * 40])
def test_forged_ticks_are_no_crash(client, cast, ticked):
    values = {"action": "suspend", "_selected_action": [ticked]}
    answer = enter(client, cast.alice).post(PEOPLE, values, follow=True)
    assert messages_of(answer) == ["What was selected does not exist."]


# -- shown first, done then, undone if at once


def ask(browser, action, *rows, query="", **more):
    values = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return browser.post(f"{PEOPLE}{query}", values | more)


def test_what_would_happen_is_shown_and_nothing_is_done(client, cast):
    answer = ask(enter(client, cast.bob), "suspend", cast.bob, cast.charlie, cast.alice)
    assert answer.status_code == 200
    text = unescape(answer.content.decode())
    assert "<strong>1 user</strong> will be suspended" in text
    for reason in (rules.BEYOND, rules.NOT_YOURSELF):
        assert f"1 user skipped: {reason}" in text
    assert not User.objects.with_status(["suspended"]).exists()


def test_all_that_match_are_shown_and_done(client, cast):
    browser = enter(client, cast.alice)
    query = f"?organization={cast.italy.pk}"
    answer = ask(browser, "suspend", cast.alice, query=query, select_across="1")
    assert "<strong>1 user</strong> will be suspended" in answer.content.decode()
    ask(browser, "suspend", cast.alice, query=query, select_across="1", confirm="yes")
    assert [person.username for person in User.objects.with_status(["suspended"])] == ["ivo"]


def test_a_question_that_is_not_understood_is_done_to_nobody(client, cast):
    query = "?organisation=x"
    ask(enter(client, cast.alice), "suspend", query=query, select_across="1", confirm="yes")
    assert not User.objects.with_status(["suspended"]).exists()


@pytest.mark.parametrize(
    ("word", "field", "thing"),
    [("group", "groups", GroupFactory), ("tag", "tags", TagFactory)],
)
def test_things_are_given_and_taken(client, cast, word, field, thing):
    row = thing(name="Chess")
    browser = enter(client, cast.bob)
    form = ask(browser, f"add_{word}", cast.ivo).content.decode()
    assert 'name="thing"' in form
    assert "Chess" not in form  # looked up, for there may be very many
    assert "will be" not in form
    values = {"thing": str(row.pk), "asked": "yes"}
    shown = ask(browser, f"add_{word}", cast.ivo, **values).content.decode()
    assert "<strong>1 user</strong> will be" in shown
    ask(browser, f"add_{word}", cast.ivo, **values, confirm="yes")
    assert list(getattr(cast.ivo, field).all()) == [row]
    ask(browser, f"remove_{word}", cast.ivo, **values, confirm="yes")
    assert not getattr(cast.ivo, field).exists()


def test_a_role_is_given_only_within_ones_own(client, cast):
    browser = enter(client, cast.alice)
    reader, beyond = role("Reader"), role("Super Admin")
    ask(browser, "add_role", cast.ivo, thing=str(reader.pk), asked="yes", confirm="yes")
    assert list(cast.ivo.roles.all()) == [reader]
    answer = ask(browser, "add_role", cast.ivo, thing=str(beyond.pk), asked="yes", confirm="yes")
    assert "Select a valid choice" in answer.content.decode()
    assert list(cast.ivo.roles.all()) == [reader]


def test_people_are_moved_within_sight(client, cast):
    browser = enter(client, cast.alice)
    values = {"asked": "yes", "confirm": "yes"}
    answer = ask(browser, "move", cast.ivo, thing=str(cast.globex.pk), **values)
    assert "Select a valid choice" in answer.content.decode()
    ask(browser, "move", cast.ivo, thing=str(cast.europe.pk), **values)
    cast.ivo.refresh_from_db()
    assert cast.ivo.organization == cast.europe


def test_a_schedule_is_set_and_taken_away(client, cast):
    browser = enter(client, cast.bob)
    when = {"ends_at_0": "2030-01-31", "ends_at_1": "18:00", "timezone": "europe/rome"}
    shown = ask(browser, "set_schedule", cast.ivo, asked="yes", **when).content.decode()
    assert "until 2030-01-31 18:00 UTC" in shown
    ask(browser, "set_schedule", cast.ivo, asked="yes", confirm="yes", **when)
    cast.ivo.refresh_from_db()
    assert cast.ivo.access_ends_at == datetime(2030, 1, 31, 18, tzinfo=UTC)
    assert cast.ivo.access_timezone == "Europe/Rome"
    assert "will be" in ask(browser, "clear_schedule", cast.ivo).content.decode()
    ask(browser, "clear_schedule", cast.ivo, confirm="yes")
    cast.ivo.refresh_from_db()
    assert cast.ivo.access_ends_at is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Say when it starts"),
        ({"starts_at_0": "2030-02-01", "starts_at_1": "0:00"}, "must end after"),
        ({"timezone": "Mars/Base"}, "Mars/Base is not an IANA time zone"),
        ({"ends_at_0": "soon"}, "Enter a valid date"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_told(client, cast, given, words):
    ends = {"ends_at_0": "2030-01-01", "ends_at_1": "0:00"} if given else {}
    values = {"timezone": "UTC", **ends, **given, "asked": "yes", "confirm": "yes"}
    answer = ask(enter(client, cast.bob), "set_schedule", cast.ivo, **values)
    assert words in unescape(answer.content.decode())
    cast.ivo.refresh_from_db()
    assert (cast.ivo.access_starts_at, cast.ivo.access_ends_at) == (None, None)


def test_what_happened_to_each_is_told(client, cast):
    browser = enter(client, cast.bob)
    page = act(browser, "suspend", cast.bob, cast.charlie, cast.ivo)
    assert f"{PEOPLE}outcomes" in page.content.decode()
    assert f"{PEOPLE}outcomes" not in browser.get(PEOPLE).content.decode()
    rows = browser.get(f"{PEOPLE}outcomes").context["rows"]
    told = {person.name: reason for person, reason in rows}
    assert told == {
        cast.bob.name: rules.NOT_YOURSELF,
        cast.charlie.name: "",
        cast.ivo.name: "",
    }


def test_a_preview_names_some_and_no_stranger(client, cast):
    browser = enter(client, cast.bob)
    text = ask(browser, "suspend", cast.bob, cast.charlie).content.decode()
    for person in (cast.bob, cast.charlie):
        assert page_of(person) in text
    assert page_of(cast.ivo) not in text


UNDO = f"{PEOPLE}undo"


@pytest.mark.parametrize("action", ["suspend", "soft_delete"])
def test_what_was_done_is_undone(client, cast, action):
    cast.ivo.status = "risky"
    cast.ivo.save()
    browser = enter(client, cast.alice)
    page = act(browser, action, cast.ivo, cast.charlie)
    assert UNDO in page.content.decode()
    undone = browser.post(UNDO, follow=True)
    assert messages_of(undone)[-1].startswith("2 users re")
    cast.ivo.refresh_from_db()
    assert (cast.ivo.status, cast.ivo.deleted_at) == ("risky", None)
    assert UNDO not in undone.content.decode()
    assert "too late" in messages_of(browser.post(UNDO, follow=True))[-1]


def test_only_those_who_were_changed_are_changed_back(client, cast):
    browser = enter(client, cast.alice)
    chess = GroupFactory(name="Chess")
    cast.ivo.groups.add(chess)
    values = {"thing": str(chess.pk), "asked": "yes", "confirm": "yes"}
    ask(browser, "add_group", cast.ivo, cast.charlie, **values)
    browser.post(UNDO)
    assert [person.username for person in User.objects.in_groups([chess.pk])] == ["ivo"]


def test_later_it_is_not_undone(client, cast):
    browser = enter(client, cast.alice)
    act(browser, "suspend", cast.ivo)
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        assert UNDO not in browser.get(PEOPLE).content.decode()
        assert "too late" in messages_of(browser.post(UNDO, follow=True))[-1]
    cast.ivo.refresh_from_db()
    assert cast.ivo.status == "suspended"


def test_what_cannot_be_undone_is_not_offered_to_be(client, cast):
    browser = enter(client, cast.alice)
    act(browser, "suspend", cast.ivo)
    values = {"thing": str(cast.italy.pk), "asked": "yes", "confirm": "yes"}
    ask(browser, "move", cast.charlie, **values)
    assert UNDO not in browser.get(PEOPLE).content.decode()
    assert browser.get(UNDO).status_code == 405


def test_who_lost_the_right_undoes_nothing(client, cast):
    browser = enter(client, cast.bob)
    act(browser, "suspend", cast.ivo)
    cast.bob.roles.set([role("Reader")])
    assert browser.post(UNDO).status_code == 403
    cast.ivo.refresh_from_db()
    assert cast.ivo.status == "suspended"
