"""What is exported is imported: into an empty directory, and out of it again, to the byte."""

import gzip
import io
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exports import pipeline
from exports.formats import FORMATS
from users.api.families import FAMILIES
from users.api.jobs.columns import columns_of
from users.api.jobs.profile import DEFAULT_FIELDS
from users.job_exports import STYLE
from users.models import (
    AuditEntry,
    Connection,
    Group,
    Organization,
    Role,
    Tag,
    User,
    UserGroup,
    UserRole,
    UserTag,
)
from usersvc.api.body import MOST

from .importing import run
from .test_same_bytes import NASTY, ZONES

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 21, 10, 30, 0, 123_456, tzinfo=UTC)
TEXTS = [
    *NASTY,
    "a\r\nb",
    "\ufeff",
    "'",
    "''",
    "{",
    "[",
    '{"',
    "never",
    "Never",
    "None",
    "0",
    "x" * 50,
]
NAMES = ["tag 1", "=tag 2", "Été", "+3", "'=x"]
ROLES = ["Sales, North", "Sales", "=1+1", "Night; day", "'@"]
BOTH = [
    *DEFAULT_FIELDS,
    *("username", "phone", "connection", "organization", "roles", "groups", "tags", "status"),
    *("last_login", "logins_count"),
]
PATHS = ["user_metadata.text", "user_metadata.deep.er", "app_metadata.value", "user_metadata.no"]
FIELDS = {"csv": [*BOTH, *PATHS], "json": [*BOTH, "user_metadata", "app_metadata"]}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MOST, MOST) | st.sampled_from(TEXTS)
    | st.floats(-9e18, 9e18),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=4,
)  # fmt: skip
TEXT = st.sampled_from(TEXTS)
MOMENTS = st.datetimes(timezones=st.just(UTC))
PERSON = st.fixed_dictionaries(
    {
        "name": TEXT.filter(bool),
        **dict.fromkeys(("given_name", "family_name", "nickname", "phone"), TEXT),
        **dict.fromkeys(("last_login", "password_expires_at"), st.none() | MOMENTS),
        **dict.fromkeys(("created_at", "updated_at"), MOMENTS),
        "email_verified": st.booleans(),
        "login_count": st.integers(0, 2**31 - 1),
        "status": st.sampled_from(["active", "onboarding", "inactive", "suspended", "risky"]),
        "picture": st.sampled_from(["", "https://example.com/a,b?c=%22'"]),
        "access": st.sampled_from(["none", "past", "now", "to come", "open"]),
        "access_timezone": ZONES,
        "place": st.sampled_from([None, 0, 1]),
        "ties": st.lists(st.integers(0, 4), max_size=3, unique=True),
        "text": TEXT,
        "value": VALUES,
    }
)
ACCESS = {
    "none": (None, None),
    "past": (None, NOW - timedelta(days=9000)),
    "now": (NOW - timedelta(days=900), NOW + timedelta(days=90_000)),
    "to come": (NOW + timedelta(days=90_000), None),
    "open": (NOW - timedelta(days=900), None),
}


@pytest.fixture
def surroundings():
    """What people may belong to; it is there before an import."""
    kinds = {Tag: NAMES, Group: ROLES, Role: ROLES}
    things = {
        model: [model.objects.create(name=name) for name in names] for model, names in kinds.items()
    }
    things[Organization] = [
        Organization.objects.create(name=name, external_id=f"o{name}")
        for name in ("-Org", "Ünit, 2")
    ]
    things[Connection] = Connection.objects.create(name="=link", domain="=domain.example")
    return things


def populate(things, people):
    for n, facts in enumerate(people):
        facts = dict(facts)
        place, ties, access = (facts.pop(key) for key in ("place", "ties", "access"))
        value, text = facts.pop("value"), facts.pop("text")
        starts, ends = ACCESS[access]
        person = User(
            **facts,
            username=("=u{}", "'=u{}", "u,{}", 'u"{}')[n % 4].format(n),
            email=("+u{}@example.com", "'=u{}@example.com")[n % 2].format(n),
            access_starts_at=starts,
            access_ends_at=ends,
            organization=None if place is None else things[Organization][place],
            suspended_at=NOW if facts["status"] == "suspended" else None,
            user_metadata={"text": text, "deep": {"er": value}} if n % 3 else {},
            app_metadata={"value": value, text: [text]} if n % 2 else {},
        )
        if n % 2:
            person.connection = things[Connection]
        User.objects.bulk_create([person])
        for model, through in ((Tag, UserTag), (Group, UserGroup), (Role, UserRole)):
            other = model.__name__.lower()
            through.objects.bulk_create(
                through(user=person, **{other: things[model][each]}) for each in ties
            )


def exported(form):
    columns = columns_of([{"name": name, "title": name} for name in FIELDS[form]])
    people = User.objects.order_by("pk")
    told = {"title": "Users", "generated_at": NOW, "style": STYLE, "on_end": lambda export: None}
    return b"".join(pipeline.render(people, columns, FORMATS[form], **told))


def empty():
    AuditEntry.objects.all().delete()
    for through in (UserTag, UserGroup, UserRole, EmailAddress):
        through.objects.all().delete()
    User.all_objects.all()._raw_delete("default")


ALL = [
    {
        **dict.fromkeys(("name", "given_name", "family_name", "nickname", "text", "value"), text),
        "phone": text[:50],
        "last_login": NOW if n % 3 else None,
        "password_expires_at": None,
        "created_at": NOW,
        "updated_at": NOW + timedelta(days=n),
        "email_verified": n % 2 == 0,
        "login_count": n,
        "status": ["active", "onboarding", "inactive", "suspended", "risky"][n % 5],
        "picture": "",
        "access": sorted(ACCESS)[n % 5],
        "access_timezone": "Asia/Kolkata",
        "place": [None, 0, 1][n % 3],
        "ties": [n % 5, (n + 1) % 5],
    }
    for n, text in enumerate(filter(None, TEXTS))
]


@pytest.mark.parametrize("form", ["csv", "json"])
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=40)
@given(people=st.lists(PERSON, max_size=6))
@example(people=ALL)
def test_a_job_goes_out_and_in_and_out_again(surroundings, form, people):
    populate(surroundings, people)
    before = exported(form)
    empty()
    report, _ = run(gzip.compress(before), upsert=None)
    after = exported(form)
    left_alone = run(before, upsert="email")[0]
    empty()
    if people or form == "csv":
        assert report.is_clean, report.faults
    assert report.created == len(people)
    assert after.decode() == before.decode()
    assert left_alone.unchanged == len(people), left_alone


@pytest.mark.parametrize("family", [family.prefix for family in FAMILIES if family.export_of])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_every_familys_file_goes_out_and_in_and_out_again(tmp_path, surroundings, family, form):
    populate(surroundings, ALL)

    def written():
        target = tmp_path / f"people.{form}"
        words = ["timezone=Asia/Kolkata"] if family == "download" else []
        options = {"family": family, "output": str(target), "format": form}
        call_command("export_users", *words, **options, stdout=io.StringIO())
        return target.read_text()

    before = written()
    count = User.objects.count()
    empty()
    report, _ = run(before)
    assert report.is_clean, report.faults[:3]
    assert report.created == count
    assert sorted(written().splitlines()) == sorted(before.splitlines())
