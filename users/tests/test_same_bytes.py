"""Files are the same to the byte, whoever writes them: PostgreSQL, Python, a slow reference."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exports import postgres, rows
from exports.columns import ColumnSet
from exports.kinds import ISO_OFFSET, UTC_WORDS, Instant, Kind, Style
from exports.lines import line
from exports.offsets import offsets
from users.columns import USER_COLUMNS, account_state
from users.models import Connection, Group, Organization, Role, Tag, User
from users.models.memberships import UserGroup, UserRole, UserTag
from users.querysets import SORTABLE, SortKey

from . import reference

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 21, 10, 30, 0, 123_456, tzinfo=UTC)
KNOWN = {column.name: column for column in [*USER_COLUMNS, account_state(NOW)]}

NASTY = [
    *("=1+1", "+39 055 1", "+39x", "-", "--1", "@x", "'=1", "''=1", "'ann", "'", "＝1"),
    *("a,b", 'a"b', '"', "a\nb", "\ta", "\ra", "a\rb", "\\.", " a ", "", "null", "NULL"),
    *("é", "e\u0301", "李", "\u2028", "100%", "%s", "a\x1fb", "\x1f,", "$1", "a\\b"),
    *("\x1b16 x", "\x1b0 ", "a\x1c", "\x1d=1", "\x1e\x1b2 x", "\x1c\x1b0 \x1f"),
]
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(datetime(1970, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
)
SET = MOMENTS.filter(bool)
ZONES = st.one_of(
    st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
)
STATUSES = ["active", "onboarding", "inactive", "suspended", "risky"]
FEW = st.lists(st.integers(0, 4), max_size=3, unique=True)
PERSON = st.fixed_dictionaries(
    {
        **dict.fromkeys(("name", "given_name", "family_name", "nickname", "phone"), TEXTS),
        **dict.fromkeys(("last_login", "password_expires_at", "deleted_at"), MOMENTS),
        **dict.fromkeys(("created_at", "updated_at"), SET),
        **dict.fromkeys(("mfa_enabled", "email_verified"), st.booleans()),
        "status": st.sampled_from(STATUSES),
        "access": st.tuples(MOMENTS, MOMENTS),
        "access_timezone": ZONES,
        "organization": st.sampled_from([None, 0, 1]),
        "tags": FEW,
        "roles": FEW,
        "groups": FEW,
    }
)
PEOPLE = st.lists(PERSON, max_size=5)
COLUMNS = st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, max_size=12, unique=True)
STYLES = st.builds(
    Style,
    instant=st.sampled_from([ISO_OFFSET, UTC_WORDS]),
    zone=ZONES.map(ZoneInfo),
    joiner=st.sampled_from([", ", ";", "'"]),
)
SORTS = st.lists(
    st.builds(SortKey, st.sampled_from(sorted(set(SORTABLE) - {"created_by"})), st.booleans()),
    max_size=2,
    unique_by=lambda key: key.word,
)
FILTERS = {
    "everybody": lambda people: people,
    "the living": lambda people: people.living(),
    "some statuses": lambda people: people.with_status(["active", "suspended"]),
    "an account state": lambda people: people.in_account_state(["Enabled*"], NOW),
    "a tag": lambda people: people.tagged(["tag 1", "=tag 2"]),
    "never signed in": lambda people: people.never_signed_in(),
    "nobody": lambda people: people.none(),
}


def populate(people, things):
    """Add the people, and what they belong to."""
    organizations = [
        Organization.objects.create(name=name, external_id=name) for name in ("-Org", "Ünit, 2")
    ]
    tags = [Tag.objects.create(name=name) for name in things]
    roles = [Role.objects.create(name=name) for name in things]
    groups = [Group.objects.create(name=name) for name in things]
    link = Connection.objects.create(name="link", domain="=domain.example")
    ties = {"tags": (UserTag, "tag", tags), "roles": (UserRole, "role", roles)}
    ties["groups"] = (UserGroup, "group", groups)
    for n, facts in enumerate(people):
        facts = dict(facts)
        belongs = {name: facts.pop(name) for name in ties}
        starts, ends = facts.pop("access")
        if starts and ends and ends <= starts:
            starts, ends = None, ends
        place = facts.pop("organization")
        person = User(
            **facts,
            username=f"=u{n}",
            email=f"+u{n}@example.com",
            access_starts_at=starts,
            access_ends_at=ends,
            organization=None if place is None else organizations[place],
            suspended_at=NOW if facts["status"] == "suspended" else None,
        )
        if n % 2:
            person.connection = link
        User.objects.bulk_create([person])
        for name, places in belongs.items():
            model, field, found = ties[name]
            model.objects.bulk_create(
                model(user=person, **{field: found[place]}) for place in places
            )


THINGS = ["tag 1", "=tag 2", "Tag 0", "été", "+3"]


def written(people, columns, style):
    lines = [block for _, block in rows.written(people, columns, style)]
    return line(columns.headers).encode() + b"".join(lines)


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=100)
@given(
    people=PEOPLE,
    names=COLUMNS,
    style=STYLES,
    sorts=SORTS,
    question=st.sampled_from(sorted(FILTERS)),
    few=st.booleans(),
)
@example(people=[], names=["name"], style=Style(), sorts=[], question="everybody", few=True)
def test_every_writer_writes_the_same(patches, people, names, style, sorts, question, few):
    patches.setattr(postgres, "FEW_NAMES", 100 if few else 3)
    columns = ColumnSet(KNOWN[name] for name in names)
    if "last_login" in names:
        never = replace(KNOWN["last_login"], kind=Instant(null="Never"))
        columns = ColumnSet(never if name == "last_login" else KNOWN[name] for name in names)
    with transaction.atomic():
        populate(people, THINGS)
        found = FILTERS[question](User.all_objects.all()).sorted_by(*sorts or [SortKey("id")])
        fast = written(found, columns, style)
        expected = reference.file(found, columns, style, NOW)
        with patches.context() as patch:
            patch.setattr(Kind, "has_sql", False)
            slow = written(found, columns, style)
        transaction.set_rollback(True)
    assert fast.decode() == expected.decode()
    assert slow == expected


@pytest.fixture
def patches():
    """monkeypatch for a test that hypothesis calls many times: each time sets all anew."""
    patch = pytest.MonkeyPatch()
    yield patch
    patch.undo()


def test_the_database_writes_every_column_of_people_itself_but_json():
    by_python = [name for name, column in KNOWN.items() if not column.kind.has_sql]
    assert by_python == ["user_metadata", "app_metadata"]


@pytest.mark.parametrize(
    "key", ["Europe/Paris", "America/St_Johns", "Asia/Gaza", "Africa/Monrovia"]
)
def test_every_turn_of_a_clock_is_told_alike(key):
    turns = offsets(ZoneInfo(key)).turns
    moments = [turn - timedelta(microseconds=1) for turn in turns[::3]] + list(turns[::3])
    far = datetime(9990, 12, 1, tzinfo=UTC)
    moments += [far + timedelta(days=day) for day in range(0, 3300, 25) if day < 3000]
    User.objects.bulk_create(
        User(
            username=f"u{n}",
            email=f"u{n}@x.example",
            created_at=at,
            access_timezone=key,
            access_starts_at=at,
        )
        for n, at in enumerate(moments)
    )
    columns = USER_COLUMNS.only(["created_at", "access_starts_at"])
    style = Style(instant=ISO_OFFSET, zone=ZoneInfo(key))
    people = User.objects.order_by("pk")
    assert written(people, columns, style) == reference.file(people, columns, style, NOW)
