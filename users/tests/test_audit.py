"""Every change and every export leaves an entry, whoever makes it and however."""

import hashlib

import pytest
from django.utils.functional import SimpleLazyObject

from users import actor, operations, witnessing
from users.models import AuditEntry, Role, User, UserRole

from .accounts import account_of
from .factories import GroupFactory, OrganizationFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


def entries(row):
    return AuditEntry.objects.get_for_object(row).order_by("timestamp", "id")


def test_a_change_says_what_who_and_where_from():
    root = UserFactory()
    ann = UserFactory(organization=OrganizationFactory())
    with actor.acting(lambda: root, "192.0.2.7"):
        ann.phone = "+39 055 1"
        ann.save()
    entry = entries(ann).last()
    assert entry.changes == {"phone": ["", "+39 055 1"]}
    assert (entry.actor, entry.actor_email, entry.remote_addr) == (root, root.email, "192.0.2.7")
    assert entry.organization == ann.organization
    assert entry.event == "change"


def test_creation_deletion_and_every_model_are_watched():
    for factory in (OrganizationFactory, GroupFactory, RoleFactory):
        row = factory()
        row.name = "another"
        row.save()
        assert [entry.action for entry in entries(row)] == [0, 1]
    ann = UserFactory()
    ann.soft_delete()
    assert [entry.action for entry in entries(ann)] == [0, 1]


def test_whom_a_request_names_has_entries_like_anybody():
    """A person who set up a second factor on a page got an error instead: a request is lazy."""
    ann = UserFactory()
    AuditEntry.objects.all().delete()
    lazy = SimpleLazyObject(lambda: ann)
    operations.note(lazy, second_factor=[None, "totp"])
    witnessing.signed_in(lazy, ["pwd"])
    assert {entry.event for entry in entries(ann)} == {"change", "sign_in"}


def test_an_entry_tells_of_the_rows_own_fields_alone():
    owner = UserFactory()
    for row in (owner, OrganizationFactory(), RoleFactory(), account_of(owner)):
        told = entries(row).get(action=0).changes
        assert told.keys() <= {field.name for field in row._meta.concrete_fields}


def test_a_password_is_never_written():
    ann = UserFactory()
    ann.set_password("a very secret password")
    ann.save()
    entry = entries(ann).last()
    assert entry.changes["password"] == ["********", "********"]
    assert "secret" not in str(entry.changes)
    assert ann.password not in str([each.changes for each in entries(ann)])


def test_a_sign_in_is_no_change():
    ann = UserFactory()
    before = entries(ann).count()
    ann.record_sign_in()
    assert entries(ann).count() == before


def test_memberships_are_entries_of_the_person_by_every_way():
    ann, reader = UserFactory(), Role.objects.get(name="Reader")
    ann.roles.add(reader)
    assert entries(ann).last().changes["roles"]["operation"] == "add"
    ann.roles.remove(reader)
    assert entries(ann).last().changes["roles"]["operation"] == "delete"
    row = UserRole.objects.create(user=ann, role=reader)
    assert entries(ann).last().changes["roles"]["objects"] == ["Reader"]
    before = entries(ann).count()
    row.delete()
    assert entries(ann).count() == before + 1
    assert entries(ann).last().changes["roles"]["operation"] == "delete"


def test_permissions_of_a_role_are_watched():
    from django.contrib.auth.models import Permission

    role = RoleFactory()
    role.permissions.add(Permission.objects.get(codename="export_user"))
    assert entries(role).last().changes["permissions"]["operation"] == "add"


def test_bulk_changes_leave_one_entry_for_each_person_that_changed():
    root, people = UserFactory(), [UserFactory() for _ in range(3)]
    already = UserFactory(email_verified=True)
    before = {person.pk: entries(person).count() for person in [*people, already]}
    with actor.acting(lambda: root):
        ids = [person.pk for person in [*people, already]]
        assert User.objects.with_ids(ids).update(email_verified=True) == 4
    for person in people:
        assert entries(person).count() == before[person.pk] + 1
        assert entries(person).last().changes == {"email_verified": [False, True]}
        assert entries(person).last().actor == root
    assert entries(already).count() == before[already.pk]


def test_a_bulk_change_may_leave_what_it_asked_for():
    UserFactory(email_verified=False)
    assert User.objects.with_verified_email(False).update(email_verified=True) == 1
    assert not User.objects.with_verified_email(False).exists()


def test_bulk_creation_leaves_entries():
    people = [User(username=f"p{n}", email=f"p{n}@x.example", name="P") for n in range(3)]
    User.objects.bulk_create(people)
    assert [entries(person).get().action for person in people] == [0, 0, 0]


def test_bulk_changes_take_few_statements(django_assert_max_num_queries):
    for _ in range(50):
        UserFactory()
    with django_assert_max_num_queries(8):
        User.objects.update(email_verified=True)


def test_an_export_leaves_one_entry_with_all_that_it_was(cast, call):
    address = "/api/users/export?format=csv&status=enabled&role=nonsense&role=other"
    answer = call(cast.rita).get(address, REMOTE_ADDR="192.0.2.9")
    content = answer.getvalue()
    answer.close()
    entry = AuditEntry.objects.get(event="export")
    assert (entry.actor, entry.remote_addr, entry.organization) == (
        cast.rita,
        "192.0.2.9",
        cast.europe,
    )
    assert entry.additional_data == {
        "family": "export",
        "format": "csv",
        "filters": {"format": "csv", "status": ["enabled"], "role": ["nonsense", "other"]},
        "columns": [
            "username", "email", "name", "phone", "organization", "roles", "export_status",
            "created_at", "last_login", "suspended_at",
        ],
        "outcome": "complete",
        "rows": 0,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "ended_at": entry.additional_data["ended_at"],
        "register": hashlib.sha256(b"").hexdigest(),  # it held nobody
    }  # fmt: skip


def test_an_export_that_the_reader_leaves_is_an_entry_too(cast, call, monkeypatch):
    monkeypatch.setattr("exports.rows.BLOCK", 1)
    monkeypatch.setattr("exports.postgres.BLOCK", 1)
    monkeypatch.setattr("exports.sqlite.BLOCK", 1)
    answer = call(cast.rita).get("/api/users/export?format=csv")
    next(answer.streaming_content)
    answer.close()
    details = AuditEntry.objects.get(event="export").additional_data
    assert (details["outcome"], details["rows"]) == ("aborted", 1)


def test_an_export_that_fails_is_an_answer_and_an_entry(cast, call, monkeypatch):
    def fail(*args):
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("exports.formats.csv.line", fail)
    answer = call(cast.rita).get("/api/users/export?format=csv")
    assert answer.status_code == 500
    assert answer.json() == {"code": 500, "message": "internal server error", "data": {}}
    assert AuditEntry.objects.get(event="export").additional_data["outcome"] == "failed"


@pytest.mark.parametrize("query", ["format=xlsx", "format=csv&nonsense=1"])
def test_a_refused_export_and_a_head_leave_none(cast, call, query):
    call(cast.rita).get(f"/api/users/export?{query}")
    call(cast.rita).head("/api/users/export?format=csv")
    assert not AuditEntry.objects.filter(event="export").exists()
