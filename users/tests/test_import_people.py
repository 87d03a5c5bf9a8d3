"""What becomes of rows: made, changed, left alone or refused; each once, whatever stops a run."""

import gzip
import io
import uuid

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import imports, invitations
from users.actor import Operator, acting
from users.importing import judging
from users.importing.options import Run
from users.imports import ImportOptions
from users.models import AuditEntry, Invitation, User
from users.status import Status
from usersvc import clock

from .factories import GroupFactory, RoleFactory, TagFactory, UserFactory
from .importing import csv_of, faults, outcomes, person, run

pytestmark = pytest.mark.django_db


def entries(who):
    return list(AuditEntry.objects.filter(object_pk=str(who.pk)).order_by("pk"))


# -- who is new


def test_people_are_made_with_all_that_saving_keeps(cast):
    tag = TagFactory(name="vip")
    row = person("Ann", name="Änn", organization="acme-italy", tags=["vip"], roles=["Reader"])
    report, verdicts = run([row | {"email_verified": True}], cast.root)
    ann = User.objects.get(username="ann")
    assert (report.created, outcomes(verdicts)) == (1, ["created"])
    assert verdicts[0].person_id == ann.pk
    assert (ann.name_key, ann.organization, ann.created_by) == ("änn", cast.italy, cast.root)
    assert (list(ann.tags.all()), [role.name for role in ann.roles.all()]) == ([tag], ["Reader"])
    assert User.objects.search("änn").get() == User.objects.search("ann@example").get() == ann
    assert not ann.has_usable_password()
    assert EmailAddress.objects.get(user=ann).verified
    (entry,) = entries(ann)
    assert (entry.action, entry.actor) == (AuditEntry.Action.CREATE, cast.root)
    assert entry.organization == cast.italy


def test_who_has_no_username_has_the_address_for_one():
    run([{"email": "Ann@Example.com"}])
    ann = User.objects.get()
    assert (ann.username, ann.name) == ("ann@example.com", "ann@example.com")
    assert ann.status == Status.ONBOARDING


def test_the_address_is_required():
    assert faults([{"username": "ann"}]) == [(1, "email", "required")]
    stopped = run(csv_of(["username"], ["ann"]))[0].stopped
    assert (stopped.line, stopped.field, stopped.code) == (1, "email", "required")


def test_ids_and_instants_are_taken_over_from_who_sees_everybody(cast):
    pk = "0190a1b2-0000-7000-8000-000000000001"
    facts = {
        "user_id": pk,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2021-01-01T00:00:00.5Z",
        "last_login": "2022-01-01T00:00:00Z",
        "logins_count": 7,
    }
    run([person("ann", **facts)], cast.alice)
    ann = User.objects.get(username="ann")
    assert str(ann.pk) != pk
    assert (ann.created_at.year > 2024, ann.last_login, ann.login_count) == (True, None, 0)
    run([person("bea", **facts)], cast.root)
    bea = User.objects.get(username="bea")
    assert (str(bea.pk), bea.created_at.year, bea.updated_at.year) == (pk, 2020, 2021)
    assert (bea.last_login.year, bea.login_count) == (2022, 7)
    assert faults([person("cid", user_id=pk)], cast.root) == [(1, "user_id", "taken")]
    # Of who is there they say nothing.
    assert run([{"email": bea.email, "logins_count": 9}], upsert="email")[0].unchanged == 1


# -- who is there already


def test_who_is_there_is_refused_unless_asked_for(cast):
    cast.ivo.soft_delete()
    rows = [
        person("charlie"),
        {"username": "x", "email": "RITA@example.com"},
        {"username": "Sam", "email": "x@example.com"},
        person("ivo"),
    ]
    assert faults(rows) == [
        (1, "username", "taken"),
        (1, "email", "taken"),
        (2, "email", "taken"),
        (3, "username", "taken"),
        (4, "username", "held_by_deleted"),
        (4, "email", "held_by_deleted"),
    ]


@pytest.mark.parametrize("key", ["email", "username"])
def test_who_is_there_is_changed_where_that_is_asked_for(cast, key):
    rows = [person("Charlie", name="Chuck", phone="1"), person("rita"), person("ann")]
    report, verdicts = run(rows, cast.root, upsert=key)
    assert outcomes(verdicts) == ["updated", "unchanged", "created"]
    charlie = User.objects.get(username="charlie")
    assert (charlie.name, charlie.name_key, charlie.phone) == ("Chuck", "chuck", "1")
    assert (charlie.updated_by, charlie.organization) == (cast.root, cast.europe)
    assert User.objects.search("chuck").get() == charlie
    entry = entries(charlie)[-1]
    assert entry.changes == {"name": ["Charlie", "Chuck"], "phone": ["", "1"]}
    assert (entry.actor, entry.action) == (cast.root, AuditEntry.Action.UPDATE)
    assert report.refused == 0


def test_what_a_file_does_not_say_stays_and_what_is_empty_is_emptied(cast):
    tag = TagFactory(name="vip")
    cast.ivo.tags.add(tag)
    cast.ivo.phone, cast.ivo.nickname = "1", "iv"
    cast.ivo.save()
    run(csv_of(["email", "phone", "tags"], ["ivo@example.com", "", ""]), upsert="email")
    ivo = User.objects.get(pk=cast.ivo.pk)
    assert (ivo.phone, ivo.nickname, ivo.tags.count()) == ("", "iv", 0)


def test_an_address_that_changes_is_to_be_verified_anew(cast):
    ivo = cast.ivo
    ivo.status = "onboarding"
    ivo.save()
    invitations.invite(ivo)
    EmailAddress.objects.create(user=ivo, email=ivo.email, verified=True, primary=True)
    ivo.refresh_from_db()
    assert ivo.email_verified
    row = {"username": "ivo", "email": "Ivan@example.com", "email_verified": True}
    run([row], cast.root, upsert="username")
    ivo.refresh_from_db()
    assert (ivo.email, ivo.email_verified) == ("ivan@example.com", False)
    assert not EmailAddress.objects.filter(user=ivo).exists()
    assert Invitation.objects.get(person=ivo).revoked_at is not None
    changes = [entry.changes for entry in entries(ivo) if "email" in entry.changes][-1]
    assert changes["email"] == ["ivo@example.com", "ivan@example.com"]
    assert changes["email_verified"] == [True, False]


def test_memberships_become_what_the_row_says(cast):
    one, two = GroupFactory(name="one"), GroupFactory(name="two")
    cast.ivo.groups.add(one)
    run([{"email": cast.ivo.email, "groups": ["two"]}], cast.root, upsert="email")
    assert list(cast.ivo.groups.all()) == [two]
    told = [entry.changes["groups"] for entry in entries(cast.ivo)[-2:]]
    assert [(change["operation"], change["objects"]) for change in told] == [
        ("add", ["two"]), ("delete", ["one"]),
    ]  # fmt: skip
    before = len(entries(cast.ivo))
    run([{"email": cast.ivo.email, "groups": ["TWO"]}], cast.root, upsert="email")
    assert len(entries(cast.ivo)) == before


def test_names_that_another_holds_are_refused(cast):
    rows = [{"email": "ivo@example.com", "username": "rita"}, {"email": "x", "username": "sam"}]
    assert faults(rows, upsert="email") == [(1, "username", "taken"), (2, "email", "invalid")]


def test_an_upsert_needs_its_key():
    assert faults([{"username": "x"}], upsert="email") == [(1, "email", "required")]
    assert faults([{"email": "x@example.com"}], upsert="username") == [(1, "username", "required")]


# -- twice in one file


def test_the_second_row_of_somebody_is_refused():
    rows = [
        person("ann"),
        {"username": "ANN", "email": "other@example.com"},
        {"username": "bea", "email": "Ann@example.com"},
        person("cid", phone="x" * 99),
        person("cid"),
    ]
    report, verdicts = run(rows)
    assert outcomes(verdicts) == ["created", "refused", "refused", "refused", "refused"]
    told = [(fault.line, fault.field, fault.message) for fault in report.faults]
    assert told[0] == (2, "username", "line 1 tells of the same username")
    assert told[1] == (3, "email", "line 1 tells of the same email")
    assert told[3] == (5, "username", "line 4 tells of the same username")


def test_rows_of_one_line_are_told_apart():
    report, _ = run('[{"email": "a@example.com"}, {"email": "A@example.com"}]')
    assert (report.created, report.refused) == (1, 1)


def test_a_row_is_found_again_however_far_away(monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 2)
    rows = [person(f"p{n}") for n in range(7)] + [person("p0")]
    assert {line for line, _, _ in faults(rows)} == {8}
    assert faults(rows, upsert="email", dry_run=True)[0] == (8, "username", "twice")


# -- all or nothing, and nothing at all


def test_all_or_nothing_writes_nothing_when_one_row_is_refused(cast, monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 2)
    changes = AuditEntry.objects.filter(event=AuditEntry.Event.CHANGE)
    before = changes.count()
    rows = [person("a"), person("b"), person("c", phone="x" * 99), person("d"), person("e", no=1)]
    report, _ = run(rows, cast.root, all_or_nothing=True)
    assert not report.written
    assert (report.created, report.refused) == (3, 2)
    assert not User.objects.filter(username__in="abcde").exists()
    assert changes.count() == before
    report, _ = run(rows[:2], cast.root, all_or_nothing=True)
    assert (report.written, User.objects.filter(username__in="abcde").count()) == (True, 2)


def test_all_or_nothing_writes_nothing_of_a_file_that_is_cut_off(monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 2)
    content = '[{"email": "a@example.com"}, {"email": "b@example.com"}, {"email": "c@ex'
    report, _ = run(content, all_or_nothing=True)
    assert (report.written, report.stopped.code) == (False, "cut_off")
    assert not User.objects.exists()
    report, _ = run(content)
    assert (report.written, report.created, report.stopped.code) == (True, 2, "cut_off")
    assert User.objects.count() == 2


def test_a_dry_run_tells_what_would_be_done(cast):
    rows = [person("ann"), person("ivo", name="Ivan"), person("rita"), person("ann")]
    before = list(User.objects.order_by("pk").values()), AuditEntry.objects.count()
    report, verdicts = run(rows, cast.root, upsert="email", dry_run=True)
    assert outcomes(verdicts) == ["created", "updated", "unchanged", "refused"]
    assert not report.written
    assert (list(User.objects.order_by("pk").values()), AuditEntry.objects.count()) == before


# -- stopped and done again


class StopError(Exception):
    pass


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("upsert", [None, "email"])
def test_a_run_that_was_stopped_is_done_again_without_doubling_anybody(monkeypatch, upsert):
    monkeypatch.setattr(imports, "BLOCK", 2)
    rows = [person(f"p{n}", phone=str(n)) for n in range(5)]

    def stop(done, read, total):
        if done == 4:
            raise StopError

    with pytest.raises(StopError):
        run(rows, key="job_1", upsert=upsert, progress=stop)
    first = set(User.objects.values_list("pk", flat=True))
    assert len(first) == 4
    report, verdicts = run(rows, key="job_1", upsert=upsert)
    assert outcomes(verdicts) == ["created"] * 5  # whichever attempt made them
    assert report.refused == 0
    assert User.objects.count() == 5
    assert {verdict.person_id for verdict in verdicts[:4]} == first
    # Another run finds them as anybody else's.
    assert run(rows, key="job_2")[0].refused == 5


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_brought_an_id_along_is_known_in_a_repetition(cast):
    row = person("ann", user_id="0190a1b2-0000-7000-8000-000000000001")
    run([row], key="job")
    assert run([row], key="job", again=True)[0].created == 1
    assert run([row], key="job")[0].refused == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_all_or_nothing_that_is_stopped_leaves_nothing(monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 2)

    def stop(done, read, total):
        if done == 4:
            raise StopError

    with pytest.raises(StopError):
        run([person(f"p{n}") for n in range(5)], all_or_nothing=True, progress=stop)
    assert not User.objects.exists()


def test_progress_tells_of_rows_and_bytes(monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 2)
    content = gzip.compress(csv_of(["email"], *[[f"p{n}@example.com"] for n in range(5)]).encode())
    told = []
    run(content, progress=lambda *numbers: told.append(numbers))
    assert [rows for rows, _, _ in told] == [2, 4, 5]
    assert told[-1][1:] == (len(content), len(content))


# -- meanwhile


def test_a_name_that_somebody_takes_meanwhile_refuses_its_row_alone(monkeypatch):
    UserFactory(username="p1", email="thief@example.com")
    looked = []

    class Early(judging.Holders):
        """Looks for the first time before the other one is there."""

        def __init__(self, block):
            looked.append(block)
            super().__init__(block if len(looked) > 1 else [])

    monkeypatch.setattr(judging, "Holders", Early)
    report, verdicts = run([person(f"p{n}") for n in range(3)])
    assert outcomes(verdicts) == ["created", "refused", "created"]
    assert report.faults[0].code == "taken"
    assert set(User.objects.values_list("username", flat=True)) == {"p0", "p1", "p2"}


def test_two_who_change_names_are_refused_and_not_lost(cast):
    rows = [
        {"email": "ivo@example.com", "username": "rita"},
        {"email": "rita@example.com", "username": "ivo"},
    ]
    assert {code for _, _, code in faults(rows, upsert="email")} == {"taken"}


# -- how many questions


def queries(rows, **options):
    with CaptureQueriesContext(
        connection,
    ) as found:
        report, _ = run(rows, **options)
    assert report.refused == 0, report.faults
    return len(found)


@pytest.mark.parametrize("upsert", [None, "email"])
def test_a_block_takes_the_same_number_of_queries_whatever_its_size(cast, upsert):
    RoleFactory(name="R"), TagFactory(name="t"), GroupFactory(name="g")

    def rows(count, tag):
        more = {"roles": ["R"], "tags": ["t"], "groups": ["g"], "organization": "acme"}
        more |= {"email_verified": True, "status": "active", "user_metadata": {"a": 1}}
        return [person(f"{tag}{n}", **more) for n in range(count)]

    few = queries(rows(2, "a"), actor=cast.root, upsert=upsert)
    assert queries(rows(200, "b"), actor=cast.root, upsert=upsert) == few
    assert few < 50
    if upsert:
        for row in (changed := rows(200, "b")):
            row |= {"name": row["username"] * 2, "roles": [], "tags": [], "organization": "globex"}
        few = queries([row | {"name": "x"} for row in rows(2, "a")], actor=cast.root, upsert=upsert)
        assert queries(changed, actor=cast.root, upsert=upsert) <= few + 25


def test_the_address_of_who_asks_stays_in_the_audit(cast):
    with acting(lambda: cast.root, "192.0.2.7"):
        imports.run(io.BytesIO(b'{"email": "a@example.com"}'), ImportOptions(), cast.root)
    assert entries(User.objects.get(email="a@example.com"))[0].remote_addr == "192.0.2.7"


# -- ids


def test_ids_of_new_people_are_uuids_of_version_7_in_the_order_of_their_rows(monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 3)
    _, verdicts = run([person(f"p{n}") for n in range(10)])
    ids = [verdict.person_id for verdict in verdicts]
    assert ids == sorted(ids)
    assert {(pk.version, pk.variant) for pk in ids} == {(7, uuid.RFC_4122)}


@pytest.mark.parametrize("number", [1, 2**22 - 1, 2**22, 2**34 - 1])
def test_an_id_tells_of_its_row_and_its_run_alone(number):
    one, other = (
        Run(ImportOptions(key=key), Operator(), None, None, True) for key in ("job 1", "job 2")
    )
    pk = one.new_id(number, clock.now())
    assert pk.version == 7
    assert one.made(pk, number)
    assert not one.made(pk, number - 1)
    assert not other.made(pk, number)
    assert not Run(ImportOptions(), Operator(), None, None, True).made(pk, number)
