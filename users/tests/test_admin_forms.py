"""What the forms of the admin take: of people, and of what they belong to."""

import pytest

from users import rules
from users.models import Organization, Role

from .browsing import (
    enter,
    errors_of,
    page_of,
    role,
    save,
)
from .factories import (
    GroupFactory,
    RoleFactory,
    SiteFactory,
    TagFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

# -- what a form may hold


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_metadata", "[1]"),
        ("user_metadata", "null and void"),
        ("user_metadata", '{"a": NaN}'),
        ("user_metadata", '{"a": 1e999}'),
        ("user_metadata", '{"a": 1e22}'),
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


def test_another_address_is_not_verified_unless_the_form_says_so(client, cast):
    browser = enter(client, cast.alice)
    save(browser, cast.charlie, email_verified="on")
    save(browser, cast.charlie, email="charlie@elsewhere.example")
    cast.charlie.refresh_from_db()
    assert (cast.charlie.email, cast.charlie.email_verified) == ("charlie@elsewhere.example", False)


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
    assert errors_of(own) == {"permissions": [rules.SHIPPED]}
    assert browser.post(page_of(role("Super Admin")), more).status_code == 403
    assert len(permission_ids("Super Admin")) == 23


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
