"""Who may change whom and what in the admin; every try to get further is refused."""

import pytest

from users import rules
from users.models import AuditEntry, Organization, Role, User, UserRole

from .browsing import PEOPLE, enter, fields_of, messages_of, page_of, people
from .factories import (
    PASSWORD,
    GroupFactory,
    OrganizationFactory,
    RoleFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)


def save(client, row, **changes):
    """Open a row's page, change fields, save; return the answer."""
    url = page_of(row)
    values = fields_of(client.get(url)) | changes
    return client.post(url, {name: value for name, value in values.items() if value is not None})


def errors_of(answer):
    """Return the errors that a page shows after a refused save."""
    assert answer.status_code == 200
    errors = dict(answer.context["adminform"].form.errors)
    for inline in answer.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            errors |= form.errors
        if inline.formset.non_form_errors():
            errors[inline.formset.prefix] = list(inline.formset.non_form_errors())
    return errors


def role(name):
    return Role.objects.get(name=name)


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
    assert ("historylink" in page) is sees
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


# -- the status and the actions


def act(client, action, *rows, across=False):
    values = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(PEOPLE, values | ({"select_across": "1"} if across else {}), follow=True)


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


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("alice", {"export_csv", "export_pdf", "suspend", "reactivate", "soft_delete", "restore"}),
        ("bob", {"export_csv", "export_pdf", "suspend", "reactivate"}),
        ("rita", {"export_csv", "export_pdf"}),
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


# -- what a form may hold


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_metadata", "[1]"),
        ("user_metadata", "null and void"),
        ("user_metadata", '{"a": NaN}'),
        ("user_metadata", '{"a": 1e999}'),
        ("user_metadata", '{"a": "\\u0000"}'),
        ("user_metadata", '{"\\ud800": 1}'),
        ("user_metadata", "[" * 100_000),
        ("user_metadata", '{"a": ' + "9" * 5000 + "}"),
        ("organization", "x"),
        ("organization", "\0"),
        ("connection", "x"),
        ("username", "a b"),
        ("username", "x" * 151),
        ("username", "ß" * 100),
        ("username", "a\0"),
        ("email", "nobody"),
        ("email", "bob@example.com"),
        ("name", ""),
        ("status", "nonsense"),
        ("user_type", "king"),
        ("access_timezone", "IST"),
        ("picture", "javascript:alert(1)"),
        ("access_starts_at_0", "soon"),
        ("access_starts_at_0", "99999-01-01"),
        ("description", "x" * 2001),
        ("userrole-TOTAL_FORMS", "x"),
        ("userrole-TOTAL_FORMS", "1000000"),
    ],
)
def test_what_cannot_be_stored_is_an_error_of_the_form(client, cast, field, value):
    answer = save(enter(client, cast.alice), cast.charlie, **{field: value})
    assert errors_of(answer)
    assert b"Owned" not in answer.content


def test_odd_but_right_input_is_kept(client, cast):
    odd = {
        "username": "ÅSA.Straße",
        "name": "=1+1",
        "user_metadata": '{"a": {"b": ["é", 1, null]}}',
        "app_metadata": "",
        "access_starts_at_0": "2026-01-01",
        "access_starts_at_1": "00:00",
        "access_ends_at_0": "9999-12-31",
        "access_ends_at_1": "23:59:59",
        "access_timezone": "Europe/Rome",
    }
    assert save(enter(client, cast.alice), cast.charlie, **odd).status_code == 302
    cast.charlie.refresh_from_db()
    assert cast.charlie.username == "åsa.strasse"
    assert cast.charlie.user_metadata == {"a": {"b": ["é", 1, None]}}
    assert cast.charlie.app_metadata == {}
    order = {"access_ends_at_0": "2025-01-01"}
    assert set(errors_of(save(client, cast.charlie, **order))) == {"access_ends_at"}
    assert client.get(page_of(cast.charlie)).status_code == 200


# -- roles, organizations and the rest


def permission_ids(name):
    return [str(pk) for pk in role(name).permissions.values_list("pk", flat=True)]


def test_a_role_holds_only_what_its_maker_holds(client, cast):
    browser = enter(client, cast.alice)
    url = "/admin/users/role/add/"
    values = {"name": "Helper", "permissions": permission_ids("Reader")}
    assert browser.post(url, values).status_code == 302
    assert role("Helper").permissions.count() == len(permission_ids("Reader"))
    more = {"name": "Master", "permissions": permission_ids("Super Admin")}
    assert set(errors_of(browser.post(url, more))) == {"permissions"}
    helper = role("Helper")
    assert set(errors_of(save(browser, helper, permissions=permission_ids("Super Admin")))) == {
        "permissions"
    }
    own = save(browser, role("Admin"), permissions=permission_ids("Reader"))
    assert errors_of(own) == {"permissions": [rules.OWN_ROLE]}
    assert browser.post(page_of(role("Super Admin")), more).status_code == 403
    assert len(permission_ids("Super Admin")) == 21


def test_shipped_roles_keep_their_names_and_are_not_deleted(client, cast):
    browser = enter(client, cast.root)
    assert save(browser, role("Reader"), name="Writer", description="x").status_code == 302
    assert role("Reader").description == "x"
    helper = RoleFactory(name="Helper")
    cast.charlie.roles.add(helper)
    cast.charlie.soft_delete()
    for kept in (role("Reader"), helper):
        assert browser.post(page_of(kept).replace("change", "delete")).status_code == 403
    cast.charlie.roles.clear()
    url = page_of(helper).replace("change", "delete")
    assert browser.post(url, {"post": "yes"}).status_code == 302
    assert not Role.objects.filter(name="Helper").exists()


@pytest.mark.parametrize(
    ("factory", "model"), [(GroupFactory, "group"), (TagFactory, "tag"), (SiteFactory, "site")]
)
def test_what_somebody_has_is_not_deleted(client, cast, factory, model):
    row = factory(organization=cast.italy) if model == "site" else factory()
    getattr(cast.charlie, f"{model}s").add(row)
    browser = enter(client, cast.alice)
    url = page_of(row).replace("change", "delete")
    assert browser.post(url, {"post": "yes"}).status_code == 403
    getattr(cast.charlie, f"{model}s").clear()
    assert browser.post(url, {"post": "yes"}).status_code == 302


@pytest.mark.parametrize("model", ["role", "group", "tag", "connection", "site"])
def test_a_name_is_taken_whatever_its_case(client, cast, model):
    browser = enter(client, cast.alice)
    url = f"/admin/users/{model}/add/"
    values = {"name": "Straße", "domain": "example.org", "organization": cast.italy.pk}
    assert browser.post(url, values).status_code == 302
    again = browser.post(url, values | {"name": "STRASSE"})
    assert errors_of(again) == {"name": ["This name is taken."]}


def test_an_organization_stays_in_sight(client, cast):
    browser = enter(client, cast.alice)
    url = "/admin/users/organization/add/"
    values = {"name": "Acme Rome", "external_id": "acme-rome"}
    for parent in ("", cast.acme.pk, cast.globex.pk, "x"):
        assert set(errors_of(browser.post(url, values | {"parent": parent}))) == {"parent"}
    assert browser.post(url, values | {"parent": cast.italy.pk}).status_code == 302
    assert set(errors_of(save(browser, cast.italy, parent=""))) == {"parent"}
    assert "parent" not in browser.get(page_of(cast.europe)).context["adminform"].form.fields
    assert browser.get(page_of(cast.acme)).status_code == 302
    assert save(browser, cast.europe, name="Europe", parent=str(cast.italy.pk)).status_code == 302
    cast.europe.refresh_from_db()
    assert (cast.europe.name, cast.europe.parent) == ("Europe", cast.acme)


def test_an_organization_is_not_put_below_itself(client, cast):
    browser = enter(client, cast.root)
    for parent in (cast.europe, cast.italy):
        answer = save(browser, cast.europe, parent=str(parent.pk))
        assert set(errors_of(answer)) == {"parent"}
    assert browser.post(page_of(cast.asia).replace("change", "delete")).status_code == 403
    assert Organization.objects.filter(pk=cast.asia.pk).exists()


def test_the_tree_is_listed_as_a_tree(client, cast):
    OrganizationFactory(name="Aaa", parent=cast.globex)
    page = enter(client, cast.root).get("/admin/users/organization/")
    rows = [(row.name, row.tree_depth, row.headcount) for row in page.context["cl"].result_list]
    assert rows == [
        ("Acme", 0, 1),
        ("Acme Asia", 1, 1),
        ("Acme Europe", 1, 5),
        ("Acme Italy", 2, 1),
        ("Globex", 0, 1),
        ("Aaa", 1, 0),
    ]
    found = client.get("/admin/users/organization/", {"q": "ITALY"})
    assert [row.name for row in found.context["cl"].result_list] == ["Acme Italy"]
