"""The audit can be verified: whatever is done to its rows behind the service's back is found."""

import json
import resource
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from users import actor, anchoring, evidence, forgetting, sealing, verifying
from users.models import AuditEntry, AuditSeal, ExportBlock, Organization, User
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
    return list(verifying.verify(anchors.get("anchors", anchoring.anchors())))


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
    with django_assert_num_queries(10):
        sealing.seal()
    UserFactory.create_batch(20)
    with django_assert_num_queries(10):
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
    anchored = anchoring.anchors()
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
    assert sealing.seal() == 1  # of one: it took all there was
    time_machine.move_to(now - timedelta(days=2))
    ann = UserFactory()
    sealing.seal()
    found = " ".join(wrong())
    assert "Batch 5 was sealed before batch 4: the clock was moved." in found
    late = AuditEntry.objects.get_for_object(ann).first()
    assert f"Entry {late.pk} is of a time before its batch" in found
    time_machine.move_to(now + timedelta(days=1))
    UserFactory()
    time_machine.move_to(now + timedelta(minutes=1))
    sealing.seal()
    assert "is of a time after its batch: the clock was moved" in " ".join(wrong())


def test_clocks_of_two_workers_may_differ_a_little(chain, time_machine):
    time_machine.move_to(clock.now() - timedelta(seconds=3))
    sealing.seal()
    assert wrong() == []


def test_entries_that_waited_for_long_are_no_fault(chain, time_machine):
    """With more of them than a batch holds, the others came after the first batch."""
    sealing.seal()
    before = clock.now() - timedelta(days=9)
    time_machine.move_to(before)
    UserFactory.create_batch(7)
    AuditSeal.objects.all().delete()
    AuditEntry.objects.update(seal=None)
    time_machine.move_to(before + timedelta(days=9))
    anchored = {}
    assert sealing.seal() > 3
    assert wrong(anchors=anchored) == []


def test_what_is_under_way_is_sealed_once_nothing_more_is_told_of_it(time_machine):
    now = clock.now()
    time_machine.move_to(now)
    entry = AuditEntry.objects.record_event(User, "export", "a file", outcome="started")
    time_machine.move_to(now + timedelta(hours=2))
    assert sealing.seal() == 0
    entry.amend(outcome="complete", rows=3)
    assert wrong() == []
    time_machine.move_to(now + timedelta(hours=2, minutes=14))
    assert sealing.seal() == 0
    entry.amend(outcome="lost")
    time_machine.move_to(now + timedelta(hours=2, minutes=30))
    assert sealing.seal() == 1
    entry.amend(outcome="failed")  # too late: what is sealed stays
    kept = AuditEntry.objects.get().additional_data
    assert (kept["outcome"], kept["rows"]) == ("lost", 3)
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


def test_what_was_tampered_with_is_found_after_it_forgot(cast, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 100)
    cast.bob.save()
    cast.charlie.nickname = "c"
    cast.charlie.save()
    row = AuditEntry.objects.get_for_object(cast.charlie).latest("pk")
    sealing.seal()
    sql("UPDATE users_auditentry SET object_repr = %s WHERE id = %s", "bob@example.com", row.pk)
    changed = f"Entry {row.pk} was changed, or nobody of this service wrote it."
    assert changed in wrong()
    forgetting.forget([row.pk], 1)
    assert AuditEntry.objects.get(pk=row.pk).object_repr == ""
    assert changed in wrong()


def test_what_a_forged_erasure_names_is_not_forgotten_with_it(chain):
    forged = AuditEntry.objects.record_event(User, "erasure", "erasure", entries=[])
    told = json.dumps({"entries": [chain[4].pk]})
    sql("UPDATE users_auditentry SET additional_data = %s WHERE id = %s", told, forged.pk)
    assert forgetting.forget([forged.pk], 1) == 1
    assert AuditEntry.objects.get(pk=chain[4].pk).salt


def test_batches_that_are_made_anew_by_the_service_itself_are_found(chain):
    """The file tells then of two, and the last one is not the only one that counts."""
    sql("DELETE FROM users_auditentry WHERE seal_id = 3")
    sql("DELETE FROM users_auditseal WHERE number = 3")
    UserFactory()
    sealing.seal()
    assert wrong() == ["Batch 3 is not the one that was anchored: it was made anew."]


def test_an_entry_of_a_batch_that_is_not_there_is_found(chain):
    off = {"sqlite": "PRAGMA defer_foreign_keys = ON"}.get(connection.vendor)
    sql(off or "SET session_replication_role = replica")
    sql("UPDATE users_auditentry SET seal_id = 999 WHERE id = %s", chain[9].pk)
    assert wrong() == [f"Entry {chain[9].pk} names batch 999, which is not there."]
    sql("UPDATE users_auditentry SET seal_id = NULL WHERE id = %s", chain[9].pk)
    if not off:
        sql("SET session_replication_role = DEFAULT")


def test_that_a_batch_was_made_is_told_once_more_after_a_crash(chain, anchors, monkeypatch):
    def crash(made):
        raise KeyboardInterrupt

    monkeypatch.setattr(sealing, "anchor", lambda seal: None if seal.number < 4 else crash(seal))
    with pytest.raises(KeyboardInterrupt):
        sealing.seal()
    monkeypatch.undo()
    assert len(anchors.read_text().split()) == 3
    assert sealing.seal() == 0
    assert anchors.read_text().split()[3] == str(AuditSeal.objects.get(number=4))


def test_whom_an_export_held_is_vouched_for(cast, call):
    answer = call(cast.root).get("/users/export?format=csv")
    b"".join(answer.streaming_content)
    answer.close()
    [block] = ExportBlock.objects.all()
    found = [f"Whom the export of entry {block.entry_id} held was changed."]
    assert wrong() == []
    ids = bytes(block.ids)
    for other in (b"", ids[8:], ids[8:16] + ids[:8] + ids[16:]):
        ExportBlock.objects.update(ids=other)
        assert wrong() == found
    ExportBlock.objects.all().delete()
    assert wrong() == found


def test_nonsense_in_a_row_hides_nothing_else(chain):
    sql("UPDATE users_auditseal SET leaves = %s WHERE number = 2", "[7]")
    sql("UPDATE users_auditentry SET code = %s WHERE id = %s", "é" * 64, chain[9].pk)
    sql("UPDATE users_auditentry SET personal_digest = %s WHERE id = %s", "é", chain[1].pk)
    found = " ".join(wrong())
    assert "Batch 2 was changed" in found
    for place in (1, 9):
        assert f"Entry {chain[place].pk} was changed" in found


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes no such values")
def test_what_is_no_row_is_told(chain):
    sql("UPDATE users_auditentry SET remote_addr = 'x' WHERE id = %s", chain[1].pk)
    assert f"Entry {chain[1].pk} was changed" in " ".join(wrong())
    sql("UPDATE users_auditentry SET timestamp = 'x' WHERE id = %s", chain[1].pk)
    errors = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=errors)
    assert "cannot be read to its end" in errors.getvalue()


def test_many_missing_batches_are_one_sentence(chain):
    sql("UPDATE users_auditentry SET seal_id = NULL")
    sql("UPDATE users_auditseal SET number = 1000000000000 WHERE number = 3")
    assert "Batches 3 to 999999999999 are missing." in wrong()


@pytest.mark.parametrize("number", [-0.0, 1e16, 1e22, 1.0, 0.1, 1.5e-7, 1e300, 2**70])
def test_numbers_are_alike_however_a_database_writes_them(number):
    entry = AuditEntry.objects.record_event(User, "import", "a file", told={"x": [number]})
    assert evidence.is_genuine(AuditEntry.objects.get(pk=entry.pk))


def test_another_number_is_another_entry():
    entry = AuditEntry.objects.record_event(User, "import", "a file", told=2**70)
    for other in (2**70 + 1, str(2**70), float(2**70) * 2):
        entry.additional_data = {"told": other}
        assert not evidence.is_genuine(entry)


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


def test_of_an_anchor_that_there_is_no_room_for_nothing_is_left(chain, anchors):
    last, whole = AuditSeal.objects.last_one(), anchors.read_text()
    before = "".join(whole.splitlines(keepends=True)[:-1])
    anchors.write_text(before)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(OSError, match="no room"):
            anchoring.anchor(last)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert anchors.read_text() == before
    anchoring.anchor(last)
    assert anchors.read_text() == whole


@pytest.mark.parametrize("anchor", ["x", "1", "1:abc", "-1:" + "0" * 64])
def test_a_bad_anchor_is_refused(anchor):
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("verify_audit", anchor=[anchor])
