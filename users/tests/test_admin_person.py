"""The page of a person: its header, its buttons, its tabs, and what each lets one do."""

from html import unescape

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from users import actor, operations, rules, tokens
from users.models import AuditEntry, Invitation, TokenFamily, User

from .browsing import PEOPLE, enter, errors_of, fields_of, messages_of, page_of, role, save
from .factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]


def base(person):
    return f"{PEOPLE}{person.pk}/"


def text_of(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def offered(browser, person):
    """Return the verbs that are offered, and those that are refused with their reasons."""
    buttons = browser.get(page_of(person)).context["buttons"]
    may = {each.address.rpartition("/")[2] for each in buttons if not each.refusal}
    refused = {each.address.rpartition("/")[2]: each.refusal for each in buttons if each.refusal}
    return may, refused


# -- header and buttons


def test_the_header_says_who_it_is_and_why(client, cast):
    cast.ivo.suspend()
    text = text_of(enter(client, cast.alice), page_of(cast.ivo))
    for words in (cast.ivo.name, cast.ivo.email, "Acme Italy", "Suspended 0"):
        assert words in text


def test_what_fits_is_offered(client, cast):
    browser = enter(client, cast.alice)
    always = {"logout", "set_schedule", "suspend", "soft_delete"}
    assert offered(browser, cast.ivo) == (always, {})
    Authenticator.objects.create(user=cast.ivo, type="totp", data={"secret": "x"})
    assert offered(browser, cast.ivo)[0] == always | {"reset_mfa"}
    cast.ivo.refresh_from_db()
    cast.ivo.suspend()
    assert "reactivate" in offered(browser, cast.ivo)[0]
    assert "suspend" not in offered(browser, cast.ivo)[0]
    cast.ivo.soft_delete()
    assert offered(browser, cast.ivo) == ({"restore"}, {})
    new = UserFactory(organization=cast.italy, status="onboarding", email_verified=False)
    assert "invite" in offered(browser, new)[0]


def test_what_the_rules_refuse_comes_with_its_reason(client, cast):
    may, refused = offered(enter(client, cast.alice), cast.alice)
    assert refused["suspend"] == refused["soft_delete"] == rules.NOT_YOURSELF
    assert may == set()
    may, refused = offered(enter(client, cast.bob), cast.alice)
    assert may == set()
    assert set(refused.values()) == {rules.BEYOND}
    assert offered(enter(client, cast.rita), cast.ivo) == (set(), {})


@pytest.mark.parametrize(
    ("name", "after"),
    [("suspend", ("suspended", False)), ("soft_delete", ("active", True))],
)
def test_a_button_asks_first_and_does_it_then(client, cast, name, after):
    browser = enter(client, cast.alice)
    there = f"{base(cast.ivo)}do/{name}"
    assert "will be" in text_of(browser, there)
    assert "will be" in unescape(browser.post(there).content.decode())
    cast.ivo.refresh_from_db()
    assert (cast.ivo.status, cast.ivo.deleted_at) == ("active", None)
    answer = browser.post(there, {"confirm": "yes"})
    assert answer["Location"] == page_of(cast.ivo)
    person = User.all_objects.get(pk=cast.ivo.pk)
    assert (person.status, person.deleted_at is not None) == after


def test_a_button_may_ask_for_more(client, cast):
    browser = enter(client, cast.bob)
    there = f"{base(cast.ivo)}do/set_schedule"
    assert "will be" not in text_of(browser, there)
    when = {"ends_at_0": "2030-01-31", "ends_at_1": "18:00", "timezone": "UTC"}
    browser.post(there, when | {"confirm": "yes"})
    cast.ivo.refresh_from_db()
    assert cast.ivo.access_ends_at.year == 2030
    answer = browser.post(there, {"timezone": "UTC", "confirm": "yes"})
    assert "Say when it starts" in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "whom", "name", "status"),
    [
        ("rita", "ivo", "suspend", 403),
        ("alice", "zoe", "suspend", 404),
        ("alice", "ivo", "nonsense", 404),
        ("bob", "ivo", "soft_delete", 403),
    ],
)
def test_who_may_not_does_nothing(client, cast, who, whom, name, status):
    browser = enter(client, getattr(cast, who))
    person = getattr(cast, whom)
    there = f"{base(person)}do/{name}"
    assert browser.post(there, {"confirm": "yes"}).status_code == status
    person.refresh_from_db()
    assert (person.status, person.deleted_at) == ("active", None)


def test_the_rules_hold_behind_the_buttons(client, cast):
    browser = enter(client, cast.bob)
    told = browser.post(f"{base(cast.alice)}do/suspend", {"confirm": "yes"}, follow=True)
    assert messages_of(told) == [f"1 user skipped: {rules.BEYOND}"]


# -- the form


def test_what_somebody_else_changed_meanwhile_is_not_written_over(client, cast):
    browser = enter(client, cast.alice)
    values = fields_of(browser.get(page_of(cast.ivo))) | {"nickname": "Mine"}
    assert values["seen"]
    cast.ivo.nickname = "Theirs"
    cast.ivo.save()
    answer = browser.post(page_of(cast.ivo), values)
    assert "changed this person meanwhile" in str(errors_of(answer)["seen"])
    cast.ivo.refresh_from_db()
    assert cast.ivo.nickname == "Theirs"


def test_the_pane_with_a_mistake_comes_first(client, cast):
    answer = save(enter(client, cast.alice), cast.ivo, access_timezone="IST")
    first = [pane.name for pane in answer.context["panes"] if pane.is_first]
    assert first == ["access"]
    assert "is not an IANA" in answer.content.decode() or "zone" in str(errors_of(answer))


def test_what_the_roles_allow_is_told(client, cast):
    effective = dict(enter(client, cast.alice).get(page_of(cast.rita)).context["effective"])
    assert effective["See people"] == "Reader"
    cast.rita.roles.add(role("Admin"))
    effective = dict(client.get(page_of(cast.rita)).context["effective"])
    assert effective["See people"] == "Admin, Reader"


# -- security


def browse(person, agent):
    """Return a browser in which somebody has signed in, as allauth remembers it."""
    browser = enter(Client(), person)
    UserSession.objects.create(
        user=person, ip="203.0.113.8", user_agent=agent, session_key=browser.session.session_key
    )
    return browser


def test_second_factors_sessions_and_tokens_are_shown(client, cast):
    Authenticator.objects.create(user=cast.ivo, type="totp", data={"secret": "sesame"})
    browse(cast.ivo, "Firefox of Ivo")
    with actor.acting(lambda: cast.ivo, "203.0.113.9"):
        tokens.mint(cast.ivo, ["pwd"], "curl of Ivo")
    text = text_of(enter(client, cast.alice), f"{base(cast.ivo)}security/")
    for words in ("TOTP", "Firefox of Ivo", "curl of Ivo"):
        assert words in text
    assert "sesame" not in text


def test_a_session_and_tokens_are_ended_one_by_one(client, cast, call):
    first, second = (browse(cast.ivo, f"Browser {n}") for n in range(2))
    api = call(cast.ivo)
    browser = enter(client, cast.alice)
    sessions = browser.get(f"{base(cast.ivo)}security/").context["sessions"]
    [one] = [each for each in sessions if each.user_agent == "Browser 0"]
    browser.post(f"{base(cast.ivo)}security/end/session/{one.pk}")
    assert first.get("/account/").status_code == 302
    assert second.get("/account/").status_code == 200
    family = TokenFamily.objects.of(cast.ivo).get()
    browser.post(f"{base(cast.ivo)}security/end/tokens/{family.pk}")
    assert api.get("/api/me").status_code == 401
    changes = [entry.changes for entry in AuditEntry.objects.filter(object_pk=str(cast.ivo.pk))]
    assert {"session": ["open", "ended"]} in changes
    assert {"tokens": ["open", "revoked"]} in changes


def test_sessions_that_were_ended_are_not_shown(client, cast):
    browse(cast.ivo, "Old")
    assert enter(client, cast.alice).get(f"{base(cast.ivo)}security/").context["sessions"]
    cast.ivo.refresh_from_db()
    operations.log_out(cast.ivo)
    assert enter(client, cast.alice).get(f"{base(cast.ivo)}security/").context["sessions"] == []


@pytest.mark.parametrize(
    ("who", "whom", "shown", "ended"),
    [
        ("alice", "ivo", 200, True),
        ("bob", "alice", 200, False),
        ("rita", "ivo", 403, False),
        ("rita", "rita", 200, False),
        ("alice", "zoe", 404, False),
    ],
)
def test_who_may_look_and_end(client, cast, who, whom, shown, ended):
    person = getattr(cast, whom)
    with actor.acting(lambda: person, None):
        tokens.mint(person, ["pwd"])
    family = TokenFamily.objects.of(person).get()
    browser = enter(client, getattr(cast, who))
    assert browser.get(f"{base(person)}security/").status_code == shown
    browser.post(f"{base(person)}security/end/tokens/{family.pk}")
    family.refresh_from_db()
    assert (family.ended_at is not None) is ended


@pytest.mark.parametrize("path", ["end/tokens/x", "end/session/0", "end/other/1"])
def test_what_is_not_there_is_not_ended(client, cast, path):
    browser = enter(client, cast.alice)
    assert browser.post(f"{base(cast.ivo)}security/{path}").status_code == 404
    assert browser.get(f"{base(cast.ivo)}security/{path}").status_code == 404


def test_a_letter_for_choosing_a_password_is_sent(client, cast):
    there = f"{base(cast.ivo)}security/password-letter"
    browser = enter(client, cast.alice)
    assert browser.get(there).status_code == 404
    browser.post(there)
    assert [message.to for message in mail.outbox] == [[cast.ivo.email]]
    assert enter(client, cast.rita).post(there).status_code == 403
    assert len(mail.outbox) == 1


# -- what happened


def test_the_timeline_tells_what_changed_and_who_did_it(client, cast):
    with actor.acting(lambda: cast.alice, "203.0.113.5"):
        cast.ivo.nickname = "Ivo <b>"
        cast.ivo.save()
    text = enter(client, cast.alice).get(f"{base(cast.ivo)}timeline/").content.decode()
    for words in ("Nickname", "Ivo &lt;b&gt;", "by alice", "203.0.113.5"):
        assert words in text


def test_the_timeline_is_paged_and_knows_its_bounds(client, cast):
    for number in range(30):
        operations.note(cast.ivo, word=[None, str(number)])
    browser = enter(client, cast.alice)
    there = f"{base(cast.ivo)}timeline/"
    first, second = (browser.get(f"{there}?p={n}").context["events"] for n in (1, 2))
    assert (len(first), first[0].differences[0].after) == (25, "29")
    assert second[-1].words == "Created" or len(second) >= 5
    for odd in ("x", "0", "-1", "9" * 30, "\0", "²"):
        assert browser.get(there, {"p": odd}).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("alice", 200), ("bob", 403), ("rita", 403)])
def test_who_may_read_the_timeline(client, cast, who, status):
    browser = enter(client, getattr(cast, who))
    assert browser.get(f"{base(cast.ivo)}timeline/").status_code == status
    assert ("/timeline/" in text_of(browser, page_of(cast.ivo))) is (status == 200)


def test_entries_out_of_sight_stay_there(client, cast):
    operations.note(cast.ivo, secret=[None, "of another place"])
    AuditEntry.objects.filter(changes__has_key="secret").update(organization=cast.globex)
    text = text_of(enter(client, cast.alice), f"{base(cast.ivo)}timeline/")
    assert "of another place" not in text


# -- cost


@pytest.mark.parametrize("page", ["change/", "security/", "timeline/"])
def test_a_page_costs_the_same_for_a_long_history(client, cast, page):
    browser = enter(client, cast.alice)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"{base(cast.ivo)}{page}").status_code == 200
        return len(queries)

    operations.note(cast.ivo, word=[None, "x"])
    cast.ivo.roles.add(role("Reader"))
    cost()
    few = cost()
    for number in range(30):
        operations.note(cast.ivo, word=[None, str(number)])
        with actor.acting(lambda: cast.ivo, None):
            tokens.mint(cast.ivo, ["pwd"])
    cast.ivo.roles.add(role("Admin"))
    assert cost() <= few + 2 < 50


def test_invited_people_are_shown_so(client, cast):
    new = UserFactory(organization=cast.italy, status="onboarding", email_verified=False)
    browser = enter(client, cast.alice)
    browser.post(f"{base(new)}do/invite", {"confirm": "yes"})
    assert Invitation.objects.of([new]).ids_of_open()
    assert "revoke_invitation" in offered(browser, new)[0]
