"""Roles, groups, sites, tags and connections over the API."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import rules
from users.api.named.filters import SiteFilterSet
from users.models import AuditEntry, Connection, Group, Role, Site, Tag, User

from .factories import (
    ConnectionFactory,
    GroupFactory,
    RoleFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)
from .sending import keys, message, post

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
MODELS = {"roles": Role, "groups": Group, "sites": Site, "tags": Tag, "connections": Connection}
FACTORIES = {
    "roles": RoleFactory,
    "groups": GroupFactory,
    "sites": SiteFactory,
    "tags": TagFactory,
    "connections": ConnectionFactory,
}
BUILT_IN = "con_0000000000000001"
every_kind = pytest.mark.parametrize("kind", MODELS)


def make(cast, kind, **values):
    if kind == "sites":
        values = {"organization": cast.italy} | values
    return FACTORIES[kind](**values)


def body_of(cast, kind, **values):
    extra = {
        "sites": {"organization_id": str(cast.italy.pk)},
        "connections": {"domain": "example.org"},
    }
    return {"name": "New", **extra.get(kind, {}), **values}


def names(answer):
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()]


# -- what holds for every kind


@every_kind
def test_a_thing_is_made_read_changed_replaced_and_deleted(cast, call, kind):
    api = call(cast.alice)
    made = post(api, f"/{kind}", body_of(cast, kind, description="One"))
    assert made.status_code == 201
    url = made["Location"]
    assert url == f"/{kind}/{made.json()['id']}"
    read = api.get(url)
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])
    assert api.get(f"/api{url}").json() == made.json()
    changed = api.patch(url, {"description": "Two"}, format="json")
    assert (changed.json()["name"], changed.json()["description"]) == ("New", "Two")
    assert changed["ETag"] == api.get(url)["ETag"] != made["ETag"]
    replaced = api.put(url, body_of(cast, kind, name="Newer"), format="json")
    assert (replaced.json()["name"], replaced.json()["description"]) == ("Newer", "")
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert AuditEntry.objects.filter(object_pk=made.json()["id"], actor=cast.alice).count() == 4


@every_kind
def test_a_name_that_is_taken_is_a_conflict_that_names_it(cast, call, kind):
    api = call(cast.alice)
    make(cast, kind, name="Straße")
    other = make(cast, kind, name="Other")
    answer = post(api, f"/{kind}", body_of(cast, kind, name="STRASSE"))
    assert keys(answer, 409) == ["name"]
    assert answer.json()["data"]["errors"][0] == {
        "key": "name",
        "message": "is taken",
        "value": "STRASSE",
    }
    assert keys(api.patch(f"/{kind}/{other.pk}", {"name": "straße"}, format="json"), 409) == [
        "name"
    ]
    # One's own name in another case is no other's.
    answer = api.patch(f"/{kind}/{other.pk}", {"name": "OTHER"}, format="json")
    assert answer.json()["name"] == "OTHER"


@every_kind
def test_a_body_that_is_not_understood_changes_nothing(cast, call, kind):
    api, before = call(cast.alice), MODELS[kind].objects.count()
    for extra, key in [
        ({"nam": "x"}, "nam"),
        ({"id": str(uuid.uuid4())}, "id"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "created_at"),
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": None}, "name"),
    ]:
        assert keys(post(api, f"/{kind}", body_of(cast, kind, **extra))) == [key]
    assert "name" in keys(post(api, f"/{kind}"))
    assert MODELS[kind].objects.count() == before


@every_kind
def test_a_stale_change_is_refused(cast, call, kind):
    api, thing = call(cast.alice), make(cast, kind)
    url = f"/{kind}/{thing.pk}"
    old = {"If-Match": api.get(url)["ETag"]}
    fresh = {"If-Match": api.patch(url, {"name": "A"}, format="json", headers=old)["ETag"]}
    assert api.patch(url, {"name": "B"}, format="json", headers=old).status_code == 412
    assert api.put(url, body_of(cast, kind), format="json", headers=old).status_code == 412
    assert api.delete(url, headers=old).status_code == 412
    assert api.get(url).json()["name"] == "A"
    assert api.delete(url, headers=fresh).status_code == 204


@every_kind
def test_a_repeated_post_works_once(cast, call, kind):
    api, body = call(cast.alice), body_of(cast, kind)
    first = post(api, f"/{kind}", body, **{"Idempotency-Key": "k"})
    again = post(api, f"/{kind}", body, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert keys(post(api, f"/{kind}", body), 409) == ["name"]


@every_kind
def test_what_has_people_is_not_deleted(cast, call, kind):
    api, thing = call(cast.alice), make(cast, kind)
    person = UserFactory(organization=cast.italy)
    if kind == "connections":
        User.all_objects.filter(pk=person.pk).update(connection=thing)
    else:
        getattr(person, kind).add(thing)
    person.refresh_from_db()
    person.soft_delete()
    assert keys(api.delete(f"/{kind}/{thing.pk}"), 409) == ["id"]
    assert MODELS[kind].objects.filter(pk=thing.pk).exists()


@every_kind
def test_what_is_not_there_is_not_found(cast, call, kind):
    api = call(cast.root)
    for name in (uuid.uuid4(), "x", "con_0000000000000009", "%00"):
        assert api.get(f"/{kind}/{name}").status_code == 404
        assert api.delete(f"/{kind}/{name}").status_code == 404
    assert api.get(f"/{kind}/a/b").json()["code"] == 404


@every_kind
def test_lists(cast, call, kind):
    api = call(cast.alice)
    for name, description in [("Zebra", ""), ("äpfel", "Große Früchte"), ("Birne", "100%")]:
        make(cast, kind, name=name, description=description)

    def listed(query):
        known = {"Zebra", "äpfel", "Birne"}
        return [name for name in names(api.get(f"/{kind}?page_size=100&{query}")) if name in known]

    assert listed("") == ["Birne", "äpfel", "Zebra"]
    assert listed("sort_by=name") == ["Birne", "Zebra", "äpfel"]
    assert listed("sort_by=name&sort_order=DESC") == ["äpfel", "Zebra", "Birne"]
    assert listed("sort_by=created_at") == ["Zebra", "äpfel", "Birne"]
    assert listed("sort_by=updated_at&sort_order=desc") == ["Birne", "äpfel", "Zebra"]
    assert listed("search=ÄPF") == ["äpfel"]
    assert listed("search=FRÜCHTE+grosse") == ["äpfel"]
    assert listed("search=%25") == ["Birne"]
    assert listed("search=birnefoo") == []
    answer = api.get(f"/{kind}?page=2&page_size=1")
    assert len(answer.json()) == 1
    assert answer["X-Total-Count"] == str(MODELS[kind].objects.count())
    assert {'rel="first"', 'rel="prev"'} <= set(answer["Link"].replace(",", ";").split("; "))


@every_kind
@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_bounds_are_inclusive(cast, call, kind, field):
    thing = make(cast, kind, name="Old")
    at = datetime(2020, 5, 6, 10, 30, tzinfo=UTC)
    MODELS[kind].objects.filter(pk=thing.pk).update(**{field: at})
    api = call(cast.alice)
    assert names(api.get(f"/{kind}?{field}_to=2020-05-06T10:30:00Z")) == ["Old"]
    assert names(api.get(f"/{kind}?{field}_from=2020-05-06&{field}_to=2020-05-06")) == ["Old"]
    assert names(api.get(f"/{kind}?{field}_to=2020-05-05")) == []
    assert "Old" not in names(api.get(f"/{kind}?{field}_from=2020-05-07&page_size=100"))
    assert keys(api.get(f"/{kind}?{field}_from=2021-01-01&{field}_to=2020-01-01")) == [
        f"{field}_to"
    ]


@every_kind
@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("nam=x", "nam"),
        ("sort_by=external_id", "sort_by"),
        ("sort_order=up", "sort_order"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("created_at_from=soon", "created_at_from"),
    ],
)
def test_what_is_not_understood_is_refused(cast, call, kind, query, key):
    assert keys(call(cast.root).get(f"/{kind}?{query}")) == [key]


def test_every_declared_filter_has_a_test():
    tests = Path(__file__).read_text() + "created_at_from= updated_at_from="
    tests += "created_at_to= updated_at_to="  # test_bounds_are_inclusive asks for the four
    assert [name for name in SiteFilterSet.base_filters if f"{name}=" not in tests] == []


@every_kind
def test_a_list_asks_as_often_for_many_as_for_few(cast, call, kind, django_assert_num_queries):
    api = call(cast.alice)
    make(cast, kind)
    with CaptureQueriesContext(connection) as few:
        api.get(f"/{kind}?page_size=100")
    for _ in range(20):
        make(cast, kind)
    with django_assert_num_queries(len(few)):
        assert len(api.get(f"/{kind}?page_size=100").json()) > 20


# -- roles


def test_a_role_shows_what_it_permits(cast, call):
    support = Role.objects.get(name="Support")
    assert call(cast.sam).get(f"/roles/{support.pk}").json()["permissions"] == [
        "users.view_connection",
        "users.view_group",
        "users.view_organization",
        "users.view_role",
        "users.view_site",
        "users.view_tag",
        "users.view_user",
    ]


def test_nobody_makes_a_role_that_gives_more_than_he_holds(cast, call):
    api = call(cast.alice)
    body = {"name": "New", "permissions": ["users.view_user", "users.destroy_user"]}
    assert message(post(api, "/roles", body)) == rules.BEYOND_ROLE
    body["permissions"] = ["users.view_user", "users.view_user", "users.export_user"]
    answer = post(api, "/roles", body)
    assert answer.json()["permissions"] == ["users.export_user", "users.view_user"]
    assert answer.json()["shipped"] is False
    body = {"permissions": ["users.destroy_user"]}
    answer = api.patch(answer["Location"], body, format="json")
    assert message(answer) == rules.BEYOND_ROLE


def test_nobody_changes_a_role_that_gives_more_than_he_holds(cast, call):
    role = RoleFactory(name="Mighty")
    role.permissions.set(Permission.objects.filter(codename="destroy_user"))
    api = call(cast.alice)
    assert message(api.patch(f"/roles/{role.pk}", {"name": "x"}, format="json")) == (
        rules.BEYOND_ROLE
    )
    assert message(api.delete(f"/roles/{role.pk}")) == rules.BEYOND_ROLE
    answer = call(cast.sue).patch(f"/roles/{role.pk}", {"permissions": []}, format="json")
    assert answer.json()["permissions"] == []


def test_nobody_takes_a_permission_from_himself(cast, call):
    role = RoleFactory(name="Own")
    role.permissions.set(Permission.objects.filter(codename__in=["view_user", "view_tag"]))
    cast.alice.roles.add(role)
    api = call(cast.alice)
    body = {"permissions": ["users.view_user"]}
    assert message(api.patch(f"/roles/{role.pk}", body, format="json")) == rules.OWN_ROLE
    body = {"permissions": ["users.view_user", "users.view_tag", "users.view_site"]}
    assert api.patch(f"/roles/{role.pk}", body, format="json").status_code == 200


@pytest.mark.parametrize("name", ["Super Admin", "Reader"])
def test_shipped_roles_keep_their_names_and_stay(cast, call, name):
    role = Role.objects.get(name=name)
    api = call(cast.root)
    assert keys(api.patch(f"/roles/{role.pk}", {"name": "x"}, format="json"), 409) == ["name"]
    User.all_objects.get(username="rita").roles.clear()
    assert keys(api.delete(f"/roles/{role.pk}"), 409) == ["id"]
    answer = api.patch(f"/roles/{role.pk}", {"description": "x"}, format="json")
    assert answer.json()["description"] == "x"
    assert message(call(cast.sue).patch(f"/roles/{role.pk}", {}, format="json")) == rules.SHIPPED


def test_a_permission_that_is_not_there_is_named(cast, call):
    answer = post(call(cast.root), "/roles", {"name": "x", "permissions": ["users.view_usr"]})
    assert keys(answer) == ["permissions"]
    assert "did you mean `users.view_user`?" in answer.content.decode()
    for wrong in ("users.view_user", ["auth.add_group"], [1], {"a": 1}, None):
        assert post(call(cast.root), "/roles", {"name": "x", "permissions": wrong}).status_code == (
            400
        )


# -- sites


def test_sites_are_seen_where_their_organization_is(cast, call):
    for place in ("acme", "europe", "italy", "asia", "globex"):
        SiteFactory(name=place, organization=getattr(cast, place))
    query = "/sites?sort_by=created_at"
    assert names(call(cast.rita).get(query)) == ["europe", "italy"]
    assert names(call(cast.sue).get(query)) == ["acme", "europe", "italy", "asia"]
    assert names(call(cast.nora).get(query)) == []
    api = call(cast.root)
    assert names(api.get(f"{query}&organization_id={cast.europe.pk}")) == ["europe"]
    assert names(call(cast.rita).get(f"{query}&organization_id={cast.asia.pk}")) == []
    assert keys(api.get(f"{query}&organization_id=x")) == ["organization_id"]
    hidden = Site.objects.get(name="asia")
    for verb in ("get", "patch", "delete"):
        assert getattr(call(cast.alice), verb)(f"/sites/{hidden.pk}").status_code == 404


def test_a_site_is_put_only_where_one_sees(cast, call):
    api, site = call(cast.alice), SiteFactory(organization=cast.italy)
    for hidden in (cast.asia.pk, uuid.uuid4()):
        body = body_of(cast, "sites", organization_id=str(hidden))
        assert keys(post(api, "/sites", body)) == ["organization_id"]
        body = {"organization_id": str(hidden)}
        assert keys(api.patch(f"/sites/{site.pk}", body, format="json")) == ["organization_id"]
    body = {"organization_id": str(cast.europe.pk)}
    answer = api.patch(f"/sites/{site.pk}", body, format="json")
    assert answer.json()["organization_id"] == str(cast.europe.pk)


def test_two_organizations_may_have_sites_of_one_name(cast, call):
    SiteFactory(name="New", organization=cast.europe)
    assert post(call(cast.alice), "/sites", body_of(cast, "sites")).status_code == 201
    assert keys(post(call(cast.alice), "/sites", body_of(cast, "sites")), 409) == ["name"]


# -- tags and connections


@pytest.mark.parametrize("name", ["a,b", "a;b", 'a"b', "[a", "x" * 101])
def test_a_tag_holds_only_what_lists_of_tags_can_hold(cast, call, name):
    assert keys(post(call(cast.bob), "/tags", {"name": name})) == ["name"]


def test_the_built_in_connection_stays_as_it_is(cast, call):
    api, url = call(cast.root), f"/connections/{BUILT_IN}"
    assert api.get(url).json()["is_builtin"] is True
    assert keys(api.patch(url, {"name": "x"}, format="json"), 409) == ["id"]
    assert keys(api.put(url, {"name": "x", "domain": "y"}, format="json"), 409) == ["id"]
    assert keys(api.delete(url), 409) == ["id"]


def test_a_connection_has_an_id_of_its_own_kind(cast, call):
    body = {"name": "Partner", "domain": "partner.example"}
    answer = post(call(cast.alice), "/connections", body)
    assert answer.json()["id"].startswith("con_")
    assert answer.json()["domain"] == "partner.example"
    assert names(call(cast.rita).get("/connections?search=partner.EX")) == ["Partner"]
    answer = post(call(cast.alice), "/connections", {"name": "Other"})
    assert keys(answer) == ["domain"]


# -- who may


def test_who_looks_after_people_keeps_groups_and_tags_but_no_more(cast, call):
    api = call(cast.bob)
    for kind in MODELS:
        expected = 201 if kind in ("groups", "tags") else 403
        assert post(api, f"/{kind}", body_of(cast, kind)).status_code == expected
        assert post(call(cast.rita), f"/{kind}", body_of(cast, kind)).status_code == 403
