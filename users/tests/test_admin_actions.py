"""What the list of people does with those that are ticked, and the end of a suspended session."""

import pytest

from users import rules
from users.models import User

from .browsing import (
    PEOPLE,
    act,
    enter,
    errors_of,
    messages_of,
    page_of,
    people,
    save,
)

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
    values = {"action": "restore", "_selected_action": [str(cast.charlie.pk)]}
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


INVITATIONS = ("invite", "revoke_invitation", "unlock")
FILES = ("export_csv", "export_xlsx", "export_json", "export_pdf")


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("alice", {*FILES, *INVITATIONS, "suspend", "reactivate", "soft_delete", "restore"}),
        ("bob", {*FILES, *INVITATIONS, "suspend", "reactivate"}),
        ("rita", {*FILES}),
    ],
)
def test_only_what_one_may_do_is_offered_and_done(client, cast, who, offered):
    browser = enter(client, getattr(cast, who))
    form = browser.get(PEOPLE).context["action_form"]
    assert {name for name, _ in form.fields["action"].choices if name} == offered
    for action in {"suspend", "soft_delete", "delete_selected"} - offered:
        act(browser, action, cast.charlie)
    cast.charlie.refresh_from_db()
    assert (cast.charlie.status, cast.charlie.deleted_at) == ("active", None)


@pytest.mark.parametrize("ticked", ["x", "\0", "0" * 40])
def test_forged_ticks_are_no_crash(client, cast, ticked):
    values = {"action": "suspend", "_selected_action": [ticked]}
    answer = enter(client, cast.alice).post(PEOPLE, values, follow=True)
    assert messages_of(answer) == ["What was selected does not exist."]
