"""What the models promise: folded names, who changed what, and constraints in the database."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from users import actor
from users.models import Connection, Organization, Tag, User

from .factories import PASSWORD, OrganizationFactory, SiteFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)


def refused(function, *args, **kwargs):
    with pytest.raises(IntegrityError), transaction.atomic():
        function(*args, **kwargs)


def test_usernames_and_addresses_ignore_case():
    ann = UserFactory(username="Änn", email="A\u0308nn@Example.COM")
    assert (ann.username, ann.email) == ("änn", "änn@example.com")
    assert User.objects.get(username="ÄNN") == ann
    assert User.objects.get_by_natural_key("A\u0308NN") == ann
    refused(UserFactory, username="änn")
    refused(UserFactory, email="ÄNN@example.com")


def test_a_deleted_person_holds_its_name_and_says_so():
    UserFactory(username="ann", email="ann@example.com").soft_delete()
    refused(UserFactory, username="ann")
    with pytest.raises(ValidationError) as error:
        User(username="Ann", email="other@example.com", name="Ann", password="x").full_clean()
    assert error.value.error_dict["username"][0].code == "held_by_deleted"
    with pytest.raises(ValidationError) as error:
        User(username="new", email="ANN@example.com", name="Ann", password="x").full_clean()
    assert list(error.value.error_dict) == ["email"]


def test_a_living_person_holds_its_name_and_says_so():
    UserFactory(username="ann")
    with pytest.raises(ValidationError) as error:
        User(username="ANN", email="other@example.com", name="Ann", password="x").full_clean()
    assert list(error.value.error_dict) == ["username"]


def test_the_copies_follow_every_way_of_writing():
    ann = UserFactory(name="Ann ÄÖ")
    made = User.objects.bulk_create([User(username="bea", email="b@x.example", name="BÉA")])[0]
    assert (ann.name_key, made.name_key) == ("ann äö", "béa")
    assert str(made.pk) in made.search_text
    ann.name = "New"
    ann.save(update_fields=["name"])
    ann.refresh_from_db()
    assert ann.name_key == "new"
    assert "new" in ann.search_text
    with pytest.raises(ValueError, match="save"):
        User.objects.update(name="Same")


def test_whoever_acts_is_written_down():
    root, ann = UserFactory(), UserFactory()
    assert ann.created_by is None
    with actor.acting(lambda: root):
        bea = UserFactory()
        ann.save()
        User.objects.filter(pk=ann.pk).update(email_verified=True)
    assert (bea.created_by, bea.updated_by) == (root, root)
    ann.refresh_from_db()
    assert (ann.created_by, ann.updated_by) == (None, root)


def test_updated_at_moves_with_changes_and_not_with_sign_ins():
    ann = UserFactory()
    before = ann.updated_at
    ann.record_sign_in()
    ann.refresh_from_db()
    assert ann.updated_at == before
    assert ann.login_count == 1
    assert ann.last_login is not None
    ann.phone = "1"
    ann.save()
    assert ann.updated_at > before


def test_every_sign_in_counts():
    ann = UserFactory()
    ann.record_sign_in()
    ann.record_sign_in(fresh=False)
    ann.refresh_from_db()
    assert ann.login_count == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "gone"},
        {"user_type": "king"},
        {"username": ""},
        {"email": ""},
        {"status": "suspended"},
        {"suspended_at": NOW},
        {"access_starts_at": NOW, "access_ends_at": NOW},
        {"access_starts_at": NOW, "access_ends_at": NOW - timedelta(microseconds=1)},
    ],
)
def test_the_database_refuses_what_makes_no_sense(wrong):
    refused(UserFactory, **wrong)


def test_the_form_says_what_is_wrong_with_a_schedule():
    ann = UserFactory.build(access_starts_at=NOW, access_ends_at=NOW, access_timezone="IST")
    with pytest.raises(ValidationError) as error:
        ann.clean_fields()
    assert "access_timezone" in error.value.error_dict
    with pytest.raises(ValidationError) as error:
        ann.clean()
    assert "access_ends_at" in error.value.error_dict


@pytest.mark.parametrize(
    "identifier", ["con_1", "CON_0000000000000002", "con_000000000000000-", ""]
)
def test_connection_ids_have_their_pattern(identifier):
    refused(Connection.objects.create, id=identifier, name="x", domain="x.example")


def test_a_new_connection_gets_a_fitting_id():
    assert Connection.objects.create(name="x", domain="x.example").pk.startswith("con_")
    assert Connection.objects.filter(domain="local").count() == 1


@pytest.mark.parametrize("name", ["a,b", "a;b", 'a"b', "[a", ""])
def test_tags_hold_nothing_that_separates_them(name):
    refused(TagFactory, name=name)
    with pytest.raises(ValidationError):
        Tag(name=name).full_clean()


def test_names_are_unique_without_their_case():
    TagFactory(name="VIP")
    refused(TagFactory, name="vip")
    acme = SiteFactory(name="Rome")
    refused(SiteFactory, name="ROME", organization=acme.organization)
    SiteFactory(name="Rome")


def test_an_organization_is_not_its_own_parent():
    acme = OrganizationFactory()
    refused(Organization.objects.filter(pk=acme.pk).update, parent=acme)
    refused(OrganizationFactory, external_id="")


def test_suspension_remembers_what_it_replaced():
    ann = UserFactory(status="risky")
    ann.suspend()
    ann.suspend()
    ann.refresh_from_db()
    assert (ann.status, ann.status_before) == ("suspended", "risky")
    assert ann.suspended_at is not None
    ann.reactivate()
    ann.refresh_from_db()
    assert (ann.status, ann.status_before, ann.suspended_at) == ("risky", "", None)


def test_reactivation_makes_active_when_nothing_is_remembered():
    ann = UserFactory(suspended=True)
    ann.reactivate()
    assert ann.status == "active"


def test_reactivating_who_is_not_suspended_changes_nothing():
    ann = UserFactory(status="inactive")
    ann.reactivate()
    assert ann.status == "inactive"


def test_deletion_can_be_taken_back():
    ann = UserFactory(suspended=True)
    ann.soft_delete()
    first = ann.deleted_at
    ann.soft_delete()
    assert ann.deleted_at == first
    ann.restore()
    ann.refresh_from_db()
    assert (ann.deleted_at, ann.status) == (None, "suspended")


@pytest.mark.parametrize("end", ["suspend", "soft_delete"])
def test_a_session_ends_with_the_person_and_does_not_come_back(client, end):
    ann = UserFactory(password=PASSWORD)
    client.force_login(ann, backend="users.authentication.RoleBackend")
    assert client.session["_auth_user_hash"] == ann.get_session_auth_hash()
    before = ann.get_session_auth_hash()
    getattr(ann, end)()
    assert ann.get_session_auth_hash() != before


def test_a_password_has_its_date_and_ends_sessions():
    ann = UserFactory(password=PASSWORD)
    version, changed = ann.sign_in_version, ann.password_changed_at
    ann.set_password("another one")
    ann.save(update_fields=["password"])
    ann.refresh_from_db()
    assert ann.sign_in_version == version + 1
    assert ann.password_changed_at > changed


def test_an_outdated_hash_is_renewed_without_ending_anything(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    ann = UserFactory(username="ann", password=PASSWORD)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    assert authenticate(None, username="ann", password=PASSWORD) == ann
    after = User.objects.get(pk=ann.pk)
    assert after.password.startswith("md5$")
    assert (after.sign_in_version, after.password_changed_at) == (
        ann.sign_in_version,
        ann.password_changed_at,
    )


def test_ids_made_later_sort_later():
    with time_machine.travel(NOW, tick=False):
        first = UserFactory()
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        second = UserFactory()
    assert first.pk < second.pk
    assert first.pk.version == 7
