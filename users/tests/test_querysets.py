"""Each word of the read vocabulary, and the order of what it returns."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from users.models import Role, User
from users.querysets import SORTABLE, SortKey

from .factories import (
    ConnectionFactory,
    GroupFactory,
    OrganizationFactory,
    SiteFactory,
    TagFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def names(people):
    return sorted(person.username for person in people)


def test_sight_is_the_own_organization_and_those_below(cast):
    everybody = User.all_objects.all()
    europe = ["alice", "bob", "charlie", "ivo", "rita", "sam"]
    assert names(everybody.visible_to(cast.alice)) == europe
    assert names(everybody.visible_to(cast.charlie)) == europe
    assert names(everybody.visible_to(cast.ivo)) == ["ivo"]
    assert names(everybody.visible_to(cast.sue)) == sorted([*europe, "akira", "sue"])
    assert names(everybody.visible_to(cast.zoe)) == ["zoe"]
    assert names(everybody.visible_to(cast.nora)) == ["nora"]
    assert everybody.visible_to(cast.root).count() == 11


def test_anonymous_sees_nobody(cast):
    from django.contrib.auth.models import AnonymousUser

    assert not User.all_objects.visible_to(AnonymousUser()).exists()


def test_sight_costs_one_query_for_the_tree_and_one_for_the_people(cast, django_assert_num_queries):
    with django_assert_num_queries(2):
        list(User.all_objects.visible_to(cast.alice))


def test_filters_narrow_sight_and_never_widen_it(cast):
    seen = User.all_objects.visible_to(cast.alice)
    assert names(seen.in_organizations(["acme-asia", "globex"])) == []
    assert names(seen.in_organizations(["acme-italy", "acme-asia"])) == ["ivo"]


def test_living_and_deleted():
    UserFactory(username="here")
    UserFactory(username="gone").soft_delete()
    assert names(User.objects.all()) == ["here"]
    assert names(User.all_objects.living()) == ["here"]
    assert names(User.all_objects.deleted()) == ["gone"]


def test_attributes():
    UserFactory(username="ann", user_type="saas_admin", mfa_enabled=True, email_verified=True)
    UserFactory(username="bea", status="risky", name="Béa Müller")
    people = User.objects.all()
    assert names(people.of_type(["saas_admin"])) == ["ann"]
    assert names(people.with_mfa(True)) == ["ann"]
    assert names(people.with_mfa(False)) == ["bea"]
    assert names(people.with_verified_email(True)) == ["ann"]
    assert names(people.with_status(["risky", "inactive"])) == ["bea"]
    assert names(people.name_contains("BÉA")) == ["bea"]
    assert names(people.name_contains("bea")) == []  # accents count
    assert names(people.username_contains("EA")) == ["bea"]
    assert names(people.email_contains("Bea@EXAMPLE")) == ["bea"]


def test_ids_are_exact_and_what_is_no_uuid_names_nobody():
    ann = UserFactory()
    people = User.objects.all()
    assert people.with_ids([str(ann.pk)]).get() == ann
    for wrong in (str(ann.pk).upper(), ann.pk.hex, f"{{{ann.pk}}}", "x", "", "'; DROP TABLE"):
        assert not people.with_ids([wrong]).exists()


def test_who_created_and_changed():
    ann = UserFactory()
    bea = UserFactory(created_by=ann, updated_by=ann)
    assert User.objects.created_by([ann.pk]).get() == bea
    assert User.objects.updated_by([str(ann.pk)]).get() == bea
    assert not User.objects.created_by([bea.pk]).exists()


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("created_at", "created_between"),
        ("updated_at", "updated_between"),
        ("last_login", "signed_in_between"),
        ("password_expires_at", "password_expires_between"),
        ("access_ends_at", "access_ends_between"),
    ],
)
def test_bounds_are_inclusive_and_a_null_matches_none(field, word):
    UserFactory(username="then", **{field: NOW})
    if User._meta.get_field(field).null:
        UserFactory(username="never")
    between = getattr(User.objects.filter(username__in=["then", "never"]), word)
    assert names(between(NOW, NOW)) == ["then"]
    assert names(between(NOW - HOUR, None)) == ["then"]
    assert names(between(None, NOW + HOUR)) == ["then"]
    assert names(between(NOW + HOUR, None)) == []
    assert names(between(None, NOW - HOUR)) == []


def test_never_signed_in():
    UserFactory(username="new")
    UserFactory(username="old", last_login=NOW)
    assert names(User.objects.never_signed_in()) == ["new"]


def test_what_people_belong_to():
    group, site, tag = GroupFactory(name="Vertrieb ß"), SiteFactory(), TagFactory(name="VIP")
    connection = ConnectionFactory()
    UserFactory(
        username="ann",
        groups=[group, GroupFactory()],
        sites=[site],
        tags=[tag, TagFactory()],
        roles=["Reader", "Support"],
        connection=connection,
    )
    UserFactory(username="bea")
    people = User.objects.all()
    reader = Role.objects.get(name="Reader")
    assert names(people.in_groups_named(["vertrieb SS"])) == ["ann"]
    assert names(people.at_sites([site.pk])) == ["ann"]
    assert names(people.tagged(["vip", "none"])) == ["ann"]
    assert names(people.of_connections([connection.pk])) == ["ann"]
    assert names(people.with_roles([reader.pk, uuid.uuid4(), "nonsense"])) == ["ann"]
    assert names(people.with_roles(["nonsense"])) == []


def test_two_matching_memberships_give_one_person():
    roles = list(Role.objects.filter(name__in=["Reader", "Support"]))
    UserFactory(username="ann", roles=roles)
    assert User.objects.with_roles([role.pk for role in roles]).count() == 1


def test_super_admins(cast):
    assert names(User.objects.super_admins()) == ["root", "sue", "zoe"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann", ["ann"]),
        ("ANN example", ["ann"]),
        ("müller", ["ann"]),
        ("MÜLLER ann", ["ann"]),
        ("muller", []),
        ("likes 100%", ["ann"]),
        ("100_", []),
        ("%", ["ann"]),
        ("_", []),
        ("\\", ["bea"]),
        ("annann", []),
        ("example", ["ann", "bea"]),
        ("  ", ["ann", "bea"]),
        ("ann bea", []),
    ],
)
def test_search_wants_every_term_somewhere(text, found):
    # Ids are searched, too, and one in a hundred has the letters "bea".
    ids = [f"00000000-0000-7000-8000-00000000000{number}" for number in (1, 2)]
    UserFactory(id=ids[0], username="ann", name="A. Müller", description="Likes 100% cocoa")
    UserFactory(id=ids[1], username="bea", name="Back\\slash")
    assert names(User.objects.search(text)) == found


def test_search_knows_the_id():
    ann = UserFactory()
    assert User.objects.search(str(ann.pk)[3:30].upper()).get() == ann


def test_search_follows_changes():
    ann = UserFactory(username="ann")
    ann.description = "now with ZEBRA"
    ann.save(update_fields=["description"])
    assert User.objects.search("zebra").get() == ann


def ordered(*keys):
    return [person.username for person in User.objects.sorted_by(*keys)]


@pytest.mark.parametrize("word", ["last_login", "password_expires_at", "access_ends_at"])
def test_nulls_come_last_in_both_directions(word):
    UserFactory(username="none")
    UserFactory(username="late", **{word: NOW + HOUR})
    UserFactory(username="early", **{word: NOW})
    assert ordered(SortKey(word)) == ["early", "late", "none"]
    assert ordered(SortKey(word, descending=True)) == ["late", "early", "none"]


def test_people_without_organization_come_last_in_both_directions():
    UserFactory(username="none")
    for name in ("Beta", "alpha"):
        UserFactory(username=name, organization=OrganizationFactory(name=name))
    assert ordered(SortKey("organization")) == ["alpha", "beta", "none"]
    assert ordered(SortKey("organization", descending=True)) == ["beta", "alpha", "none"]


def test_text_sorts_folded_and_byte_by_byte():
    for name in ("émile", "Zoe", "ann", "Łukasz", "1st", "_x", "Ben"):
        UserFactory(username=name, name=name)
    assert ordered(SortKey("name")) == ["1st", "_x", "ann", "ben", "zoe", "émile", "łukasz"]
    assert ordered(SortKey("username")) == ["1st", "_x", "ann", "ben", "zoe", "émile", "łukasz"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("word", SORTABLE)
def test_ties_are_broken_by_id_in_the_direction_of_the_first_key(word, descending):
    for _ in range(5):
        UserFactory(name="same", created_at=NOW, updated_at=NOW)
    ids = [person.pk for person in User.objects.sorted_by(SortKey(word, descending))]
    if word not in ("username", "email"):
        assert ids == sorted(ids, reverse=descending)
    else:
        assert len(set(ids)) == 5


def test_export_status_sorts_enabled_suspended_deleted():
    UserFactory(username="b", suspended=True)
    UserFactory(username="c").soft_delete()
    UserFactory(username="a")
    people = User.all_objects.sorted_by(SortKey("export_status"))
    assert [person.username for person in people] == ["a", "b", "c"]


def test_several_keys_in_order():
    UserFactory(username="a", status="active", name="x")
    UserFactory(username="b", status="risky", name="x")
    UserFactory(username="c", status="active", name="a")
    assert ordered(SortKey("name", True), SortKey("status")) == ["a", "b", "c"]
