"""One request for many people: what it takes, what it does, what it answers and what it costs."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import actor, bulk_actions, bulk_runs, operations, rules
from users.models import AuditEntry, IdempotencyKey, Role, User
from usersvc import clock

from .factories import GroupFactory, TagFactory
from .sending import faults, send

pytestmark = [pytest.mark.django_db, pytest.mark.one_cast]

ABSENT = "00000000-0000-7000-8000-000000000009"


def bulk(api, action, people=None, **body):
    if people is not None:
        body["ids"] = [getattr(person, "pk", person) for person in people]
    return send(api, "post", "/users/bulk", {"action": action, **body})


def entries(person):
    return AuditEntry.objects.get_for_object(person).order_by("timestamp", "id")


def fresh(person):
    return User.all_objects.get(pk=person.pk)


# -- what it does


def test_everybody_is_answered_for(cast, call):
    cast.charlie.suspend()
    answer = bulk(call(cast.bob), "suspend", [
        cast.ivo, cast.charlie, cast.alice, cast.bob, cast.akira, ABSENT,
    ])  # fmt: skip
    assert answer.status_code == 200
    shown = answer.json()
    told = {one["id"]: one.get("reason", one["outcome"]) for one in shown.pop("results")}
    assert told == {
        str(cast.ivo.pk): "done",
        str(cast.charlie.pk): "They are suspended or deleted already.",
        str(cast.alice.pk): rules.BEYOND,
        str(cast.bob.pk): rules.NOT_YOURSELF,
        str(cast.akira.pk): "not found",
        ABSENT: "not found",
    }
    reasons = {one["reason"]: one["count"] for one in shown.pop("reasons")}
    assert reasons["not found"] == 2
    assert sum(reasons.values()) == 5
    assert shown == {"matched": 6, "done": 1, "skipped": 5}
    assert fresh(cast.ivo).status == "suspended"
    assert fresh(cast.akira).status == "active"


def enrol(person):
    """Give the person an app that makes codes."""
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    person.refresh_from_db()


@pytest.mark.parametrize(
    ("action", "verb", "before"),
    [
        ("suspend", User.suspend, None),
        ("reactivate", User.reactivate, User.suspend),
        ("delete", User.soft_delete, None),
        ("restore", User.restore, User.soft_delete),
        ("logout", operations.log_out, None),
        ("reset_mfa", operations.reset_mfa, enrol),
    ],
)
def test_many_at_once_become_what_one_by_one_become(cast, call, monkeypatch, action, verb, before):
    """The columns, the stamps and the audit are those of the single verbs."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, 12, 0, 0, 7, UTC))
    people = [cast.charlie, cast.ivo]
    for person in people:
        person.status = "risky"
        person.save()
        if before:
            before(person)
    with actor.acting(lambda: cast.alice):
        verb(cast.charlie)
    assert bulk(call(cast.alice), action, [cast.ivo]).json()["done"] == 1
    own = {
        "id", "username", "email", "name", "name_key", "search_text", "organization_id",
        "password", "password_changed_at", "created_at",
    }  # fmt: skip
    alike = [
        {
            field.attname: getattr(fresh(person), field.attname)
            for field in User._meta.concrete_fields
            if field.attname not in own
        }
        for person in people
    ]
    assert alike[0] == alike[1]
    assert alike[1]["updated_by_id"] == cast.alice.pk
    single, many = (entries(person).last() for person in people)
    assert single.changes == many.changes
    for name in ("action", "event", "actor", "actor_email", "content_type"):
        assert getattr(single, name) == getattr(many, name)
    assert many.object_repr == "ivo"
    assert many.organization == cast.italy
    assert many.remote_addr == "127.0.0.1"


@pytest.mark.parametrize("action", ["suspend", "delete", "logout", "reset_mfa"])
def test_sessions_and_tokens_end(cast, call, action):
    enrol(cast.charlie)
    charlies = call(cast.charlie)
    assert charlies.get("/api/me").status_code == 200
    bulk(call(cast.alice), action, [cast.charlie])
    assert charlies.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("kind", "things"),
    [
        ("group", GroupFactory),
        ("tag", TagFactory),
        ("role", lambda: Role.objects.get(name="Reader")),
    ],
)
def test_memberships_come_and_go(cast, call, kind, things):
    thing, other = things(), {"group": GroupFactory, "tag": TagFactory}.get(kind, lambda: None)()
    held = f"{kind}s"
    people = [cast.charlie, cast.ivo]
    getattr(cast.ivo, held).add(thing)
    if other:
        getattr(cast.charlie, held).add(other)
    counted = {person.pk: entries(person).count() for person in people}
    api, argument = call(cast.alice), {f"{kind}_id": str(thing.pk)}
    stamp = fresh(cast.charlie).updated_at

    shown = bulk(api, f"add_{kind}", people, **argument).json()
    assert (shown["done"], shown["skipped"]) == (1, 1)
    assert thing in getattr(cast.charlie, held).all()
    assert getattr(cast.ivo, held).count() == 1
    entry = entries(cast.charlie).last()
    assert entry.changes == {held: {"type": "m2m", "operation": "add", "objects": [thing.name]}}
    assert (entry.actor, entry.organization) == (cast.alice, cast.europe)
    assert fresh(cast.charlie).updated_by == cast.alice
    assert fresh(cast.charlie).updated_at > stamp

    assert bulk(api, f"remove_{kind}", people, **argument).json()["done"] == 2
    assert bulk(api, f"remove_{kind}", people, **argument).json()["done"] == 0
    assert list(getattr(cast.charlie, held).all()) == ([other] if other else [])
    assert {person.pk: entries(person).count() - counted[person.pk] for person in people} == {
        cast.charlie.pk: 2,
        cast.ivo.pk: 1,
    }


def test_a_bulk_membership_is_audited_as_a_single_one(cast, call):
    reader = Role.objects.get(name="Reader")
    cast.ivo.roles.add(reader)
    bulk(call(cast.alice), "add_role", [cast.charlie], role_id=str(reader.pk))
    assert entries(cast.ivo).last().changes == entries(cast.charlie).last().changes


def test_people_move(cast, call):
    answer = bulk(call(cast.alice), "move", [cast.charlie, cast.ivo, cast.alice],
                  organization_id=str(cast.italy.pk))  # fmt: skip
    assert answer.json()["done"] == 1
    assert fresh(cast.charlie).organization == cast.italy
    assert fresh(cast.alice).organization == cast.europe
    change = [str(cast.europe.pk), str(cast.italy.pk)]
    assert entries(cast.charlie).last().changes == {"organization": change}


def test_schedules_are_set_and_taken_away(cast, call):
    api = call(cast.bob)
    schedule = {"starts_at": None, "ends_at": "2020-01-31T12:00:00Z", "timezone": "europe/rome"}
    shown = bulk(api, "set_schedule", [cast.charlie, cast.bob], schedule=schedule).json()
    assert shown["reasons"] == [{"reason": rules.NOT_YOURSELF, "count": 1}]
    charlie = fresh(cast.charlie)
    assert charlie.access_ends_at == datetime(2020, 1, 31, 12, tzinfo=UTC)
    assert charlie.access_timezone == "Europe/Rome"
    assert not charlie.is_active
    assert bulk(api, "set_schedule", [cast.charlie], schedule=schedule).json()["done"] == 0
    bulk(api, "set_schedule", [cast.charlie], schedule={"ends_at": None})
    assert fresh(cast.charlie).is_active


# -- whom it means


def test_filters_are_those_of_the_directory(cast, call):
    api = call(cast.bob)
    shown = bulk(api, "suspend", filters={"search": "IVO", "status": ["active", "risky"]}).json()
    assert [one["id"] for one in shown["results"]] == [str(cast.ivo.pk)]
    everybody = bulk(api, "suspend", filters={}, everybody=True).json()
    assert everybody["matched"] == 6
    assert {fresh(person).status for person in (cast.akira, cast.zoe, cast.alice)} == {"active"}


def test_a_restoration_asks_for_the_deleted(cast, call):
    cast.ivo.soft_delete()
    shown = bulk(call(cast.alice), "restore", filters={"status": "active"}).json()
    assert [one["id"] for one in shown["results"]] == [str(cast.ivo.pk)]
    assert fresh(cast.ivo).deleted_at is None


def test_a_dry_run_tells_and_does_nothing(cast, call):
    before = AuditEntry.objects.count()
    shown = bulk(call(cast.bob), "suspend", filters={}, everybody=True, dry_run=True).json()
    rows = shown.pop("rows")
    assert {row["identifier"] for row in rows} == {"alice", "bob", "rita", "sam", "charlie", "ivo"}
    assert "created_by" not in rows[0]
    assert shown == {
        "dry_run": True,
        "matched": 6,
        "would_do": 4,
        "would_skip": 2,
        "reasons": [
            {"reason": rules.BEYOND, "count": 1},
            {"reason": rules.NOT_YOURSELF, "count": 1},
        ],
    }
    assert AuditEntry.objects.count() == before
    assert not User.objects.with_status(["suspended"]).exists()


def test_only_the_first_people_are_shown_and_told(cast, call, monkeypatch):
    monkeypatch.setattr(bulk_runs, "MOST_TOLD", 3)
    monkeypatch.setattr(bulk_runs, "BLOCK", 2)
    monkeypatch.setattr("users.api.bulk.serializers.PREVIEWED", 2)
    api = call(cast.bob)
    dry = bulk(api, "suspend", filters={}, everybody=True, dry_run=True).json()
    assert (dry["matched"], len(dry["rows"])) == (6, 2)
    shown = bulk(api, "suspend", filters={}, everybody=True).json()
    assert (shown["matched"], shown["done"], len(shown["results"])) == (6, 4, 3)
    assert shown["results_truncated"] is True


# -- what it refuses


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "action"),
        ({"action": "destroy", "ids": [ABSENT]}, "action"),
        ({"action": 7, "ids": [ABSENT]}, "action"),
        ({"action": "suspend"}, "ids"),
        ({"action": "suspend", "ids": []}, "ids"),
        ({"action": "suspend", "ids": ["x"]}, "ids.0"),
        ({"action": "suspend", "ids": [7]}, "ids.0"),
        ({"action": "suspend", "ids": ABSENT}, "ids"),
        ({"action": "suspend", "ids": [ABSENT], "filters": {"search": "x"}}, "filters"),
        ({"action": "suspend", "ids": [ABSENT], "everybody": True}, "everybody"),
        ({"action": "suspend", "everybody": True}, "everybody"),
        ({"action": "suspend", "ids": [ABSENT], "dryrun": True}, "dryrun"),
        ({"action": "suspend", "ids": [ABSENT], "dry_run": "yes"}, "dry_run"),
        ({"action": "suspend", "ids": [ABSENT], "dry_run": None}, "dry_run"),
        ({"action": "suspend", "filters": {}}, "filters"),
        ({"action": "suspend", "filters": {"search": " "}}, "filters"),
        ({"action": "suspend", "filters": {"search": None}}, "filters"),
        ({"action": "suspend", "filters": {"status": []}}, "filters"),
        ({"action": "suspend", "filters": {"search": "x"}, "everybody": True}, "everybody"),
        ({"action": "suspend", "filters": {}, "everybody": 1}, "everybody"),
        ({"action": "suspend", "filters": [], "everybody": True}, "filters"),
        ({"action": "suspend", "filters": {"serch": "x"}}, "filters.serch"),
        ({"action": "suspend", "filters": {"status": "gone"}}, "filters.status"),
        ({"action": "suspend", "filters": {"search": {"a": 1}}}, "filters.search"),
        ({"action": "suspend", "filters": {"search": "x", "page": "1"}}, "filters.page"),
        ({"action": "suspend", "filters": {"search": "x", "page_size": 5}}, "filters.page_size"),
        ({"action": "suspend", "filters": {"search": "x", "sort_by": "id"}}, "filters.sort_by"),
        ({"action": "suspend", "filters": dict.fromkeys(map(str, range(51)), "x")}, "filters"),
        ({"action": "suspend", "ids": [ABSENT], "role_id": ABSENT}, "role_id"),
        ({"action": "add_role", "ids": [ABSENT]}, "role_id"),
        ({"action": "add_role", "ids": [ABSENT], "role_id": ABSENT}, "role_id"),
        ({"action": "add_group", "ids": [ABSENT], "group_id": ABSENT}, "group_id"),
        ({"action": "add_tag", "ids": [ABSENT], "tag_id": "vip"}, "tag_id"),
        ({"action": "move", "ids": [ABSENT], "organization_id": None}, "organization_id"),
        ({"action": "set_schedule", "ids": [ABSENT]}, "schedule"),
        ({"action": "set_schedule", "ids": [ABSENT], "schedule": {}}, "schedule.starts_at"),
        (
            {"action": "set_schedule", "ids": [ABSENT], "schedule": {"ends_at": 5}},
            "schedule.ends_at",
        ),
        (
            {
                "action": "set_schedule",
                "ids": [ABSENT],
                "schedule": {"starts_at": "2026-02-01", "ends_at": "2026-01-01"},
            },
            "schedule.ends_at",
        ),
        (
            {
                "action": "set_schedule",
                "ids": [ABSENT],
                "schedule": {"ends_at": None, "timezone": "IST"},
            },
            "schedule.timezone",
        ),
    ],
)
def test_what_is_not_understood_is_refused_and_named(cast, call, body, key):
    before = AuditEntry.objects.count()
    answer = send(call(cast.alice), "post", "/api/users/bulk", body)
    assert answer.status_code == 400
    assert list(faults(answer)) == [key]
    assert AuditEntry.objects.count() == before


def test_a_place_out_of_sight_is_no_place(cast, call):
    cast.italy.deleted_at = clock.now()
    cast.italy.save()
    for place in (cast.acme, cast.globex, cast.italy):
        answer = bulk(call(cast.alice), "move", [cast.charlie], organization_id=str(place.pk))
        assert list(faults(answer)) == ["organization_id"]


def test_filters_that_take_a_permission_take_it_here_too(cast, call):
    wanted = {"created_by": str(cast.root.pk)}
    assert bulk(call(cast.bob), "suspend", filters=wanted).status_code == 403
    assert bulk(call(cast.alice), "suspend", filters=wanted).status_code == 200


# -- repeated requests


def test_a_repeated_request_does_its_work_once(cast, call):
    api = call(cast.alice)
    body = {"action": "suspend", "ids": [str(cast.charlie.pk)]}
    first = send(api, "post", "/users/bulk", body, Idempotency_Key="k")
    again = send(api, "post", "/users/bulk", body, Idempotency_Key="k")
    assert first.json()["done"] == 1
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    other = body | {"action": "reactivate"}
    assert send(api, "post", "/users/bulk", other, Idempotency_Key="k").status_code == 422
    refused = send(api, "post", "/users/bulk", {"action": "x"}, Idempotency_Key="j")
    assert refused.status_code == 400
    assert send(api, "post", "/users/bulk", body, Idempotency_Key="j").json()["done"] == 0


def test_a_repetition_does_not_overtake(cast, call, monkeypatch):
    """While the first request is at work its key is refused; should it fail, the key is free."""
    api, found = call(cast.alice), []
    body = {"action": "suspend", "ids": [str(cast.charlie.pk)]}

    def fail(*args):
        found.append(send(api, "post", "/users/bulk", body, Idempotency_Key="k").status_code)
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("users.api.bulk.running.carry_out", fail)
        answer = send(api, "post", "/users/bulk", body, Idempotency_Key="k")
    assert (answer.status_code, found) == (500, [409])
    assert not IdempotencyKey.objects.exists()
    assert send(api, "post", "/users/bulk", body, Idempotency_Key="k").json()["done"] == 1


# -- what it costs


def actions(cast):
    tag = TagFactory()
    return {
        "suspend": bulk_actions.SUSPEND,
        "reactivate": bulk_actions.REACTIVATE,
        "add_tag": bulk_actions.membership(tag, adds=True),
        "remove_tag": bulk_actions.membership(tag, adds=False),
        "add_role": bulk_actions.membership(Role.objects.get(name="Reader"), adds=True),
        "remove_role": bulk_actions.membership(Role.objects.get(name="Reader"), adds=False),
        "move": bulk_actions.move_to(cast.italy),
        "set_schedule": bulk_actions.schedule(clock.now(), None, "UTC"),
        "delete": bulk_actions.DELETE,
        "restore": bulk_actions.RESTORE,
    }


def crowd(cast, count):
    return bulk_runs.Ids(
        sorted(
            person.pk
            for person in User.objects.bulk_create(
                User(
                    username=f"c{count}-{n}",
                    email=f"c{count}-{n}@x.example",
                    status="active",
                    organization=cast.europe,
                )
                for n in range(count)
            )
        )
    )


def test_statements_of_a_block_are_as_many_for_ten_as_for_many(cast, monkeypatch):
    # Django splits INSERTs for SQLites of long ago.
    monkeypatch.setattr(connection.features, "max_query_params", 250_000)
    assert cast.alice.has_perm("users.manage_user")  # read once a request
    few, many = crowd(cast, 10), crowd(cast, bulk_runs.BLOCK)
    for name, action in actions(cast).items():
        counts = []
        for ids in (few, many):
            with CaptureQueriesContext(connection) as queries:
                tally = bulk_runs.carry_out(cast.alice, action, ids)
            assert tally.done == len(ids), name
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 22, (name, counts)


def test_blocks_are_of_bounded_size_and_stay_done(cast, monkeypatch):
    """Each block is written by itself; what fails leaves those before it as they are."""
    monkeypatch.setattr(bulk_runs, "BLOCK", 10)
    ids, sizes = crowd(cast, 35), []
    write = bulk_actions.Change.write

    def counting(action, people):
        sizes.append(len(people))
        write(action, people)
        if len(sizes) == 3:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(bulk_actions.Change, "write", counting)
    with pytest.raises(RuntimeError):
        bulk_runs.carry_out(cast.alice, bulk_actions.SUSPEND, ids)
    assert User.objects.with_status(["suspended"]).count() == 20
    assert AuditEntry.objects.filter(changes__has_key="suspended_at").count() == 20
    assert bulk_runs.carry_out(cast.alice, bulk_actions.SUSPEND, ids).done == 15
    assert sizes == [10, 10, 10, 10, 5]
    assert AuditEntry.objects.filter(changes__has_key="suspended_at").count() == 35


def test_ids_take_sixteen_bytes_each(cast):
    ids = crowd(cast, 7)
    assert len(ids) == 7
    assert len(ids._packed) == 7 * 16
    assert [len(block) for block in ids.blocks(3)] == [3, 3, 1]
    everybody = bulk_runs.Ids.of(User.all_objects.visible_to(cast.root))
    listed = [pk for block in everybody.blocks(4) for pk in block]
    assert listed == sorted(User.all_objects.values_list("pk", flat=True))


def test_an_actor_whose_tokens_ended_goes_no_further(cast, monkeypatch):
    from django.core.exceptions import PermissionDenied

    ids = crowd(cast, 3)
    User.objects.get(pk=cast.alice.pk).end_sign_ins()
    with pytest.raises(PermissionDenied):
        bulk_runs.carry_out(cast.alice, bulk_actions.SUSPEND, ids)
    assert not User.objects.with_status(["suspended"]).exists()
