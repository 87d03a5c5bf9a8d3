"""Every format over real rows: the same values from both databases, in constant memory."""

import io
import json
import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from exports import pipeline, rows
from exports.columns import ColumnSet
from exports.formats import FORMATS
from exports.kinds import Style
from users.columns import USER_COLUMNS, account_state
from users.models import Connection, User
from usersvc import clock

from .factories import GroupFactory, OrganizationFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db

EVERYTHING = ColumnSet([*USER_COLUMNS, account_state(clock.now())])
AT = datetime(2025, 6, 21, 10, 30, 0, 123_456, tzinfo=UTC)
INSTANTS = ["created_at", "updated_at", "last_login", "suspended_at", "password_expires_at"]


def content(word, columns=EVERYTHING, **options):
    return b"".join(
        pipeline.render(
            User.all_objects.order_by("username"),
            columns,
            FORMATS[word],
            title="Users",
            generated_at=AT,
            on_end=lambda export: None,
            **options,
        )
    )


def objects():
    return [json.loads(line) for line in content("json").splitlines()]


def sheet(**options):
    page = openpyxl.load_workbook(io.BytesIO(content("xlsx", **options))).active
    found = page.iter_rows(min_row=2, values_only=True)
    return [dict(zip(EVERYTHING.names, row, strict=True)) for row in found]


def ann():
    """Return a person of whom everything is known, before whoever made it."""
    maker = UserFactory(username="zed")
    organization = OrganizationFactory(name="Größe & Söhne")
    return UserFactory(
        created_by=maker,
        updated_by=maker,
        username="ann",
        status="suspended",
        name="=Ann",
        given_name="Ann",
        family_name="Lee",
        nickname="@nn",
        phone="+39 055 1",
        email_verified=True,
        mfa_enabled=True,
        login_count=7,
        organization=organization,
        roles=["Support", "Admin"],
        groups=[GroupFactory(name="Staff")],
        tags=[TagFactory(name="vip"), TagFactory(name="a")],
        access_starts_at=AT,
        access_ends_at=AT.replace(year=2999),
        access_timezone="Asia/Kolkata",
        user_metadata={"country": "IT", "nested": {"list": [1, 2.5, None, True, "é"]}},
        **dict.fromkeys(INSTANTS, AT),
    )


def test_json_holds_what_the_model_holds():
    person = ann()
    at = "2025-06-21T10:30:00.123456Z"
    assert objects()[0] == {
        "id": str(person.pk),
        "username": "ann",
        "email": "ann@example.com",
        "email_verified": True,
        "name": "=Ann",
        "given_name": "Ann",
        "family_name": "Lee",
        "nickname": "@nn",
        "phone": "+39 055 1",
        "user_type": "saas_user",
        "organization": "Größe & Söhne",
        "picture": "",
        "connection": Connection.objects.get().name,
        "auth_domain": Connection.objects.get().domain,
        "roles": ["Admin", "Support"],
        "groups": ["Staff"],
        "tags": ["a", "vip"],
        "status": "suspended",
        "export_status": "suspended",
        "mfa": True,
        **dict.fromkeys(INSTANTS, at),
        "login_count": 7,
        "access_starts_at": at,
        "access_ends_at": at.replace("2025", "2999"),
        "access_timezone": "Asia/Kolkata",
        "created_by": str(person.created_by.pk),
        "updated_by": str(person.updated_by.pk),
        "user_metadata": person.user_metadata,
        "app_metadata": {},
        "account_state": "Disabled",
    }


def test_excel_holds_the_same():
    ann()
    of_json, row = objects()[0], sheet(style=Style(zone=ZoneInfo("Europe/Rome")))[0]
    in_rome = datetime(2025, 6, 21, 12, 30)  # noqa: DTZ001 - as a clock shows it
    assert {row[name] for name in INSTANTS} == {in_rome}
    assert row["access_starts_at"] == in_rome.replace(hour=16, minute=0)
    assert (row["email_verified"], row["mfa"], row["login_count"]) == (True, True, 7)
    assert row["roles"] == "Admin, Support"
    assert (row["name"], row["nickname"], row["phone"]) == ("'=Ann", "'@nn", "+39 055 1")
    assert json.loads(row["user_metadata"]) == of_json["user_metadata"]
    plain = ("id", "username", "email", "organization", "status", "created_by", "account_state")
    assert [row[name] for name in plain] == [of_json[name] for name in plain]


def test_every_column_renders_for_a_blank_person():
    User.objects.bulk_create([User(username="blank", email="b@x.example")])
    [blank] = objects()
    assert list(blank) == EVERYTHING.names
    assert {blank[name] for name in ("last_login", "organization", "created_by")} == {None}
    assert (blank["name"], blank["roles"], blank["user_metadata"]) == ("", [], {})
    [row] = sheet()
    assert {row[name] for name in ("last_login", "organization", "name", "roles")} == {None}
    assert row["email_verified"] is False


@pytest.mark.parametrize("word", ["json", "xlsx"])
def test_nobody_is_a_file_all_the_same(word):
    assert bool(content(word)) == (word == "xlsx")


@pytest.mark.parametrize("word", ["json", "xlsx"])
def test_more_people_take_no_more_memory(word, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 500)

    def peak():
        content(word, USER_COLUMNS.only(["username"]))  # what is loaded once is loaded
        tracemalloc.start()
        running = pipeline.render(
            User.objects.order_by("pk"),
            USER_COLUMNS.only(["id", "username", "email", "name", "created_at"]),
            FORMATS[word],
            title="Users",
            generated_at=AT,
            on_end=lambda export: None,
        )
        for _ in running:
            pass
        _, top = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return top

    people = [User(username=f"u{n}", email=f"u{n}@x.example", name="N" * 50) for n in range(4_000)]
    User.objects.bulk_create(people[:1_000])
    few = peak()
    User.objects.bulk_create(people[1_000:])
    assert peak() < few * 1.5
