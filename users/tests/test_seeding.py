"""Demo people: every kind of them, and true to every rule of the directory."""

from datetime import timedelta
from unicodedata import name as letter_name

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Count, F

from users.models import Connection, Organization, Role, User
from users.secrets import decrypt
from users.seeding import names, seed
from users.seeding.cast import USERNAMES
from users.status import AccountState, Status
from usersvc import clock

from .codes import code

SIZE = 400


@pytest.fixture
def seeded(db):
    assert seed(SIZE) == SIZE
    return User.all_objects.all()


@pytest.mark.parametrize("status", Status.values)
def test_every_status(seeded, status):
    assert seeded.filter(status=status).exists()


@pytest.mark.parametrize("state", AccountState.values)
def test_every_account_state(seeded, state):
    assert User.objects.in_account_state([state], clock.now()).exists()


SCRIPTS = {
    *("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "KATAKANA"),
    *("HANGUL", "DEVANAGARI", "THAI", "FOX"),
}


def test_every_script(seeded):
    letters = {letter for (name,) in seeded.values_list("name") for letter in name}
    scripts = {letter_name(letter, "-").split()[0] for letter in letters}
    assert scripts.issuperset(SCRIPTS)
    assert letters.issuperset("éñßøłİıễ'\n\",=@")


@pytest.mark.parametrize("start", ["=", "@", "+1", "-2", "'"])
def test_names_that_look_like_formulas(seeded, start):
    assert seeded.filter(name__startswith=start).exists()


def test_the_copies_are_what_the_model_writes(seeded):
    for person in seeded:
        stored = person.name_key, person.search_text
        person.refresh_keys()
        assert (person.name_key, person.search_text) == stored


def test_every_row_is_valid(seeded):
    for person in seeded:
        person.clean_fields()
        person.clean()
        assert str(person.pk)[14] == "7"
        assert not person.has_usable_password()
        assert isinstance(person.user_metadata, dict)


def test_stored_values_are_what_the_model_stores(seeded):
    raw = "SELECT * FROM users_user WHERE username = %s"
    person = seeded.exclude(last_login=None).exclude(picture="").order_by("-created_at")[0]
    with connection.cursor() as cursor:
        cursor.execute(raw, [person.username])
        before = cursor.fetchone()
        person.save_base(raw=True)
        cursor.execute(raw, [person.username])
        assert cursor.fetchone() == before


def test_instants_follow_each_other(seeded):
    demo = seeded.exclude(username__in=USERNAMES)
    now = clock.now()
    assert not demo.filter(updated_at__lt=F("created_at")).exists()
    assert not demo.filter(last_login__lt=F("created_at")).exists()
    assert not demo.filter(suspended_at__lt=F("created_at")).exists()
    assert not demo.filter(updated_at__gt=now).exists()
    oldest, newest = (demo.order_by(order)[0].created_at for order in ("created_at", "-created_at"))
    assert newest - oldest > timedelta(days=730)
    assert now - newest < timedelta(days=10)


def test_never_signed_in_means_no_sign_ins(seeded):
    assert seeded.never_signed_in().exists()
    assert not seeded.never_signed_in().filter(login_count__gt=0).exists()
    assert not seeded.filter(last_login__isnull=False, login_count=0).exists()


def test_schedules_and_passwords_past_and_to_come(seeded):
    now = clock.now()
    for field in ("access_starts_at", "access_ends_at", "password_expires_at"):
        assert seeded.filter(**{f"{field}__lt": now}).exists()
        assert seeded.filter(**{f"{field}__gt": now}).exists()
    assert seeded.values("access_timezone").distinct().count() > 5


def test_variety(seeded):
    assert seeded.deleted().exists()
    assert set(seeded.values_list("user_type", flat=True)) == set(User.Type.values)
    assert set(seeded.values_list("connection", flat=True)) == set(
        Connection.objects.values_list("pk", flat=True)
    )
    for field in ("created_by", "updated_by", "organization"):
        assert seeded.filter(**{f"{field}__isnull": False}).exists()
        assert seeded.filter(**{f"{field}__isnull": True}).exists()
    assert seeded.filter(phone__startswith="+39 055 ").exists()
    assert not seeded.filter(status="suspended", status_before="").exists()


def test_memberships(seeded):
    average = seeded.annotate(n=Count("roles")).values_list("n", flat=True)
    assert 1.2 < sum(average) / SIZE < 1.8
    for words, least in (("groups", 0.7), ("tags", 0.7), ("sites", 0.2)):
        assert seeded.filter(**{f"{words}__isnull": False}).count() / SIZE > least
    assert (
        not seeded.filter(sites__isnull=False)
        .exclude(sites__organization=F("organization"))
        .exists()
    )


def test_the_tree_of_organizations_has_three_levels(seeded):
    depth = Organization.objects.with_tree_fields().values_list("external_id", flat=True)
    assert "org_acme_italy" in depth
    assert {node.tree_depth for node in Organization.objects.with_tree_fields()} == {0, 1, 2}


def test_mfa_agrees_with_authenticators(seeded):
    holders = set(Authenticator.objects.filter(type="totp").values_list("user_id", flat=True))
    assert holders == set(seeded.with_mfa(True).values_list("pk", flat=True))
    assert 0.15 < len(holders) / SIZE < 0.35
    codes = Authenticator.objects.filter(type="recovery_codes")
    assert codes.exists()
    assert set(codes.values_list("user_id", flat=True)) <= holders
    assert len(codes[0].wrap().generate_codes()) == 10


def test_authenticators_are_real(seeded, still):
    factor = Authenticator.objects.filter(type="totp")[0].wrap()
    assert factor.validate_code(code(decrypt(factor.instance.data["secret"])))


def test_verified_agrees_with_addresses(seeded):
    addresses = EmailAddress.objects.filter(primary=True, email=F("user__email"))
    assert addresses.count() == SIZE
    assert not addresses.exclude(verified=F("user__email_verified")).exists()
    assert {False, True} == set(seeded.values_list("email_verified", flat=True))


def test_shipped_roles_stay_as_they_are(seeded):
    assert Role.objects.filter(shipped=True).count() == 5


def test_serials_and_usernames_are_one_to_one():
    serials = [*range(2 * len(names.COMBINATIONS)), 1_000_000, 12_345_678]
    usernames = [names.identity(serial).username for serial in serials]
    assert len(set(usernames)) == len(usernames)
    assert [names.serial_of(username) for username in usernames] == serials
    assert names.serial_of("admin") is None
    assert names.serial_of(usernames[0] + "1") is None
