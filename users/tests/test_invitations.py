"""Invitations: the letter, its link, and what becomes of both; by API, in bulk and in the admin."""

import re
from functools import partial

import pytest
import time_machine
from django.test import Client

from users import invitations
from users.models import AuditEntry, Invitation, User
from users.tests.factories import UserFactory
from usersvc import clock

from .browsing import act, enter, messages_of
from .sending import NEW, address, at_once, faults, send

pytestmark = pytest.mark.django_db
PASSWORD = {"new_password1": "another-l0ng-one", "new_password2": "another-l0ng-one"}
NO_SERVER = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_PORT": 1,
}


@pytest.fixture
def ida(cast):
    """Somebody in Europe who was created and has not come yet."""
    return UserFactory(
        username="ida",
        name="Ida",
        organization=cast.europe,
        status="onboarding",
        email_verified=False,
        password="!",
    )


def link_in(message):
    return re.search(r"http://localhost:\d+(/\S+)", message.body)[1]


def accept(link, browser=None, **words):
    """Open the link of a letter, choose a password, and return the last answer."""
    browser = browser or Client()
    opened = browser.get(link)
    if opened.status_code == 200:
        return opened
    return browser.post(opened["Location"], PASSWORD | words)


def void(answer):
    return answer.status_code == 200 and b"does not work any more" in answer.content


# -- one person, over the API


def test_an_invited_person_chooses_a_password_and_is_active(cast, call, ida, mailoutbox):
    answer = call(cast.bob).post(address(ida, "/invitation"))
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    assert answer.json()["invited_by"] == str(cast.bob.pk)
    (message,) = mailoutbox
    assert message.to == [ida.email]
    assert cast.bob.name in message.body
    assert "24 hours" in message.body
    done = accept(link_in(message))
    assert done.status_code == 302
    assert b"ready" in Client().get(done["Location"]).content
    ida.refresh_from_db()
    assert (ida.status, ida.email_verified) == ("active", True)
    assert ida.emailaddress_set.get().verified
    tokens = {"username": "ida", "password": PASSWORD["new_password1"]}
    assert send(call(), "post", "/api/token", tokens).status_code == 200
    shown = call(cast.bob).get(address(ida, "/invitation")).json()
    assert shown["state"] == "accepted"


def test_the_secret_is_in_the_letter_alone(cast, call, ida, mailoutbox):
    answer = call(cast.bob).post(address(ida, "/invitation"))
    link = link_in(mailoutbox[0])
    secret = link.rsplit("/", 1)[1]
    assert len(secret) >= 40
    assert secret not in answer.content.decode()
    assert secret not in str(Invitation.objects.values().get())
    assert secret not in str(list(AuditEntry.objects.values()))
    opened = Client().get(link)
    assert secret not in opened["Location"]


def test_a_link_works_once(cast, call, ida, mailoutbox):
    call(cast.bob).post(address(ida, "/invitation"))
    link = link_in(mailoutbox[0])
    waiting = Client()
    form = waiting.get(link)["Location"]
    accept(link)
    assert void(accept(link))
    assert void(waiting.post(form, PASSWORD | {"new_password1": "x"}))


def test_a_bad_password_can_be_chosen_again(cast, call, ida, mailoutbox):
    call(cast.bob).post(address(ida, "/invitation"))
    browser = Client()
    answer = accept(link_in(mailoutbox[0]), browser, new_password2="other")
    assert answer.context["form"].errors
    assert browser.post(answer.request["PATH_INFO"], PASSWORD).status_code == 302


def test_another_letter_makes_the_link_before_void(cast, call, ida, mailoutbox):
    with time_machine.travel("2025-06-21T10:00:00Z", tick=False) as clock:
        api = call(cast.bob)
        api.post(address(ida, "/invitation"))
        answer = api.post(address(ida, "/invitation"))
        assert (answer.status_code, answer["Retry-After"]) == (429, "60")
        clock.shift(60)
        assert call(cast.bob).post(address(ida, "/invitation")).json()["times_sent"] == 2
        first, second = map(link_in, mailoutbox)
        assert void(accept(first))
        assert accept(second).status_code == 302


def test_a_link_expires(cast, call, ida, mailoutbox):
    with time_machine.travel("2025-06-21T10:00:00Z", tick=False) as clock:
        call(cast.bob).post(address(ida, "/invitation"))
        clock.shift(24 * 60 * 60 - 1)
        assert Client().get(link_in(mailoutbox[0])).status_code == 302
        clock.shift(1)
        assert void(Client().get(link_in(mailoutbox[0])))
        assert call(cast.bob).get(address(ida, "/invitation")).json()["state"] == "expired"


def test_a_revoked_link_is_void(cast, call, ida, mailoutbox):
    api = call(cast.bob)
    api.post(address(ida, "/invitation"))
    assert api.delete(address(ida, "/invitation")).status_code == 204
    assert api.get(address(ida, "/invitation")).json()["state"] == "revoked"
    assert void(accept(link_in(mailoutbox[0])))
    entry = AuditEntry.objects.filter(object_pk=str(ida.pk)).order_by("-pk").first()
    assert (entry.changes, entry.actor) == ({"invitation": ["open", "revoked"]}, cast.bob)


@pytest.mark.parametrize("verb", ["suspend", "soft_delete"])
def test_who_was_kept_out_meanwhile_cannot_accept(cast, call, ida, mailoutbox, verb):
    call(cast.bob).post(address(ida, "/invitation"))
    getattr(ida, verb)()
    assert void(accept(link_in(mailoutbox[0])))


def test_another_address_makes_the_link_void(cast, call, ida, mailoutbox):
    api = call(cast.bob)
    api.post(address(ida, "/invitation"))
    assert send(api, "patch", address(ida), {"email": "new@example.com"}).status_code == 200
    assert void(accept(link_in(mailoutbox[0])))


@pytest.mark.parametrize("change", [{"status": "active"}, {"status": "inactive"}])
def test_nobody_else_is_invited(cast, call, change, mailoutbox):
    person = UserFactory(organization=cast.europe, **change)
    answer = call(cast.bob).post(address(person, "/invitation"))
    assert answer.status_code == 409
    assert mailoutbox == []


def test_a_letter_that_no_server_takes_is_told_and_nothing_is_lost(cast, call, ida, settings):
    for name, value in NO_SERVER.items():
        setattr(settings, name, value)
    assert call(cast.bob).post(address(ida, "/invitation")).status_code == 503
    assert not Invitation.objects.exists()


def test_what_was_never_sent_is_not_found(cast, call, ida):
    for method in ("get", "delete"):
        assert getattr(call(cast.bob), method)(address(ida, "/invitation")).status_code == 404


@pytest.mark.parametrize("link", ["account/invitation/x/y", "account/invitation/{uid}/open"])
def test_a_garbled_link_tells_nothing(ida, link):
    assert void(Client().get("/" + link.format(uid="MQ")))


def test_the_rules_hold(cast, call, ida):
    assert call(cast.rita).post(address(ida, "/invitation")).status_code == 403
    assert call(cast.zoe).post(address(ida, "/invitation")).status_code == 404
    above = UserFactory(
        organization=cast.europe, status="onboarding", password="!", roles=["Super Admin"]
    )
    for method in ("post", "delete"):
        answer = getattr(call(cast.bob), method)(address(above, "/invitation"))
        assert answer.status_code == 403


def test_a_subject_and_a_name_cannot_add_headers(cast, call, mailoutbox):
    person = UserFactory(
        organization=cast.europe,
        status="onboarding",
        password="!",
        name="x\r\nBcc: evil@example.com",
    )
    call(cast.bob).post(address(person, "/invitation"))
    assert "Bcc" not in dict(mailoutbox[0].message().items())


# -- on creation


def test_a_person_can_be_invited_on_creation(cast, call, mailoutbox):
    answer = send(call(cast.bob), "post", "/users", NEW | {"invite": True})
    assert answer.status_code == 201
    assert mailoutbox[0].to == [answer.json()["email"]]
    assert accept(link_in(mailoutbox[0])).status_code == 302
    assert User.objects.get(pk=answer.json()["id"]).status == "active"


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"password": "another-l0ng-one"}, "password"),
        ({"status": "active"}, "status"),
        ({"invite": "yes"}, "invite"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(cast, call, more, key):
    answer = send(call(cast.bob), "post", "/users", NEW | {"invite": True} | more)
    assert (answer.status_code, list(faults(answer))) == (400, [key])


# -- many


def test_many_are_invited_and_told_apart(
    cast, call, ida, mailoutbox, django_capture_on_commit_callbacks
):
    others = UserFactory.create_batch(
        3, organization=cast.europe, status="onboarding", password="!", email_verified=False
    )
    ids = [str(person.pk) for person in [ida, cast.charlie, *others]]
    with django_capture_on_commit_callbacks(execute=True):
        body = {"action": "invite", "ids": ids}
        answer = send(call(cast.bob), "post", "/users/bulk", body).json()
    assert (answer["done"], answer["skipped"]) == (4, 1)
    assert sorted(message.to[0] for message in mailoutbox) == sorted(
        person.email for person in [ida, *others]
    )
    assert accept(link_in(mailoutbox[0])).status_code == 302
    body["action"] = "revoke_invitation"
    assert send(call(cast.bob), "post", "/users/bulk", body).json()["done"] == 3
    assert void(accept(link_in(mailoutbox[1])))


def test_letters_that_do_not_leave_can_be_sent_again(
    cast, call, ida, settings, mailoutbox, django_capture_on_commit_callbacks
):
    backend = settings.EMAIL_BACKEND
    body = {"action": "invite", "ids": [str(ida.pk)]}
    for name, value in NO_SERVER.items():
        setattr(settings, name, value)
    with django_capture_on_commit_callbacks(execute=True):
        send(call(cast.bob), "post", "/users/bulk", body)
    assert call(cast.bob).get(address(ida, "/invitation")).json()["state"] == "unsent"
    settings.EMAIL_BACKEND = backend
    with django_capture_on_commit_callbacks(execute=True):
        assert send(call(cast.bob), "post", "/users/bulk", body).json()["done"] == 1
    assert len(mailoutbox) == 1


def test_a_block_is_invited_in_few_queries(cast, django_assert_max_num_queries):
    people = UserFactory.create_batch(
        30, organization=cast.europe, status="onboarding", password="!", email_verified=False
    )
    with django_assert_max_num_queries(5):
        assert invitations.Invite().unsuited(people) == {}
        invitations.Invite().write(people)


# -- in the admin


def test_the_admin_invites_and_revokes(
    client, cast, ida, mailoutbox, django_capture_on_commit_callbacks
):
    browser = enter(client, cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        assert messages_of(act(browser, "invite", ida)) == ["1 user invited."]
    page = browser.get("/admin/users/invitation/?state=pending").content.decode()
    assert "ida" in page
    row = Invitation.objects.get()
    chosen = {"action": "revoke_invitation", "_selected_action": [str(row.pk)]}
    browser.post("/admin/users/invitation/", chosen)
    assert void(accept(link_in(mailoutbox[0])))
    left = browser.get("/admin/users/invitation/?state=pending").context["cl"]
    assert list(left.result_list) == []
    assert browser.get(f"/admin/users/invitation/{row.pk}/change/").status_code == 200


def test_the_admin_shows_invitations_of_people_in_sight_only(client, cast, ida, call):
    call(cast.bob).post(address(ida, "/invitation"))
    page = enter(client, cast.zoe).get("/admin/users/invitation/")
    assert list(page.context["cl"].result_list) == []


@pytest.mark.parametrize("state", ["pending", "unsent", "expired", "revoked", "accepted"])
def test_states_in_sql_are_those_in_python(cast, ida, state):
    facts = {
        "pending": {"sent_at": "2025-06-21T10:00:00Z", "expires_at": "2025-06-22T10:00:00Z"},
        "unsent": {"expires_at": "2025-06-22T10:00:00Z"},
        "expired": {"sent_at": "2025-06-20T10:00:00Z", "expires_at": "2025-06-21T10:00:00Z"},
        "revoked": {
            "sent_at": "2025-06-20T10:00:00Z",
            "expires_at": "2025-06-21T10:00:00Z",
            "revoked_at": "2025-06-20T11:00:00Z",
        },
        "accepted": {
            "sent_at": "2025-06-20T10:00:00Z",
            "expires_at": "2025-06-21T10:00:00Z",
            "accepted_at": "2025-06-20T11:00:00Z",
        },
    }
    Invitation.objects.create(person=ida, secret="x", **facts[state])
    with time_machine.travel("2025-06-21T10:00:00Z", tick=False):
        row = Invitation.objects.get()
        assert row.state(clock.now()) == state
        assert Invitation.objects.in_state(state, clock.now()).count() == 1
        others = set(facts) - {state}
        for other in others:
            assert not Invitation.objects.in_state(other, clock.now()).exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_accept_at_once_one_wins(cast, call, ida, mailoutbox):
    call(cast.bob).post(address(ida, "/invitation"))
    link, browsers = link_in(mailoutbox[0]), [Client(), Client()]
    forms = [browser.get(link)["Location"] for browser in browsers]

    def choose(place):
        words = dict.fromkeys(PASSWORD, f"another-l0ng-one-{place}")
        return browsers[place].post(forms[place], words).status_code

    codes = at_once(partial(choose, 0), partial(choose, 1))
    assert sorted(codes) == [200, 302]
    ida.refresh_from_db()
    assert ida.check_password(f"another-l0ng-one-{codes.index(302)}")
