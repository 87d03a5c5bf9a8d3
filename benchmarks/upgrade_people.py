"""Fills a directory of an older commit, by that commit's own models; run inside its tree.

Every field of every person is filled or as empty as it may be, with the longest texts, every
script, and dates from 1900 to 9999; every other table gets rows, too.
"""
# ruff: noqa: T201  (its parent reads what it prints)

import base64
import json
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django

sys.path.insert(0, os.getcwd())  # before this folder, whose names are its own
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP  # noqa: E402
from django.apps import apps  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from upgrade_rest import fill_rest  # noqa: E402

from users import actor  # noqa: E402

PASSWORD = os.environ["USERSVC_ADMIN_PASSWORD"]
BLOCK = 1_000
FACTORS = 200  # people with a second factor
COMBINED = "Zoe\u0301 \U0001f469\u200d\U0001f469\u200d\U0001f467"
TEXTS = [
    "Ada Lovelace",
    "Σωκράτης Ὀδυσσεύς",
    "İbrahim Şığ STRASSE ß",
    "王小明 ｶﾀｶﾅ",
    "محمد بن عبد الله",
    COMBINED,
    '=cmd|"/c calc"!A1; O\'Brien, "Q"',
    "  tab\tline\nblanks  ",
    "\u0301starts with an accent",
]
INSTANTS = [
    datetime(1900, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 30, 0, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]
ZONES = ["UTC", "Europe/Rome", "Asia/Kathmandu", "America/St_Johns"]
METADATA: list[Any] = [
    {},
    {"nested": {"list": [1, -0.5, 1e21, None, True, "ß\u0301"]}, "big": 2**53 + 1, "": ""},
    [],
    "text",
    False,
    {"long": "x" * 20_000},
]


def main() -> None:
    """Fill the directory; print what the parent signs in with, and the tables left empty."""
    people = int(sys.argv[1])
    things = list(_things())
    hashes = [make_password(PASSWORD, hasher=name) for name in ("argon2", "pbkdf2_sha256")]
    hashes.append(make_password(None))
    admin = _admin()
    with actor.acting(lambda: admin, "2001:db8::1"):
        for start in range(0, people, BLOCK):
            _people(range(start, min(start + BLOCK, people)), things, hashes)
        _changes()
    print(json.dumps({"code": _second_factors(), "empty": fill_rest()}))


def _admin() -> Any:
    everybody = apps.get_model("users.User")
    everybody.objects.create_user("person", "person@example.com", PASSWORD, status="active")
    return everybody.objects.create_superuser("admin", "admin@example.com", PASSWORD)


def _things() -> Iterator[list[Any]]:
    """Make what people belong to; yield the rows of each kind."""
    model = apps.get_model
    organizations = _organizations()
    yield organizations
    for name in ("Role", "Group", "Connection"):
        extra = {"domain": "d" * 253} if name == "Connection" else {}
        rows = model(f"users.{name}").objects
        yield [rows.create(name=text.ljust(150, "y"), description=text, **extra) for text in TEXTS]
    for row in model("users.Role").objects.filter(shipped=False):
        row.permissions.set(model("auth.Permission").objects.all()[: len(row.description)])
    yield [
        model("users.Site").objects.create(name=f"{text} {one}"[:150], organization=one)
        for text in TEXTS
        for one in organizations[:3]
    ]
    tags = [text for text in TEXTS if not set(text) & set(',;"[')]
    yield [model("users.Tag").objects.create(name=text[:100], description=text) for text in tags]


def _organizations() -> list[Any]:
    """Make a tree of three levels, whose last ones are suspended, or deleted."""
    organizations: list[Any] = []
    for number, text in enumerate(TEXTS):
        at = INSTANTS[number % 5] if number > 5 else None
        organizations.append(
            apps.get_model("users.Organization").objects.create(
                name=f"{text} {number}",
                external_id=f"{text} {number}".ljust(100, "x"),
                description=text * 50,
                parent=organizations[number // 3] if number else None,
                suspended_at=at,
                deleted_at=at if number == 8 else None,
            )
        )
    return organizations


def _people(numbers: range, things: list[list[Any]], hashes: list[str]) -> None:
    everybody = apps.get_model("users.User")
    people = [
        everybody(**_person(number, things, hashes[number % len(hashes)])) for number in numbers
    ]
    everybody.all_objects.bulk_create(people)
    _, roles, groups, _, sites, tags = things
    pairs = [("Role", roles), ("Group", groups), ("Site", sites), ("Tag", tags)]
    for name, others in pairs:
        model = apps.get_model(f"users.User{name}")
        model.objects.bulk_create(
            model(user=person, **{name.lower(): others[(number + step) % len(others)]})
            for number, person in zip(numbers, people, strict=True)
            for step in range(number % 3)
        )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=person.email_verified, primary=True)
        for number, person in zip(numbers, people, strict=True)
        if number % 4
    )


def _person(number: int, things: list[list[Any]], password: str) -> dict[str, Any]:
    """Return the values of a person: of every other one, as few as may be."""
    person = {
        "username": f"person-{number}",
        "email": f"person-{number}@example.com",
        "name": f"{TEXTS[number % len(TEXTS)]} {number}",
        "password": password,
        "status": "active",
        "email_verified": number % 4 in (1, 2),
    }
    if number % 2:
        return person
    return person | _texts(number) | _belongings(number, things) | _instants(number)


def _texts(number: int) -> dict[str, Any]:
    text = TEXTS[number % len(TEXTS)]
    return {
        "username": f"{number}-ǅΣ-".ljust(150, "ü"),
        "email": f"{number}".ljust(64, "x") + "@" + "d" * 185 + ".org",
        "name": f"{number} {text}".ljust(255, "王"),
        **{name: text.ljust(150, "ñ") for name in ("given_name", "family_name", "nickname")},
        "phone": "+39 06".ljust(50, "0"),
        "picture": "https://example.com/".ljust(500, "p"),
        "description": text.ljust(2000, "D"),
        "user_metadata": METADATA[number // 2 % len(METADATA)],
        "app_metadata": METADATA[(number // 2 + 1) % len(METADATA)],
    }


def _belongings(number: int, things: list[list[Any]]) -> dict[str, Any]:
    organizations, _, _, connections = things[:4]
    everybody = apps.get_model("users.User")
    types, statuses = everybody.Type.values, everybody.Status.values
    at, status = INSTANTS[number % len(INSTANTS)], statuses[number // 2 % len(statuses)]
    found = {
        "user_type": types[number // 2 % len(types)],
        "status": status,
        "organization": organizations[number // 2 % len(organizations)],
        "connection": connections[number // 2 % len(connections)],
    }
    if status == "suspended":
        found |= {"status_before": "active", "suspended_at": at, "suspended_with": organizations[6]}
    if number % 20 == 0:
        found |= {"deleted_at": at, "deleted_with": organizations[8]}
    return found


def _instants(number: int) -> dict[str, Any]:
    at, after = INSTANTS[number % len(INSTANTS)], INSTANTS[(number + 1) % len(INSTANTS)]
    return {
        "login_count": 2**31 - 1 - number,
        "sign_in_version": number,
        "last_login": at,
        "password_changed_at": at,
        "password_expires_at": after,
        "access_starts_at": INSTANTS[number % 4],
        "access_ends_at": INSTANTS[5] - timedelta(days=number),
        "access_timezone": ZONES[number // 2 % len(ZONES)],
        "created_at": INSTANTS[number % 5],
        "updated_at": INSTANTS[(number + 1) % 5],
    }


def _second_factors() -> str:
    """Give people second factors of each kind; return a recovery code of the first, `factor`."""
    create = apps.get_model("users.User").objects.create_user
    for number in range(FACTORS):
        name = f"factor-{number}" if number else "factor"
        person = create(name, f"{name}@example.com", None if number else PASSWORD, status="active")
        TOTP.activate(person, base64.b32encode(f"seed of person {number:05}".encode()).decode())
        codes = RecoveryCodes.activate(person)
        key = {"name": "key ß", "credential": {"id": uuid.uuid4().hex, "passwordless": True}}
        Authenticator.objects.create(user=person, type="webauthn", data=key)
        if not number:
            first = str(codes.get_unused_codes()[0])
    return first


def _changes() -> None:
    """Change people one by one, and take a file: the audit has entries of every kind."""
    everybody = apps.get_model("users.User")
    for person in everybody.objects.filter(status="active").order_by("pk")[:100]:
        person.name, person.description = f"{person.name}"[:250] + " II", COMBINED
        person.save()
    apps.get_model("users.AuditEntry").objects.record_event(
        everybody, "export", COMBINED, rows=3, question={"search": "ß"}
    )


if __name__ == "__main__":
    main()
