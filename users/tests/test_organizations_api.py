"""Organizations over the API: who sees and writes which, and what takes their people along."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from users import cascades, rules
from users.api.organizations.filters import OrganizationFilterSet
from users.models import Organization, User

from .factories import OrganizationFactory, RoleFactory, UserFactory
from .sending import keys, message, post

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]
URL = "/organizations"


def url(organization, verb=""):
    return f"{URL}/{organization.pk}{verb and '/'}{verb}"


def names(answer):
    assert answer.status_code == 200, answer.json()
    return [row["external_id"] for row in answer.json()]


# -- the list


@pytest.mark.parametrize("path", ["/organizations", "/api/organizations"])
def test_a_caller_sees_its_own_subtree(cast, call, path):
    def seen(person):
        return set(names(call(person).get(path)))

    assert seen(cast.root) == {"acme", "acme-europe", "acme-italy", "acme-asia", "globex"}
    assert seen(cast.sue) == {"acme", "acme-europe", "acme-italy", "acme-asia"}
    assert seen(cast.rita) == {"acme-europe", "acme-italy"}
    assert seen(cast.nora) == set()


def test_a_page_is_a_bare_array_with_its_place_in_headers(cast, call):
    answer = call(cast.root).get(f"{URL}?page=2&page_size=2&sort_by=external_id")
    assert names(answer) == ["acme-europe", "acme-italy"]
    assert answer["X-Total-Count"] == "5"
    assert 'page=3&page_size=2&sort_by=external_id>; rel="next"' in answer["Link"]
    assert names(call(cast.root).get(f"{URL}?page=4&page_size=2")) == []
    shown = call(cast.root).get(f"{URL}?search=italy").json()[0]
    assert shown == {
        "id": str(cast.italy.pk),
        "name": "Acme Italy",
        "description": "",
        "created_at": cast.italy.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": cast.italy.updated_at.isoformat().replace("+00:00", "Z"),
        "external_id": "acme-italy",
        "parent_id": str(cast.europe.pk),
        "status": "active",
        "suspended_at": None,
        "deleted_at": None,
    }


def test_what_is_above_ones_own_organization_is_out_of_sight(cast, call):
    api = call(cast.rita)
    assert api.get(url(cast.europe)).json()["parent_id"] is None
    assert api.get(url(cast.italy)).json()["parent_id"] == str(cast.europe.pk)
    assert names(api.get(f"{URL}?parent_id={cast.acme.pk}")) == []
    assert call(cast.sue).get(url(cast.europe)).json()["parent_id"] == str(cast.acme.pk)
    for hidden in (cast.acme, cast.asia, cast.globex):
        assert api.get(url(hidden)).status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort_by=name", "acme acme-asia acme-europe acme-italy globex"),
        ("sort_by=NAME&sort_order=desc", "globex acme-italy acme-europe acme-asia acme"),
        ("sort_by=external_id&sort_order=desc", "globex acme-italy acme-europe acme-asia acme"),
        ("sort_by=created_at", "acme acme-europe acme-italy acme-asia globex"),
        ("sort_by=updated_at", "acme acme-europe acme-italy acme-asia globex"),
        ("sort_order=asc", "acme acme-europe acme-italy acme-asia globex"),
        ("", "globex acme-asia acme-italy acme-europe acme"),
        ("search=ACME+ita", "acme-italy"),
        ("search=acme-", "acme-asia acme-italy acme-europe"),
        ("search=%25", ""),
        ("status=", "globex acme-asia acme-italy acme-europe acme"),
        ("page_size=1", "globex"),
    ],
)
def test_orders_and_searches(cast, call, query, expected):
    assert names(call(cast.root).get(f"{URL}?{query}")) == expected.split()


def test_external_ids_sort_byte_by_byte_on_both_databases(cast, call):
    for external_id in ("b", "B", "a", "É"):
        OrganizationFactory(external_id=external_id, name="Sorted")
    found = names(call(cast.root).get(f"{URL}?search=sorted&sort_by=external_id"))
    assert found == ["B", "a", "b", "É"]


def test_children_of_an_organization(cast, call):
    api = call(cast.root)
    assert names(api.get(f"{URL}?parent_id={cast.acme.pk}")) == ["acme-asia", "acme-europe"]
    assert names(api.get(f"{URL}?parent_id={uuid.uuid4()}")) == []
    assert keys(api.get(f"{URL}?parent_id=acme")) == ["parent_id"]


def test_deleted_ones_are_shown_only_where_asked_for(cast, call):
    cascades.suspend_organization(cast.asia)
    cascades.delete_organization(cast.italy)
    api = call(cast.root)
    assert "acme-italy" not in names(api.get(URL))
    assert names(api.get(f"{URL}?status=deleted")) == ["acme-italy"]
    assert names(api.get(f"{URL}?status=suspended")) == ["acme-asia"]
    assert names(api.get(f"{URL}?status=active&sort_by=name")) == ["acme", "acme-europe", "globex"]
    assert names(api.get(f"{URL}?status=Deleted,suspended")) == ["acme-asia", "acme-italy"]
    assert keys(api.get(f"{URL}?status=gone")) == ["status"]
    assert api.get(url(cast.italy)).status_code == 404


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_bounds_are_inclusive(cast, call, field):
    at = datetime(2020, 5, 6, 10, 30, tzinfo=UTC)
    Organization.objects.filter(pk=cast.italy.pk).update(**{field: at})
    api = call(cast.root)
    assert names(api.get(f"{URL}?{field}_to=2020-05-06T10:30:00Z")) == ["acme-italy"]
    assert names(api.get(f"{URL}?{field}_to=2020-05-06T10:29Z")) == []
    both = f"{field}_from=2020-05-06&{field}_to=2020-05-06"
    assert names(api.get(f"{URL}?{both}")) == ["acme-italy"]
    assert "acme-italy" not in names(api.get(f"{URL}?{field}_from=2020-05-07"))
    assert keys(api.get(f"{URL}?{field}_from=2021&{field}_to=2020-01-01")) == [f"{field}_from"]
    assert keys(api.get(f"{URL}?{field}_from=2021-01-01&{field}_to=2020-01-01")) == [f"{field}_to"]


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("parent=x", "parent"),
        ("sort_by=status", "sort_by"),
        ("sort_order=up", "sort_order"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("page_size=0", "page_size"),
        ("search=%00", "search"),
    ],
)
def test_what_is_not_understood_is_refused(cast, call, query, key):
    assert keys(call(cast.root).get(f"{URL}?{query}")) == [key]


def test_addresses_that_take_no_parameters_refuse_them(cast, call):
    api = call(cast.root)
    for answer in (
        api.get(f"{url(cast.acme)}?fields=id"),
        post(api, f"{URL}?dry_run=1", {"name": "x", "external_id": "x"}),
        post(api, f"{url(cast.acme, 'suspend')}?force=1"),
    ):
        assert len(keys(answer)) == 1
    assert Organization.objects.in_states(["active"]).count() == 5


def test_every_declared_filter_has_a_test():
    tests = Path(__file__).read_text() + "created_at_from= updated_at_from="
    tests += "created_at_to= updated_at_to="  # test_bounds_are_inclusive asks for the four
    assert [name for name in OrganizationFilterSet.base_filters if f"{name}=" not in tests] == []


def test_a_list_asks_as_often_for_many_as_for_few(cast, call, django_assert_num_queries):
    api = call(cast.sue)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        api.get(f"{URL}?page_size=100")
    for _ in range(30):
        OrganizationFactory(parent=cast.europe)
    with django_assert_num_queries(len(few)):
        assert len(api.get(f"{URL}?page_size=100").json()) == 34


# -- making and changing


def test_an_organization_is_made_below_one_in_sight(cast, call):
    api = call(cast.alice)
    body = {"name": "Rome", "external_id": "rome", "parent_id": str(cast.italy.pk)}
    answer = post(api, URL, body | {"description": "Seven hills"})
    assert answer.status_code == 201
    rome = Organization.objects.get(external_id="rome")
    assert (rome.parent, rome.description) == (cast.italy, "Seven hills")
    assert answer["Location"] == url(rome)
    shown = api.get(answer["Location"])
    assert (shown.json(), shown["ETag"]) == (answer.json(), answer["ETag"])
    assert post(api, f"/api{URL}", body | {"external_id": "r2"})["Location"].startswith("/api/org")


@pytest.mark.parametrize("parent", ["acme", "asia", "globex", "nowhere"])
def test_a_place_out_of_sight_is_as_one_that_is_not_there(cast, call, parent):
    parent_id = str(getattr(cast, parent).pk if parent != "nowhere" else uuid.uuid4())
    body = {"name": "Rome", "external_id": "rome", "parent_id": parent_id}
    assert keys(post(call(cast.alice), URL, body)) == ["parent_id"]
    body = {"parent_id": parent_id}
    assert keys(post(call(cast.alice), url(cast.italy, "move"), body)) == ["parent_id"]


@pytest.mark.parametrize("place", [{}, {"parent_id": None}])
def test_only_superusers_make_one_at_the_top(cast, call, place):
    body = {"name": "New", "external_id": "new", **place}
    assert message(post(call(cast.sue), URL, body)) == rules.TOP_LEVEL
    assert post(call(cast.root), URL, body).json()["parent_id"] is None


def test_nothing_is_put_below_a_deleted_one(cast, call):
    cascades.delete_organization(cast.italy)
    body = {"name": "Rome", "external_id": "rome", "parent_id": str(cast.italy.pk)}
    assert keys(post(call(cast.root), URL, body)) == ["parent_id"]
    body = {"parent_id": str(cast.italy.pk)}
    assert keys(post(call(cast.root), url(cast.asia, "move"), body)) == ["parent_id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ["name", "external_id"]),
        ({"name": " ", "external_id": ""}, ["name", "external_id"]),
        ({"name": "x" * 151, "external_id": "y" * 101}, ["name", "external_id"]),
        ({"name": "x", "external_id": "x", "nam": "x"}, ["nam"]),
        ({"name": "x", "external_id": "x", "created_at": "2020-01-01"}, ["created_at"]),
        ({"name": "x", "external_id": "x", "id": str(uuid.uuid4())}, ["id"]),
        ({"name": "x", "external_id": "x", "status": "suspended"}, ["status"]),
        ({"name": "a\0", "external_id": "x"}, ["name"]),
        ({"name": "x", "external_id": "x", "parent_id": "x"}, ["parent_id"]),
    ],
)
def test_a_body_that_is_not_understood_changes_nothing(cast, call, body, expected):
    assert keys(post(call(cast.root), URL, body)) == expected
    assert Organization.objects.count() == 5


def test_an_external_id_that_is_taken_is_a_conflict_that_names_it(cast, call):
    api = call(cast.root)
    answer = post(api, URL, {"name": "New", "external_id": "acme"})
    assert keys(answer, 409) == ["external_id"]
    assert answer.json()["data"]["errors"][0]["value"] == "acme"
    cascades.delete_organization(cast.globex)
    assert keys(post(api, URL, {"name": "New", "external_id": "globex"}), 409) == ["external_id"]
    answer = api.patch(url(cast.asia), {"external_id": "acme-italy"}, format="json")
    assert keys(answer, 409) == ["external_id"]
    # A name may be that of another.
    assert post(api, URL, {"name": "Acme", "external_id": "other"}).status_code == 201


def test_a_change_keeps_what_it_does_not_name_and_a_replacement_does_not(cast, call):
    api = call(cast.alice)
    answer = api.patch(url(cast.italy), {"description": "Ciao"}, format="json")
    assert (answer.json()["name"], answer.json()["description"]) == ("Acme Italy", "Ciao")
    body = {"name": "Italia", "external_id": "it"}
    answer = api.put(url(cast.italy), body, format="json")
    assert (answer.json()["external_id"], answer.json()["description"]) == ("it", "")
    assert answer.json()["parent_id"] == str(cast.europe.pk)
    assert keys(api.put(url(cast.italy), {"name": "x"}, format="json")) == ["external_id"]
    assert keys(api.patch(url(cast.italy), {"parent_id": None}, format="json")) == ["parent_id"]
    assert names(api.get(f"{URL}?search=ITALIA")) == ["it"]


def test_a_stale_change_is_refused(cast, call):
    api = call(cast.alice)
    old = api.get(url(cast.italy))["ETag"]
    assert api.get(url(cast.italy), headers={"If-None-Match": old}).status_code == 304
    fresh = api.patch(url(cast.italy), {"name": "A"}, format="json", headers={"If-Match": old})
    assert fresh.status_code == 200
    stale = {"If-Match": old}
    for answer in (
        api.patch(url(cast.italy), {"name": "B"}, format="json", headers=stale),
        api.put(url(cast.italy), {"name": "B", "external_id": "b"}, format="json", headers=stale),
        api.delete(url(cast.italy), headers=stale),
        post(api, url(cast.italy, "suspend"), **stale),
        post(api, url(cast.italy, "move"), {"parent_id": str(cast.europe.pk)}, **stale),
    ):
        assert answer.status_code == 412
    cast.italy.refresh_from_db()
    assert (cast.italy.name, cast.italy.state) == ("A", "active")
    assert api.delete(url(cast.italy), headers={"If-Match": fresh["ETag"]}).status_code == 204


def test_a_repeated_post_works_once(cast, call):
    api, key = call(cast.root), {"Idempotency-Key": "k1"}
    body = {"name": "New", "external_id": "new"}
    first, again = post(api, URL, body, **key), post(api, URL, body, **key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first["Location"] == again["Location"]
    assert Organization.objects.filter(external_id="new").count() == 1
    assert post(api, URL, body | {"name": "Other"}, **key).status_code == 422


# -- the verbs


def test_suspending_takes_the_people_along_and_reactivating_brings_them_back(cast, call):
    api, ivo = call(cast.sue), call(cast.ivo)
    cast.bob.suspend()
    answer = post(api, url(cast.europe, "suspend"))
    assert answer.json()["status"] == "suspended"
    assert answer.json()["suspended_at"] is not None
    assert answer["ETag"] == api.get(url(cast.europe))["ETag"]
    assert User.objects.with_status(["suspended"]).count() == 6
    assert ivo.get("/api/me").status_code == 401
    assert post(api, url(cast.europe, "suspend")).json() == answer.json()
    answer = post(api, url(cast.europe, "reactivate"))
    assert (answer.json()["status"], answer.json()["suspended_at"]) == ("active", None)
    assert [p.username for p in User.objects.with_status(["suspended"])] == ["bob"]


def test_deleting_takes_the_people_along_and_restoring_brings_them_back(cast, call):
    api = call(cast.sue)
    assert api.delete(url(cast.europe)).status_code == 204
    assert User.all_objects.deleted().count() == 6
    for answer in (
        api.get(url(cast.europe)),
        api.patch(url(cast.europe), {}, format="json"),
        api.delete(url(cast.europe)),
        post(api, url(cast.europe, "suspend")),
        post(api, url(cast.europe, "move"), {"parent_id": str(cast.acme.pk)}),
    ):
        assert answer.status_code == 404
    # What lies below keeps its own state.
    assert api.get(url(cast.italy)).json()["status"] == "active"
    assert post(api, url(cast.europe, "restore")).json()["status"] == "active"
    assert User.all_objects.deleted().count() == 0


@pytest.mark.parametrize("verb", ["suspend", "delete", "move"])
def test_nobody_does_it_to_his_own_organization(cast, call, verb):
    api = call(cast.alice)
    if verb == "delete":
        answer = api.delete(url(cast.europe))
    else:
        body = {"parent_id": str(cast.italy.pk)} if verb == "move" else {}
        answer = post(api, url(cast.europe, verb), body)
    assert message(answer) == rules.OWN_ORGANIZATION
    assert User.objects.with_status(["suspended"]).count() == 0


@pytest.mark.parametrize("verb", ["suspend", "delete"])
def test_the_whole_act_is_refused_where_one_person_holds_more(cast, call, verb):
    api = call(cast.alice)
    UserFactory(organization=cast.italy, roles=["Super Admin"])

    def act():
        path = url(cast.italy, "suspend")
        return post(api, path) if verb == "suspend" else api.delete(url(cast.italy))

    assert message(act()) == rules.BEYOND_AMONG
    cast.ivo.refresh_from_db()
    assert (cast.ivo.status, cast.ivo.deleted_at) == ("active", None)
    cast.italy.refresh_from_db()
    assert cast.italy.state == "active"


def test_who_brings_back_holds_all_that_they_hold(cast, call):
    UserFactory(organization=cast.italy, roles=["Super Admin"])
    assert post(call(cast.sue), url(cast.italy, "suspend")).status_code == 200
    assert message(post(call(cast.alice), url(cast.italy, "reactivate"))) == rules.BEYOND_AMONG
    assert call(cast.sue).delete(url(cast.italy)).status_code == 204
    assert message(post(call(cast.alice), url(cast.italy, "restore"))) == rules.BEYOND_AMONG
    assert post(call(cast.sue), url(cast.italy, "restore")).status_code == 200


def test_taking_people_along_takes_the_permission_for_people(cast, call):
    from django.contrib.auth.models import Permission

    role = RoleFactory()
    role.permissions.set(Permission.objects.filter(codename__endswith="_organization"))
    person = UserFactory(organization=cast.europe, roles=[role])
    api = call(person)
    assert api.patch(url(cast.italy), {"name": "x"}, format="json").status_code == 200
    for answer in (
        post(api, url(cast.italy, "suspend")),
        post(api, url(cast.italy, "reactivate")),
        post(api, url(cast.italy, "restore")),
        api.delete(url(cast.italy)),
    ):
        assert answer.status_code == 403


def test_moving(cast, call):
    api = call(cast.sue)
    answer = post(api, url(cast.italy, "move"), {"parent_id": str(cast.asia.pk)})
    assert answer.json()["parent_id"] == str(cast.asia.pk)
    # Sight follows at once.
    assert call(cast.rita).get(url(cast.italy)).status_code == 404
    assert message(post(api, url(cast.italy, "move"), {"parent_id": None})) == rules.TOP_LEVEL
    answer = post(call(cast.root), url(cast.italy, "move"), {"parent_id": None})
    assert answer.json()["parent_id"] is None
    assert keys(post(api, url(cast.europe, "move"))) == ["parent_id"]
    assert keys(post(api, url(cast.europe, "move"), {"parent": None})) == ["parent"]


@pytest.mark.parametrize("place", ["acme", "europe", "italy"])
def test_no_move_makes_a_cycle(cast, call, place):
    body = {"parent_id": str(getattr(cast, place).pk)}
    assert keys(post(call(cast.root), url(cast.acme, "move"), body)) == ["parent_id"]
    cast.acme.refresh_from_db()
    assert cast.acme.parent is None


def test_a_verb_takes_no_body(cast, call):
    answer = post(call(cast.root), url(cast.italy, "suspend"), {"reason": "x"})
    assert keys(answer) == ["reason"]
