"""The audit can be verified: whatever is done to its rows behind the service's back is found."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from users import actor, evidence, sealing, verifying
from users.models import AuditEntry, AuditSeal, Organization, User
from usersvc import clock

from .factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.log"
    return settings.AUDIT_ANCHORS


@pytest.fixture
def chain(monkeypatch):
    """Three batches of three entries, and one entry that waits."""
    monkeypatch.setattr(sealing, "BATCH", 3)
    root, europe = UserFactory(), OrganizationFactory()
    AuditEntry.objects.all().delete()
    ann = UserFactory(organization=europe)
    with actor.acting(lambda: root, "2001:db8::7"):
        for number in range(8):
            ann.phone = f"+39 055 {number}"
            ann.save()
    assert sealing.seal() == 3
    ann.phone = ""
    ann.save()
    assert wrong() == []
    return list(AuditEntry.objects.oldest_first())


def wrong(**anchors):
    return list(verifying.verify(anchors.get("anchors", verifying.anchors())))


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_entries_are_sealed_once_and_each_batch_names_the_one_before(chain, anchors):
    seals = list(AuditSeal.objects.in_order())
    assert [seal.number for seal in seals] == [1, 2, 3]
    assert [seal.previous for seal in seals] == ["", seals[0].hash, seals[1].hash]
    assert [row.seal_id for row in chain] == [1, 1, 1, 2, 2, 2, 3, 3, 3, None]
    assert anchors.read_text().split() == list(map(str, seals))
    assert anchors.stat().st_mode & 0o777 == 0o600
    assert sealing.seal() == 1  # the one that waited
    assert sealing.seal() == 0


def test_sealing_takes_as_many_statements_for_many_as_for_one(django_assert_num_queries):
    UserFactory()
    with django_assert_num_queries(9):
        sealing.seal()
    UserFactory.create_batch(20)
    with django_assert_num_queries(9):
        sealing.seal()


def test_verifying_takes_as_many_statements_for_many_as_for_one(
    chain, django_assert_max_num_queries
):
    with django_assert_max_num_queries(4 * 3 + 6):
        wrong()


# Every column but these is covered by the code; these are checked against the chain, or follow.
FREE = {"id"}
OTHER = {
    "object_repr": "another",
    "object_pk": "another",
    "object_id": 7,
    "serialized_data": "{}",
    "action": 2,
    "changes_text": "x",
    "changes": '{"phone": ["", "1"]}',
    "cid": "x",
    "remote_addr": "2001:db8::8",
    "remote_port": 7,
    "timestamp": "2026-01-01 00:00:00+00:00",
    "additional_data": "{}",
    "actor_email": "x@x.example",
    "event": "seed",
    "actor_key": "x",
    "organization_key": "x",
    "salt": "x",
    "personal_digest": "x",
    "code": "x",
    "client": "x",
    "seal_id": 2,
}


def columns():
    return [field.column for field in AuditEntry._meta.concrete_fields if field.column not in FREE]


@pytest.mark.parametrize("place", [1, 9], ids=["sealed", "waiting"])
@pytest.mark.parametrize("column", columns())
def test_an_edited_column_is_found(chain, column, place):
    row = chain[place]
    others = {
        "actor_id": lambda: UserFactory().pk,
        "organization_id": lambda: OrganizationFactory().pk,
        "content_type_id": lambda: row.content_type_id + 1,
    }
    value = OTHER[column] if column in OTHER else others[column]()
    if hasattr(value, "hex") and connection.vendor == "sqlite":
        value = value.hex
    sql(f"UPDATE users_auditentry SET {column} = %s WHERE id = %s", value, row.pk)
    found = wrong()
    assert found
    assert str(row.pk) in " ".join(found)


@pytest.mark.parametrize("name", ["actor", "organization"])
def test_an_entry_that_is_made_to_name_nobody_is_found(chain, name):
    sql(f"UPDATE users_auditentry SET {name}_id = NULL WHERE id = %s", chain[4].pk)
    assert wrong() == [f"Entry {chain[4].pk} names another {name} than when it was written."]


def test_that_whom_an_entry_names_is_gone_is_no_fault(chain):
    User.all_objects.filter(pk=chain[4].actor_id).delete()
    assert AuditEntry.objects.get(pk=chain[4].pk).actor_id is None
    User.all_objects.all().delete()
    AuditEntry.objects.update(organization=None)
    Organization.objects.all()._raw_delete("default")
    assert AuditEntry.objects.get(pk=chain[4].pk).organization_id is None
    assert wrong() == []


def test_a_deleted_entry_is_found(chain):
    sql("DELETE FROM users_auditentry WHERE id = %s", chain[4].pk)
    assert wrong() == [f"Entry {chain[4].pk} of batch 2 is missing."]


COPIED = ", ".join(field.column for field in AuditEntry._meta.concrete_fields if field.name != "id")


@pytest.mark.parametrize("batch", ["2", "NULL"])
def test_an_inserted_entry_is_found(chain, batch):
    """Even a copy of a true one, of which the code is good."""
    values = COPIED.replace("seal_id", batch)
    sql(
        f"INSERT INTO users_auditentry (id, {COPIED}) SELECT 777777, {values} "
        "FROM users_auditentry WHERE id = %s",
        chain[4].pk,
    )
    if batch == "2":
        assert wrong()[0] == "Entry 777777 was put into batch 2."
        return
    copies = f"Entries {chain[4].pk}, 777777 are copies of each other."
    assert wrong() == [copies]
    sealing.seal()
    assert wrong() == [copies]


def test_two_swapped_entries_are_found(chain):
    first, second = chain[1].pk, chain[4].pk
    for old, new in ((first, -1), (second, first), (-1, second)):
        sql("UPDATE users_auditentry SET id = %s WHERE id = %s", new, old)
    assert {f"Entry {first} was put into batch 2.", f"Entry {first} of batch 1 is missing."} <= {
        *wrong()
    }


def test_two_entries_that_changed_places_within_a_batch_are_found(chain):
    first, second = chain[3].pk, chain[4].pk
    for old, new in ((first, -1), (second, first), (-1, second)):
        sql("UPDATE users_auditentry SET id = %s WHERE id = %s", new, old)
    assert wrong() == [f"Entry {pk} of batch 2 is another one." for pk in (first, second)]


def test_two_swapped_batches_are_found(chain):
    sql("UPDATE users_auditentry SET seal_id = NULL")
    for old, new in ((2, 99), (3, 2), (99, 3)):
        sql("UPDATE users_auditseal SET number = %s WHERE number = %s", new, old)
    assert "Batch 2 was changed, or its key is another one." in wrong()


def test_a_batch_that_is_cut_off_is_found_by_its_anchor(chain, anchors):
    sql("DELETE FROM users_auditentry WHERE seal_id = 3")
    sql("DELETE FROM users_auditseal WHERE number = 3")
    assert wrong() == ["Batch 3 was anchored and is not there: it was cut off."]
    kept = anchors.read_text().split()[2]
    anchors.unlink()
    assert wrong() == []
    with pytest.raises(CommandError, match="not as it was written"):
        call_command("verify_audit", anchor=[kept], stderr=StringIO())


def test_a_batch_that_is_cut_out_is_found(chain):
    sql("DELETE FROM users_auditentry WHERE seal_id = 2")
    sql("DELETE FROM users_auditseal WHERE number = 2")
    assert wrong() == ["Batch 2 is missing."]


def test_batches_that_are_made_anew_after_a_cut_are_found(chain):
    sql("DELETE FROM users_auditentry WHERE seal_id = 3")
    sql("DELETE FROM users_auditseal WHERE number = 3")
    anchored = verifying.anchors()
    sealing.seal()
    assert wrong(anchors=anchored) == [
        "Batch 3 is not the one that was anchored: it was made anew."
    ]


def test_an_edited_batch_is_found(chain):
    leaves = AuditSeal.objects.get(pk=2).leaves
    sql("UPDATE users_auditseal SET leaves = %s WHERE number = 2", json.dumps(leaves[:2]))
    sql("DELETE FROM users_auditentry WHERE id = %s", leaves[2][0])
    assert wrong() == ["Batch 2 was changed, or its key is another one."]


def test_another_key_is_found(chain, settings):
    settings.AUDIT_KEY = "another key of the audit, as long as one has to be"
    assert len(wrong()) == 3 + len(chain)


def test_a_clock_that_was_moved_is_found(chain, time_machine):
    now = clock.now()
    time_machine.move_to(now - timedelta(days=1))
    ann = UserFactory()
    sealing.seal()
    found = " ".join(wrong())
    assert "Batch 4 was sealed before batch 3: the clock was moved." in found
    late = AuditEntry.objects.get_for_object(ann).first()
    assert f"Entry {late.pk} is of a time before its batch" in found
    time_machine.move_to(now + timedelta(days=1))
    UserFactory()
    time_machine.move_to(now + timedelta(minutes=1))
    sealing.seal()
    assert "is of a time after its batch: the clock was moved" in " ".join(wrong())


def test_what_is_under_way_is_sealed_once_it_has_ended(time_machine):
    now = clock.now()
    time_machine.move_to(now)
    entry = AuditEntry.objects.record_event(User, "export", "a file", outcome="started")
    time_machine.move_to(now + timedelta(minutes=16))
    assert sealing.seal() == 0
    entry.amend(outcome="complete", rows=3)
    assert wrong() == []
    assert sealing.seal() == 1
    entry.amend(outcome="failed")  # too late: what is sealed stays
    assert AuditEntry.objects.get().additional_data == {"outcome": "complete", "rows": 3}
    assert wrong() == []


def test_what_never_tells_of_its_end_is_sealed_after_a_day(time_machine):
    now = clock.now()
    time_machine.move_to(now)
    AuditEntry.objects.record_event(User, "export", "a file", outcome="started")
    time_machine.move_to(now + timedelta(hours=25))
    assert sealing.seal() == 1
    UserFactory()
    sealing.seal()
    assert wrong() == []


def test_an_entry_is_not_saved_again(chain):
    with pytest.raises(TypeError):
        chain[0].save()


def test_entries_forget_what_is_personal_and_stay_verifiable(chain):
    told = AuditEntry.objects.filter(pk__in=[chain[4].pk, chain[9].pk])
    told.update(**evidence.FORGOTTEN, salt="")
    found = f"Entry {chain[4].pk} was made to forget, and no erasure says so."
    assert found in wrong()
    ids = [chain[4].pk, chain[9].pk]
    AuditEntry.objects.record_event(User, "erasure", "erasure", entries=ids)
    assert wrong() == []
    sealing.seal()
    assert wrong() == []
    sql("UPDATE users_auditentry SET actor_email = 'x' WHERE id = %s", chain[4].pk)
    assert wrong() == [f"Entry {chain[4].pk} was changed, or nobody of this service wrote it."]


def test_the_command_says_how_much_it_verified(chain):
    out, errors = StringIO(), StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue() == (
        "The audit is as it was written: 10 entries, 3 batches, 1 waiting for the next one.\n"
    )
    sql("DELETE FROM users_auditentry WHERE id = %s", chain[4].pk)
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=errors)
    assert errors.getvalue() == f"Entry {chain[4].pk} of batch 2 is missing.\n"


@pytest.mark.parametrize("anchor", ["x", "1", "1:abc", "-1:" + "0" * 64])
def test_a_bad_anchor_is_refused(anchor):
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("verify_audit", anchor=[anchor])
