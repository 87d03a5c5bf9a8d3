"""What every family writes is read back: its titles, and its cells."""

from datetime import UTC, datetime

import pytest

from users.api.download.serializers import TOKENS
from users.api.export.serializers import COLUMNS
from users.api.jobs.profile import PROFILE
from users.columns import USER_COLUMNS
from users.importing.titles import Target, target_of
from users.models import Connection, User

from .factories import ConnectionFactory, OrganizationFactory, RoleFactory, TagFactory
from .importing import csv_of, faults, person, run

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)


def imported(title, cell, status="active"):
    """Return the person of a CSV file with one more cell."""
    titles, cells = ["email", title], ["ann@example.com", cell]
    report, _ = run(csv_of(titles, cells))
    assert report.is_clean, report
    return User.objects.get(email="ann@example.com")


# -- titles


def test_every_title_of_every_family_means_something():
    titles = [
        *TOKENS,
        *COLUMNS.headers,
        *COLUMNS.names,
        *USER_COLUMNS.headers,
        *USER_COLUMNS.names,
        *PROFILE,
        *("identifier", "loginName", "mail", "whenCreated", "logto_id", "orgId"),
        *("identities[0].connection", "roles[0]", "user_metadata.a.b", "user_metadata.a[0]"),
    ]
    assert [title for title in titles if target_of(title) is None] == []


@pytest.mark.parametrize(
    ("title", "target"),
    [
        ("Username", Target("username")),
        ("loginName", Target("username")),
        ("userid", Target("username")),
        ("USER_ID", Target("id")),
        (" Given Name ", Target("given_name")),
        ("Status", Target("status", is_export=True)),
        ("status", Target("status")),
        ("User_Metadata.Country", Target("user_metadata", ("Country",))),
        ("user_metadata.a[0]", Target()),
        ("mfa", Target()),
        ("e-mail", None),
        ("user_metadata" + ".a" * 40, None),
        ("", None),
    ],
)
def test_titles_are_known_in_any_spelling(title, target):
    assert target_of(title) == target


def test_an_unknown_title_is_refused_by_name_before_anything_is_written():
    report, verdicts = run(csv_of(["email", "frist_name"], ["ann@example.com", "Ann"]))
    assert (report.stopped.field, report.stopped.code) == ("frist_name", "unknown_title")
    assert "did you mean `firstname`?" in report.stopped.message
    assert verdicts == []
    assert not User.objects.exists()


def test_an_unknown_key_refuses_its_row_alone():
    rows = [person("ann", emial="x"), person("bob")]
    assert faults(rows) == [(1, "emial", "unknown_title")]
    assert User.objects.get().username == "bob"


def test_what_says_nothing_is_told():
    report, _ = run(csv_of(["email", "mfa", "roles[0]"], ["ann@example.com", "true", "Admin"]))
    assert report.passed_over == ["mfa", "roles[0]"]
    assert report.created == 1


def test_two_titles_of_one_thing_must_agree():
    titles = ["email", "mail"]
    assert faults(csv_of(titles, ["ann@example.com", "bob@example.com"])) == [
        (2, "mail", "differs")
    ]
    assert faults(csv_of(titles, ["ann@example.com", "ann@example.com"])) == []


# -- cells


@pytest.mark.parametrize(
    "cell",
    [
        "2025-06-21 10:30:00 UTC",
        "2025-06-21T16:00:00+0530",
        "2025-06-21T10:30:00Z",
        "2025-06-21T10:30:00.000000Z",
        "2025-06-21T11:23:28+005328",
        "2025-06-21T10:30",
    ],
)
def test_instants_of_all_families(cell):
    assert imported("created_at", cell).created_at == NOON
    assert imported_again("Latest Login At", cell).last_login == NOON


def imported_again(title, cell):
    User.objects.all().delete()
    return imported(title, cell)


@pytest.mark.parametrize("cell", ["", "Never", "never"])
def test_who_never_signed_in(cell):
    assert imported("lastloggedin", cell).last_login is None


@pytest.mark.parametrize(
    "cell", ["yesterday", "2025-02-30 10:30:00 UTC", "2025-06-21 24:00:00 UTC", "1750501800"]
)
def test_no_instants(cell):
    assert faults(csv_of(["email", "createdat"], ["ann@example.com", cell])) == [
        (2, "createdat", "invalid")
    ]


@pytest.mark.parametrize(
    ("title", "cell", "status"),
    [
        ("status", "risky", "risky"),
        ("Status", "enabled", "active"),
        ("Status", "suspended", "suspended"),
        ("status", "Disabled", "inactive"),
        ("status", "Enabled*", "active"),
        ("accountStatus", "Disabled*", "active"),
        ("Stored Status", "Onboarding", "onboarding"),
        ("status", "", "onboarding"),
    ],
)
def test_words_of_every_vocabulary(title, cell, status):
    ann = imported(title, cell)
    assert ann.status == status
    assert (ann.suspended_at is not None) is (status == "suspended")


def test_a_word_that_stands_for_the_status_there_is_changes_nothing(cast):
    cast.ivo.status = "inactive"
    cast.ivo.save()
    for title, word, count in (("Status", "enabled", 0), ("status", "Disabled", 0)):
        row = csv_of(["email", title], ["ivo@example.com", word])
        assert run(row, upsert="email")[0].updated == count
    run(csv_of(["email", "status"], ["ivo@example.com", "Enabled"]), upsert="email")
    cast.ivo.refresh_from_db()
    assert cast.ivo.status == "active"


@pytest.mark.parametrize("word", ["deleted", "gone", "Enabled**"])
def test_other_words_are_refused(word):
    assert faults(csv_of(["email", "status"], ["a@example.com", word])) == [
        (2, "status", "invalid")
    ]


@pytest.mark.parametrize("cell", ["tag one;Ünal", "tag one, ünal", "TAG ONE,Ünal"])
def test_tags_are_split_however_they_were_joined(cell):
    tags = {TagFactory(name="tag one"), TagFactory(name="Ünal")}
    assert set(imported("tags", cell).tags.all()) == tags


def test_roles_may_hold_what_joins_them():
    roles = {RoleFactory(name="Sales, North"), RoleFactory(name="Night; day")}
    assert set(imported("User Roles", "Night; day, Sales, North").roles.all()) == roles


def test_what_can_be_read_in_two_ways_is_refused():
    for name in ("Sales", "North", "Sales, North"):
        RoleFactory(name=name)
    found = faults(csv_of(["email", "roles"], ["ann@example.com", "Sales, North"]))
    assert found == [(2, "roles", "invalid")]
    report, _ = run([person("ann", roles=["Sales, North"])])
    assert report.is_clean
    assert User.objects.get().roles.get().name == "Sales, North"


def test_unknown_names_are_refused_with_the_nearest():
    TagFactory(name="vip")
    report, _ = run([person("ann", tags=["vpi"], groups=[1], organization="nowhere")])
    assert [fault.field for fault in report.faults] == ["tags", "groups", "organization"]
    assert "did you mean `vip`?" in report.faults[0].message


def test_organizations_go_by_any_of_their_names(cast):
    twin = OrganizationFactory(name="Globex", external_id="globex-2")
    for title, cell, place in (
        ("Organization", "acme asia", cast.asia),
        ("orgId", "acme-italy", cast.italy),
        ("organization_id", str(twin.pk), twin),
    ):
        assert imported(title, cell).organization == place
        User.objects.filter(email="ann@example.com").delete()
    assert faults([person("ann", organization="Globex")]) == [(1, "organization", "ambiguous")]
    # Whoever belongs to one of them stays there.
    row = {"email": "zoe@example.com", "organization": "Globex"}
    assert run([row], upsert="email")[0].unchanged == 1


def test_connections_go_by_name_and_by_domain():
    link = ConnectionFactory(name="Link", domain="link.example")
    assert imported("identities[0].connection", "link").connection == link
    User.objects.all().delete()
    assert imported("authdomain", "link.example").connection == link
    User.objects.all().delete()
    run([person("ann", connection="nobody's")], connection_id=link.pk)
    assert not User.objects.exists()  # what a file says must mean something all the same
    built_in = Connection.objects.exclude(pk=link.pk).get()
    run([person("ann", connection=built_in.name)], connection_id=link.pk)
    assert User.objects.get().connection == link


def test_metadata_is_read_as_it_was_written():
    row = ["ann@example.com", '{"b":[1]}', "IT", "5", "007", "true", '{"x":1}', ""]
    titles = ["app_metadata", *(f"user_metadata.{key}" for key in ("a.c", "n", "z", "t", "o", "e"))]
    report, _ = run(csv_of(["email", *titles], row))
    assert report.is_clean
    ann = User.objects.get()
    assert ann.app_metadata == {"b": [1]}
    assert ann.user_metadata == {"a": {"c": "IT"}, "n": 5, "z": "007", "t": True, "o": {"x": 1}}


def test_a_text_that_looks_like_a_number_stays_one():
    before = {"zip": "12345", "n": 5, "keep": {"me": 1}}
    run([person("ann", user_metadata=before)])
    titles, row = (
        ["email", "user_metadata.zip", "user_metadata.n"],
        ["ann@example.com", "12345", "5"],
    )
    assert run(csv_of(titles, row), upsert="email")[0].unchanged == 1
    run(csv_of(titles, ["ann@example.com", "54321", ""]), upsert="email")
    assert User.objects.get().user_metadata == {"zip": 54321, "keep": {"me": 1}}


@pytest.mark.parametrize(
    "metadata", ["x", [1], {"a": "x" * 70_000}, {"a": "\0"}, {"a": "\ud800"}, {"a": 1e999}]
)
def test_metadata_that_no_body_may_hold_is_refused(metadata):
    assert faults([person("ann", user_metadata=metadata)])[0][1] in ("user_metadata", "")


def test_metadata_that_nests_deep_is_refused():
    deep = []
    for _ in range(40):
        deep = [deep]
    assert faults([person("ann", user_metadata={"a": deep})]) == [(1, "user_metadata", "invalid")]
    path = "user_metadata." + ".".join("a" * 20)
    within = csv_of(["email", path], ["ann@example.com", "[" * 20 + "]" * 20])
    assert faults(within) == [(2, path, "invalid")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a b"),
        ("username", "x" * 151),
        ("username", 7),
        ("email", "nobody"),
        ("name", "x" * 256),
        ("name", "a\0b"),
        ("phone", 5),
        ("picture", "javascript:x"),
        ("user_type", "king"),
        ("access_timezone", "Mars/Base"),
        ("email_verified", "maybe"),
        ("logins_count", -1),
        ("logins_count", True),
        ("user_id", "7"),
        ("password_hash", "md5$x$y"),
        ("roles", "Nobody"),
    ],
)
def test_values_are_those_of_the_model_and_the_api(field, value):
    assert {fault[1] for fault in faults([{**person("ann"), field: value}])} == {field}
    assert not User.objects.exists()


def test_an_access_ends_after_it_starts():
    row = person("ann", access_starts_at="2025-01-02T00:00:00Z", access_ends_at="2025-01-01")
    assert faults([row]) == [(1, "access_ends_at", "order")]


def test_all_that_is_wrong_with_a_row_is_told_at_once():
    rows = [person("ann", phone="x" * 99, user_type="king", tags=["none"], nope=1)]
    assert {field for _, field, _ in faults(rows)} == {"phone", "user_type", "tags", "nope"}
