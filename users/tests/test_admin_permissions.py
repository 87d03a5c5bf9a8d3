"""Who may change whom in the admin; every try to get further is refused."""

import pytest

from users import rules
from users.models import AuditEntry, User, UserRole

from .browsing import (
    PEOPLE,
    act,
    enter,
    errors_of,
    page_of,
    role,
    save,
)
from .factories import (
    PASSWORD,
    RoleFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]

# -- people


def test_a_person_is_changed_and_the_audit_knows(client, cast):
    answer = save(
        enter(client, cast.bob), cast.charlie, name="Karl", phone="+39 055 1", status="inactive"
    )
    assert answer.status_code == 302
    cast.charlie.refresh_from_db()
    assert (cast.charlie.name, cast.charlie.status) == ("Karl", "inactive")
    assert cast.charlie.updated_by == cast.bob
    entry = AuditEntry.objects.filter(object_pk=str(cast.charlie.pk)).first()
    assert entry.actor == cast.bob
    assert entry.changes["name"] == ["Charlie", "Karl"]


def test_a_person_is_created_in_sight(client, cast):
    browser = enter(client, cast.bob)
    values = {
        "username": "Neü",
        "email": "NEW@example.com",
        "organization": cast.italy.pk,
        "user_type": "saas_user",
        "status": "active",
        "usable_password": "true",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    assert browser.post(f"{PEOPLE}add/", values).status_code == 302
    person = User.objects.get(username="neü")
    assert (person.name, person.email) == ("neü", "new@example.com")
    assert person.created_by == cast.bob
    assert person.check_password("a long enough one")
    again = browser.post(f"{PEOPLE}add/", values)
    assert set(errors_of(again)) == {"username", "email"}
    person.soft_delete()
    assert "restore or destroy" in str(errors_of(browser.post(f"{PEOPLE}add/", values)))


@pytest.mark.parametrize("place", [None, "globex", "asia", "acme"])
def test_a_person_is_not_created_out_of_sight(client, cast, place):
    values = {
        "username": "new",
        "email": "new@example.com",
        "user_type": "saas_user",
        "status": "active",
        "usable_password": "false",
        "organization": getattr(cast, place).pk if place else "",
    }
    browser = enter(client, cast.bob)
    assert set(errors_of(browser.post(f"{PEOPLE}add/", values))) == {"organization"}
    if place is None:
        assert enter(client, cast.root).post(f"{PEOPLE}add/", values).status_code == 302
        person = User.objects.get(username="new")
        assert person.organization is None
        assert not person.has_usable_password()


def test_a_person_is_not_moved_out_of_sight(client, cast):
    answer = save(enter(client, cast.alice), cast.charlie, organization=str(cast.asia.pk))
    assert set(errors_of(answer)) == {"organization"}
    assert save(client, cast.charlie, organization="").status_code == 200
    assert save(client, cast.charlie, organization=str(cast.italy.pk)).status_code == 302


# who, whom: the page is read-only, posts and the password page are refused
@pytest.mark.parametrize(
    ("who", "whom"), [("bob", "alice"), ("rita", "charlie"), ("alice", "chief"), ("sue", "chief")]
)
def test_a_person_who_holds_more_is_only_looked_at(client, cast, who, whom):
    cast.chief = UserFactory(
        username="chief",
        organization=cast.europe,
        roles=["Super Admin"],
        is_superuser=True,
        password=PASSWORD,
    )
    person = getattr(cast, whom)
    browser = enter(client, getattr(cast, who))
    page = browser.get(page_of(person))
    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert person.password.split("$")[-1] not in page.content.decode()
    before = User.objects.get(pk=person.pk)
    for url in (page_of(person), page_of(person).replace("/change/", "/password/")):
        values = {"name": "Owned", "password1": "owned owned", "password2": "owned owned"}
        assert browser.post(url, values).status_code == 403
    assert browser.post(page_of(person).replace("/change/", "/delete/")).status_code == 403
    after = User.objects.get(pk=person.pk)
    assert (after.name, after.password, after.deleted_at) == (before.name, before.password, None)


def test_the_superuser_flag_is_for_superusers(client, cast):
    page = enter(client, cast.alice).get(page_of(cast.charlie))
    assert "is_superuser" not in page.context["adminform"].form.fields
    assert save(client, cast.charlie, is_superuser="on").status_code == 302
    assert not User.objects.get(pk=cast.charlie.pk).is_superuser
    assert save(enter(client, cast.root), cast.charlie, is_superuser="on").status_code == 302
    assert User.objects.get(pk=cast.charlie.pk).is_superuser


@pytest.mark.parametrize(("who", "sees"), [("alice", True), ("bob", False), ("rita", False)])
def test_who_created_a_person_is_for_who_may_know(client, cast, who, sees):
    page = enter(client, getattr(cast, who)).get(page_of(cast.charlie)).content.decode()
    assert ("field-created_by" in page) is sees
    assert ("/timeline/" in page) is sees
    assert client.get(page_of(cast.charlie).replace("change", "history")).status_code == (
        302 if sees else 403
    )


# -- roles of a person


def test_a_role_is_given_and_taken_and_the_audit_knows(client, cast):
    browser = enter(client, cast.alice)
    given = {"userrole-TOTAL_FORMS": "1", "userrole-0-role": str(role("Reader").pk)}
    given |= {"userrole-0-user": str(cast.charlie.pk)}
    assert save(browser, cast.charlie, **given).status_code == 302
    assert list(cast.charlie.roles.all()) == [role("Reader")]
    entry = AuditEntry.objects.filter(object_pk=str(cast.charlie.pk)).first()
    assert entry.changes["roles"]["objects"] == ["Reader"]
    assert save(browser, cast.charlie, **{"userrole-0-DELETE": "on"}).status_code == 302
    assert not cast.charlie.roles.exists()


@pytest.mark.parametrize(("who", "what"), [("alice", "Super Admin"), ("bob", "Admin")])
def test_nobody_grants_what_he_does_not_hold(client, cast, who, what):
    given = {
        "userrole-TOTAL_FORMS": "1",
        "userrole-0-role": str(role(what).pk),
        "userrole-0-user": str(cast.charlie.pk),
        "name": "Kept",
    }
    answer = save(enter(client, getattr(cast, who)), cast.charlie, **given)
    assert set(errors_of(answer)) == {"role"}
    assert answer.context["adminform"].form["name"].value() == "Kept"
    assert not cast.charlie.roles.exists()


def test_the_same_role_twice_is_an_error_of_the_form(client, cast):
    given = {"userrole-TOTAL_FORMS": "2"}
    for number in (0, 1):
        given[f"userrole-{number}-role"] = str(role("Reader").pk)
        given[f"userrole-{number}-user"] = str(cast.charlie.pk)
    assert errors_of(save(enter(client, cast.alice), cast.charlie, **given))


def test_own_roles_and_status_are_not_ones_own_to_change(client, cast):
    browser = enter(client, cast.alice)
    page = browser.get(page_of(cast.alice))
    fields = page.context["adminform"].form.fields
    assert "name" in fields
    assert not {"status", "organization", "access_ends_at", "is_superuser"} & set(fields)
    held = UserRole.objects.get(user=cast.alice)
    changes = {
        "status": "inactive",
        "userrole-TOTAL_FORMS": "1",
        "userrole-INITIAL_FORMS": "1",
        "userrole-0-id": str(held.pk),
        "userrole-0-DELETE": "on",
        "name": "Alicia",
    }
    assert save(browser, cast.alice, **changes).status_code == 302
    cast.alice.refresh_from_db()
    assert (cast.alice.name, cast.alice.status) == ("Alicia", "active")
    assert cast.alice.roles.get().name == "Admin"


def test_superusers_do_not_demote_themselves(client, cast):
    assert save(enter(client, cast.root), cast.root, is_superuser=None).status_code == 302
    assert User.objects.get(pk=cast.root.pk).is_superuser


@pytest.fixture
def last(cast):
    """Sue is the last super admin; somebody else holds every permission, too."""
    almighty = RoleFactory(name="Almighty")
    almighty.permissions.set(role("Super Admin").permissions.all())
    cast.max = UserFactory(username="max", organization=cast.acme, roles=[almighty])
    cast.root.soft_delete()
    cast.zoe.soft_delete()
    return cast


def test_the_last_super_admin_keeps_role_status_and_life(client, last):
    browser = enter(client, last.max)
    removal = save(browser, last.sue, **{"userrole-0-DELETE": "on"})
    assert errors_of(removal) == {"userrole": [rules.LAST]}
    swap = save(browser, last.sue, **{"userrole-0-role": str(role("Reader").pk)})
    assert errors_of(swap) == {"userrole": [rules.LAST]}
    assert "status" in errors_of(save(browser, last.sue, status="inactive"))
    assert browser.post(page_of(last.sue).replace("change", "delete")).status_code == 403
    act(browser, "suspend", last.sue)
    act(browser, "soft_delete", last.sue)
    last.sue.refresh_from_db()
    assert (last.sue.status, last.sue.deleted_at) == ("active", None)
    assert last.sue.roles.get().name == "Super Admin"
    assert save(browser, last.sue, name="Susan").status_code == 302
