"""The matrix of roles: changed by the rules of the form, and only after it told what changes."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import rules
from users.admin import permission_words, role_matrix
from users.models import AuditEntry

from .browsing import enter, messages_of, people, role
from .factories import RoleFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast, pytest.mark.once]
MATRIX = "/admin/users/role/matrix/"


@pytest.fixture
def helper(cast):
    """A role of our own that Charlie holds, and somebody whom Alice does not see."""
    made = RoleFactory(name="Helper")
    made.permissions.set(Permission.objects.filter(codename__in=["view_user", "export_user"]))
    cast.charlie.roles.add(made)
    cast.akira.roles.add(made)
    return made


def held(name):
    return set(role(name).permissions.values_list("codename", flat=True))


def column(answer, name):
    return next(each for each in answer.context["columns"] if each.role.name == name)


def cells(answer, name):
    """Return what a role is said to hold, and what of it may be changed, by the words."""
    found = {}
    for _title, rows in answer.context["sections"]:
        for words, row in rows:
            found[words] = next(cell for cell in row if cell.role.name == name)
    return found


def form(**grants):
    """Return what a browser posts that ticks these permissions of each role."""
    ids = {name: str(role(name).pk) for name in grants}
    values = [f"{ids[name]}:{code}" for name, codes in grants.items() for code in codes]
    return {"role": list(ids.values()), "grant": values}


def asked(browser, values):
    """Post a form, and return what its confirmation would post."""
    changes = browser.post(MATRIX, values).context["changes"]
    sent = [change for change, _ in changes if change.refusal is None]
    return changes, {
        "confirm": "yes",
        "role": [str(change.role.pk) for change in sent],
        "grant": [value for change in sent for value in change.grants],
        "was": [value for change in sent for value in change.was],
    }


def test_every_permission_of_the_product_has_its_words():
    ours = Permission.objects.filter(content_type__app_label="users")
    assert set(permission_words.WORDS) == set(ours.values_list("codename", flat=True))


def test_the_matrix_shows_what_each_role_allows_and_to_how_many(client, cast, helper):
    browser = enter(client, cast.alice)
    answer = browser.get(MATRIX)
    allowed = {words for words, cell in cells(answer, "Helper").items() if cell.is_held}
    assert allowed == {"See people", "Take files of people"}
    assert ">1</a>" in column(answer, "Helper").people  # whom Alice sees
    assert people(browser, role=str(helper.pk)) == ["charlie"]
    assert ">2</a>" in column(enter(client, cast.root).get(MATRIX), "Helper").people


@pytest.mark.parametrize(
    ("who", "editable"),
    [
        ("root", {"Admin", "Backoffice", "Helper", "Reader", "Support"}),
        ("alice", {"Helper"}),
        ("rita", set()),
        ("bob", set()),
    ],
)
def test_only_what_the_rules_allow_can_be_ticked(client, cast, helper, who, editable):
    answer = enter(client, getattr(cast, who)).get(MATRIX)
    assert {each.role.name for each in answer.context["columns"] if each.refusal is None} == (
        editable
    )
    page = answer.content.decode()
    assert ('type="checkbox"' in page) is bool(editable)
    if who == "alice":  # who does not hold it herself
        assert not cells(answer, "Helper")["Destroy people for good"].is_editable


def test_a_change_is_told_first_and_then_made_and_in_the_audit(client, cast, helper):
    browser = enter(client, cast.alice)
    changes, confirmation = asked(browser, form(Helper=["view_user", "manage_user"]))
    ((change, number),) = changes
    assert (change.gains, change.losses) == (
        ["Add, change, invite and suspend people"],
        ["Take files of people"],
    )
    assert ">1</a>" in number
    assert held("Helper") == {"view_user", "export_user"}
    assert messages_of(browser.post(MATRIX, confirmation, follow=True)) == ["1 role was changed."]
    assert held("Helper") == {"view_user", "manage_user"}
    entries = AuditEntry.objects.filter(object_pk=str(helper.pk), actor=cast.alice)
    assert any("permissions" in (entry.changes or {}) for entry in entries)
    cast.charlie = type(cast.charlie).objects.get(pk=cast.charlie.pk)
    assert cast.charlie.has_perm("users.manage_user")


@pytest.mark.parametrize(
    ("who", "name", "wanted", "reason"),
    [
        ("alice", "Helper", ["destroy_user"], rules.BEYOND_ROLE),
        ("alice", "Reader", ["view_user"], rules.SHIPPED),
        ("alice", "Super Admin", ["view_user"], str(role_matrix.KEEPS_ALL)),
        ("root", "Super Admin", ["view_user"], str(role_matrix.KEEPS_ALL)),
        ("own", "Helper", ["view_user"], rules.OWN_ROLE),
    ],
)
def test_what_the_rules_refuse_is_not_done(client, cast, helper, who, name, wanted, reason):
    cast.own = UserFactory(organization=cast.europe, roles=["Admin", helper])
    browser, before = enter(client, getattr(cast, who)), held(name)
    values = form(**{name: wanted})
    (change,) = [change for change, _ in asked(browser, values)[0]]
    assert change.refusal == reason
    was = {"was": [f"{role(name).pk}:{code}" for code in before]}
    told = browser.post(MATRIX, values | was | {"confirm": "yes"}, follow=True)
    assert messages_of(told) == [f"{name}: {reason}"]
    assert held(name) == before


def test_what_somebody_else_changed_meanwhile_is_kept(client, cast, helper):
    browser = enter(client, cast.root)
    _, confirmation = asked(browser, form(Helper=[]))
    helper.permissions.add(Permission.objects.get(codename="view_tag"))
    told = browser.post(MATRIX, confirmation, follow=True)
    assert messages_of(told) == [f"Helper: {role_matrix.MEANWHILE}"]
    assert held("Helper") == {"view_user", "export_user", "view_tag"}


def test_nothing_changed_is_told_so_and_nonsense_changes_nothing(client, cast, helper):
    browser = enter(client, cast.root)
    for values in (
        form(Helper=["view_user", "export_user"]),
        form(Helper=["view_user", "export_user", "explode"]),
        {"role": ["x", "\0"], "grant": ["x:y", ":", "z"]},
        {},
    ):
        assert messages_of(browser.post(MATRIX, values, follow=True)) == ["Nothing was changed."]
    assert held("Helper") == {"view_user", "export_user"}


def test_who_may_not_change_roles_posts_in_vain(client, cast, helper):
    values = form(Helper=[]) | {"confirm": "yes"}
    for who in (cast.rita, cast.bob):
        assert enter(client, who).post(MATRIX, values).status_code == 403
    assert enter(client, cast.charlie).get(MATRIX).status_code == 302
    assert held("Helper") == {"view_user", "export_user"}


def test_many_roles_come_in_pages_of_as_many_statements(client, cast):
    browser = enter(client, cast.root)
    for number in range(role_matrix.COLUMNS):
        RoleFactory(name=f"Role {number}")
    browser.get(MATRIX)
    with CaptureQueriesContext(connection) as first:
        assert len(browser.get(MATRIX).context["columns"]) == role_matrix.COLUMNS
    UserFactory.create_batch(20, roles=["Reader"])
    with CaptureQueriesContext(connection) as again:
        browser.get(MATRIX)
    assert len(again) == len(first) <= 15
    assert len(browser.get(MATRIX, {"p": 2}).context["columns"]) == 5
    assert browser.get(MATRIX, {"p": "x"}).status_code == 200
