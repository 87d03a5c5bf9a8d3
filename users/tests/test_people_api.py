"""People over the API: made, read, changed and replaced."""

import pytest

from users.cascades import delete_organization
from users.models import AuditEntry, User
from users.tests.factories import TagFactory, UserFactory

from .sending import NEW, address, faults, send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

# -- new people


def test_a_new_person_belongs_where_its_maker_does(cast, call):
    answer = send(call(cast.bob), "post", "/users", NEW)
    assert answer.status_code == 201
    shown = answer.json()
    assert answer["Location"] == f"/users/{shown['id']}"
    assert shown["identifier"] == "new.one"
    assert shown["email"] == "new.one@example.com"
    assert shown["name"] == "New.One"
    assert shown["status"] == "onboarding"
    assert shown["organization"]["external_id"] == "acme-europe"
    person = User.objects.get(pk=shown["id"])
    assert (person.created_by, person.updated_by) == (cast.bob, cast.bob)
    assert not person.has_usable_password()


def test_a_new_person_with_everything(cast, call):
    body = NEW | {
        "name": "Émile Zola",
        "given_name": "Émile",
        "family_name": "Zola",
        "nickname": "Em",
        "phone": "+39 02 1234",
        "picture": "https://pictures.example/e.jpg",
        "description": "Writes",
        "user_type": "SAAS_ADMIN",
        "status": "Active",
        "organization_id": str(cast.italy.pk),
        "connection_id": "con_0000000000000001",
        "schedule": {"starts_at": "2026-01-01", "ends_at": "2026-06-01T12:00:00+0200"},
        "password_expires_at": "2027-01-01T00:00:00Z",
        "user_metadata": {"country": "FR"},
        "app_metadata": {"plan": "pro"},
        "password": "a-good-l0ng-password",
    }
    shown = send(call(cast.alice), "post", "/users", body).json()
    assert shown["name"] == "Émile Zola"
    assert shown["user_type"] == "saas_admin"
    assert shown["organization"]["external_id"] == "acme-italy"
    assert shown["schedule"] == {
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2026-06-01T10:00:00Z",
        "timezone": "UTC",
    }
    assert shown["user_metadata"] == {"country": "FR"}
    assert "password" not in shown
    assert User.objects.get(pk=shown["id"]).check_password("a-good-l0ng-password")


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "is_superuser",
        "roles",
        "groups",
        "sites",
        "tags",
        "organization",
        "created_by",
        "updated_by",
        "created_at",
        "updated_at",
        "mfa_enabled",
        "email_verified",
        "last_login",
        "login_count",
        "deleted_at",
        "suspended_at",
    ],
)
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_what_nobody_assigns_is_refused_by_name(cast, call, method, name):
    path = "/users" if method == "post" else address(cast.charlie)
    answer = send(call(cast.root), method, path, NEW | {name: None})
    assert answer.status_code == 400
    assert list(faults(answer)) == [name]
    assert not User.objects.filter(username="new.one").exists()


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"email": "x@example.com"}, "identifier"),
        ({"identifier": "x"}, "email"),
        (NEW | {"identifer": "x"}, "identifer"),
        (NEW | {"identifier": "two words"}, "identifier"),
        (NEW | {"email": "nowhere"}, "email"),
        (NEW | {"status": "suspended"}, "status"),
        (NEW | {"user_type": "robot"}, "user_type"),
        (NEW | {"picture": "javascript:alert(1)"}, "picture"),
        (NEW | {"name": "nul\0"}, "name"),
        (NEW | {"name": 5}, "name"),
        (NEW | {"organization_id": "acme"}, "organization_id"),
        (NEW | {"connection_id": "con_9999999999999999"}, "connection_id"),
        (NEW | {"schedule": {"starts_at": "2026-W01"}}, "schedule.starts_at"),
        (NEW | {"schedule": {"start": "2026-01-01"}}, "schedule.start"),
        (NEW | {"schedule": {"timezone": "IST"}}, "schedule.timezone"),
        (
            NEW | {"schedule": {"starts_at": "2026-02-01", "ends_at": "2026-01-01"}},
            "schedule.ends_at",
        ),
        (NEW | {"user_metadata": [1]}, "user_metadata"),
        (NEW | {"user_metadata": {"a": "\0"}}, "user_metadata"),
        (NEW | {"user_metadata": {"a": [1e22]}}, "user_metadata"),
        (NEW | {"app_metadata": {"a": -(2**63)}}, "app_metadata"),
        (NEW | {"password": "12345678"}, "password"),
    ],
)
def test_a_bad_body_is_refused_by_name_and_nobody_is_made(cast, call, body, key):
    before = User.all_objects.count()
    answer = send(call(cast.root), "post", "/users", body)
    assert answer.status_code == 400, answer.content
    assert list(faults(answer)) == [key]
    assert User.all_objects.count() == before


def test_nobody_is_placed_out_of_sight(cast, call):
    body = NEW | {"organization_id": str(cast.asia.pk)}
    answer = send(call(cast.alice), "post", "/users", body)
    assert (answer.status_code, list(faults(answer))) == (400, ["organization_id"])
    assert send(call(cast.nora), "post", "/users", NEW).status_code == 403


def test_nobody_is_placed_in_a_deleted_organization(cast, call):
    delete_organization(cast.italy)
    body = NEW | {"organization_id": str(cast.italy.pk)}
    answer = send(call(cast.alice), "post", "/users", body)
    assert (answer.status_code, list(faults(answer))) == (400, ["organization_id"])


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_is_written_takes_no_parameters(cast, call, method):
    path = "/users" if method == "post" else address(cast.charlie)
    answer = getattr(call(cast.alice), method)(f"{path}?dry_run=1", NEW, format="json")
    assert (answer.status_code, list(faults(answer))) == (400, ["dry_run"])


def test_options_are_told(cast, call):
    for path in ("/users", address(cast.charlie), address(cast.charlie, "/suspend")):
        assert call(cast.alice).options(path).status_code == 200


def test_a_taken_name_is_a_conflict(cast, call):
    body = {"identifier": "BOB", "email": "rita@EXAMPLE.com"}
    answer = send(call(cast.alice), "post", "/users", body)
    assert answer.status_code == 409
    assert faults(answer) == {"identifier": "is taken", "email": "is taken"}
    cast.charlie.soft_delete()
    answer = send(call(cast.alice), "post", "/users", NEW | {"identifier": "charlie"})
    assert answer.status_code == 409
    assert "restore or destroy" in faults(answer)["identifier"]


def test_numbers_in_metadata_come_back_whatever_the_database(cast, call):
    """Beyond these PostgreSQL gave back whole numbers that no answer could hold: 500."""
    told = {"a": -0.0, "b": 1e16, "c": 2**63 - 1, "d": 1.5e-7, "e": [0.1, {"f": -1e18}]}
    api = call(cast.root)
    shown = send(api, "post", "/users", NEW | {"app_metadata": told})
    assert shown.status_code == 201, shown.content
    assert api.get(f"/users/{shown.json()['id']}").json()["app_metadata"] == told


def test_metadata_takes_its_permission(cast, call):
    api = call(cast.bob)
    answer = send(api, "post", "/users", NEW | {"user_metadata": {"a": 1}})
    assert (answer.status_code, "user_metadata" in answer.json()["message"]) == (403, True)
    shown = api.get(address(cast.charlie)).json()
    assert not {"created_by", "updated_by", "user_metadata", "app_metadata"} & shown.keys()
    assert "created_by" in call(cast.alice).get(address(cast.charlie)).json()


# -- changes


def test_a_patch_changes_what_it_names(cast, call):
    answer = send(call(cast.alice), "patch", address(cast.charlie), {"phone": "+39 1"})
    assert (answer.status_code, answer.json()["phone"]) == (200, "+39 1")
    cast.charlie.refresh_from_db()
    assert (cast.charlie.name, cast.charlie.updated_by) == ("Charlie", cast.alice)
    entry = AuditEntry.objects.order_by("-pk").first()
    assert (entry.actor, entry.changes) == (cast.alice, {"phone": ["", "+39 1"]})


def test_a_put_replaces_what_can_be_written(cast, call):
    person = UserFactory(organization=cast.europe, phone="1", user_metadata={"a": 1}, tags=[])
    person.tags.add(TagFactory())
    answer = send(call(cast.alice), "put", address(person), NEW | {"status": "active"})
    assert answer.status_code == 200
    person.refresh_from_db()
    assert (person.username, person.phone, person.name) == ("new.one", "", "New.One")
    assert person.tags.count() == 1


def test_another_address_is_not_verified(cast, call):
    person = UserFactory(organization=cast.europe, email_verified=True)
    send(call(cast.alice), "patch", address(person), {"email": person.email.upper()})
    person.refresh_from_db()
    assert person.email_verified
    send(call(cast.alice), "patch", address(person), {"email": "other@example.com"})
    person.refresh_from_db()
    assert not person.email_verified


def test_a_patch_that_names_nothing_changes_nothing(cast, call):
    before = call(cast.alice).get(address(cast.charlie))
    assert send(call(cast.alice), "patch", address(cast.charlie), {})["ETag"] != ""
    assert send(call(cast.alice), "patch", address(cast.charlie), {"nme": 1}).status_code == 400
    assert before.json()["name"] == "Charlie"


def test_a_suspended_person_gets_a_status_by_reactivation_only(cast, call):
    cast.charlie.suspend()
    answer = send(call(cast.alice), "patch", address(cast.charlie), {"status": "active"})
    assert (answer.status_code, list(faults(answer))) == (400, ["status"])
