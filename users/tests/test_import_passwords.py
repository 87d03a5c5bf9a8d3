"""Passwords from elsewhere: their hashes are kept as they are, and really sign people in."""

import base64
import hashlib

import argon2
import bcrypt
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password

from users.models import PasswordBefore, User
from usersvc import clock

from .factories import PASSWORD, UserFactory
from .importing import faults, person, run

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LONG = "x" * 71 + "öüä" * 20
HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "users.hashers.BCryptPasswordHasher",
]


class QuickArgon2(Argon2PasswordHasher):
    """As the service's, and not meant to take long."""

    time_cost, memory_cost, parallelism = 1, 64, 1


@pytest.fixture(autouse=True)
def _hashers(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickArgon2", *HASHERS[1:]]


def bcrypted(password, prefix=b"2b"):
    salt = bcrypt.gensalt(4, prefix=b"2b")
    return bcrypt.hashpw(password.encode()[:72], salt).replace(b"$2b$", b"$" + prefix + b"$")


def pbkdf2(password, rounds=1000):
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", rounds)
    return f"pbkdf2_sha256${rounds}$salt${base64.b64encode(key).decode()}"


MADE = {
    "bcrypt of another service": lambda word: bcrypted(word).decode(),
    "bcrypt 2a": lambda word: bcrypted(word, b"2a").decode(),
    "bcrypt 2y": lambda word: bcrypted(word, b"2y").decode(),
    "bcrypt of Django": lambda word: f"bcrypt${bcrypted(word).decode()}",
    "bcrypt_sha256": lambda word: make_password(word, hasher="bcrypt_sha256"),
    "argon2 of Django": lambda word: make_password(word, hasher="argon2"),
    "argon2 of another service": lambda word: argon2.PasswordHasher(1, 64, 1).hash(word),
    "argon2i": lambda word: argon2.PasswordHasher(1, 64, 1, type=argon2.Type.I).hash(word),
    "pbkdf2": pbkdf2,
    "scrypt": lambda word: make_password(word, hasher="scrypt"),
}


@pytest.mark.parametrize("word", [PASSWORD, LONG], ids=["short", "long"])
@pytest.mark.parametrize("kind", MADE)
def test_people_sign_in_with_the_passwords_they_had(call, kind, word):
    row = person("ann", password_hash=MADE[kind](word), status="active")
    assert faults([row]) == []
    ann = User.objects.get()
    assert ann.password_changed_at is not None
    wrong = call().post("/api/token", {"username": "ann", "password": "x" + word}, format="json")
    assert wrong.status_code == 401
    right = call().post("/api/token", {"username": "ann", "password": word}, format="json")
    assert right.status_code == 200, right.content
    # From now on it is kept as everybody's is.
    ann.refresh_from_db()
    assert ann.password.startswith("argon2$argon2id$")
    again = call().post("/api/token", {"username": "ann", "password": word}, format="json")
    assert again.status_code == 200


@pytest.mark.parametrize("prefix", ["", "bcrypt$", "bcrypt_sha256$"])
def test_a_salt_may_begin_as_the_hash_does(prefix):
    salt = b"$2b$04$2" + b"." * 20 + b"O"
    found = bcrypt.hashpw(PASSWORD.encode(), salt).decode()
    assert found.startswith("$2b$04$2")
    assert faults([person("ann", password_hash=prefix + found)]) == []


def test_an_imported_password_counts_as_one_that_was_had():
    run([person("ann", password_hash=pbkdf2(PASSWORD))])
    ann = User.objects.get()
    assert PasswordBefore.objects.has(ann, PASSWORD, 1)
    ann.set_password("another one")
    ann.save()
    assert PasswordBefore.objects.has(ann, PASSWORD, 2)


def test_the_policy_says_how_long_it_is_good(cast):
    from users.models import Policy

    Policy.objects.create(organization=cast.acme, password_expiry_days=10)
    rows = [
        person("ann", organization="acme-italy", password_hash=pbkdf2("x")),
        person("bea", organization="globex", password_hash=pbkdf2("x")),
        person(
            "cid", organization="acme", password_hash=pbkdf2("x"), password_expires_at="2030-01-01"
        ),
    ]
    run(rows)
    ann, bea, cid = User.objects.filter(username__in=["ann", "bea", "cid"]).order_by("username")
    assert 9 <= (ann.password_expires_at - clock.now()).days <= 10
    assert bea.password_expires_at is None
    assert cid.password_expires_at.year == 2030


BAD = [
    "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
    "plain text",
    "!unusable",
    "$1$salt$abc",
    "$2b$12$short",
    "$2x$12$" + "a" * 53,
    "$2b$03$" + "." * 53,
    "$2b$31$" + "." * 53,
    "$2b$10$" + "a" * 53,  # a salt that no bcrypt makes
    "bcrypt_sha512$$2b$10$" + "." * 53,
    "pbkdf2_sha256$1000$salt$short",
    "pbkdf2_sha256$999999999$salt$" + "A" * 43 + "=",
    "pbkdf2_sha1$1000$salt$" + "A" * 27 + "=",
    "scrypt$16384$salt$8$1$short",
    "scrypt$1048576$salt$8$1$" + "A" * 86 + "==",
    "scrypt$16000$salt$8$1$" + "A" * 86 + "==",
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$" + "A" * 43,
    "$argon2id$v=19$m=999999999,t=3,p=4$" + "A" * 22 + "$" + "A" * 43,
    "$argon2id$v=19$m=65536,t=9999,p=4$" + "A" * 22 + "$" + "A" * 43,
    "$argon2id$v=16$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43,
    "argon2$$argon2id$v=19$m=64,t=1,p=1$" + "A" * 22 + "$" + "A" * 43,
    f"pbkdf2_sha256$1000$\0${'A' * 43}=",
    f"pbkdf2_sha256$1000$\udc00${'A' * 43}=",
    f"pbkdf2_sha256$\u0661$salt${'A' * 43}=",
    f"scrypt$16384$\0$8$1${'A' * 86}==",
    "$2b$\u0661\u0660$" + "." * 53,
    "x" * 1000,
    7,
    ["$2b$"],
]


@pytest.mark.parametrize("found", BAD)
def test_a_hash_that_nobody_can_check_is_refused_and_not_repeated(found):
    report, _ = run([person("ann", password_hash=found), person("bea")])
    (fault,) = report.faults
    assert (fault.line, fault.field, fault.value) == (1, "password_hash", "")
    assert str(found) not in str(fault)
    assert User.objects.get().username == "bea"


def test_who_is_there_keeps_the_password(cast):
    before = UserFactory(username="ann", password=PASSWORD)
    row = {"email": before.email, "password_hash": pbkdf2("another one")}
    report, _ = run([row], cast.root, upsert="email")
    assert (report.faults[0].code, report.faults[0].value) == ("password_hash", "")
    before.refresh_from_db()
    assert before.check_password(PASSWORD)
    row["password_hash"] = before.password
    assert run([row], cast.root, upsert="email")[0].unchanged == 1


def test_settings_name_the_hashers():
    from usersvc import settings

    assert settings.PASSWORD_HASHERS == HASHERS
