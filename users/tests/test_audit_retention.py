"""Old batches of the audit go by a setting; what is left can still be verified."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import anchoring, audit_retention, daily, forgetting, sealing, verifying
from users.models import AuditEntry, AuditSeal, ExportBlock
from users.models.doings import Doing, Event
from usersvc import clock

from .factories import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.log"
    settings.AUDIT_DAYS = 30
    return settings.AUDIT_ANCHORS


@pytest.fixture
def past(monkeypatch):
    """A batch of two entries on each of five days, the last of them today."""
    monkeypatch.setattr(sealing, "BATCH", 2)
    ann, now = UserFactory(), clock.now()
    AuditEntry.objects.all().delete()
    for ago in (60, 50, 40, 20, 0):
        with time_machine.travel(now - ago * DAY, tick=False):
            for number in range(2):
                ann.phone = f"+39 055 {ago}{number}"
                ann.save()
            assert sealing.seal() == 1
    return ann


def wrong():
    return list(verifying.verify(anchoring.anchors()))


def numbers():
    return [seal.number for seal in AuditSeal.objects.in_order()]


def test_batches_older_than_the_setting_go_and_the_rest_is_verified(past):
    hashes = [seal.hash for seal in AuditSeal.objects.in_order()]
    assert audit_retention.let_go(clock.now()) == 6
    assert numbers() == [4, 5]
    assert wrong() == []
    (entry,) = AuditEntry.objects.telling_of([Doing.RETENTION])
    assert entry.additional_data == {
        "last_batch": 3, "hash": hashes[2], "count": 6, "entries": [],
    }  # fmt: skip
    assert audit_retention.let_go(clock.now()) == 0
    sealing.seal()
    assert wrong() == []


def test_nothing_goes_where_nobody_says_how_long(past, settings):
    settings.AUDIT_DAYS = 0
    assert audit_retention.let_go(clock.now() + 999 * DAY) == 0
    assert numbers() == [1, 2, 3, 4, 5]


def test_what_waits_for_a_batch_stays_however_old(past):
    waiting = AuditEntry.objects.record_event(AuditEntry, Event.EXPORT, "csv", outcome="started")
    audit_retention.let_go(clock.now() + 999 * DAY)
    assert numbers() == [5]
    assert AuditEntry.objects.filter(pk=waiting.pk).exists()
    assert wrong() == []


def test_it_goes_on_where_it_stopped_and_each_time_can_be_verified(past, monkeypatch):
    monkeypatch.setattr(audit_retention, "BATCHES", 1)
    assert audit_retention.let_go(clock.now()) == 6
    assert AuditEntry.objects.telling_of([Doing.RETENTION]).count() == 3
    sealing.seal()
    later = clock.now() + 31 * DAY
    with time_machine.travel(later, tick=False):
        # The last four, and two of the three that told: the newest batch stays.
        assert audit_retention.let_go(later) == 6
        assert numbers() == [7]
        assert wrong() == []
        sealing.seal()
        assert wrong() == []


def test_only_the_oldest_go_one_after_another(past):
    AuditSeal.objects.filter(number=2).update(sealed_at=clock.now())
    assert audit_retention.let_go(clock.now()) == 2
    assert numbers() == [2, 3, 4, 5]


def test_what_an_erasure_named_stays_named(monkeypatch):
    """What is under way is sealed after the erasure that made it forget, and goes after it."""
    now = clock.now()
    with time_machine.travel(now - 50 * DAY, tick=False):
        under_way = AuditEntry.objects.record_event(AuditEntry, Event.EXPORT, "", outcome="started")
        forgetting.forget([under_way.pk], 1)
        assert sealing.seal() == 1
    with time_machine.travel(now - 20 * DAY, tick=False):
        assert sealing.seal() == 1
    assert audit_retention.let_go(now) == 1
    assert AuditEntry.objects.filter(pk=under_way.pk, salt="").exists()
    assert wrong() == []


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("older than it is", "Batch 2 was changed"),
        ("an entry less", "of batch 2 is missing"),
        ("another entry", "was changed, or nobody"),
        ("made anew", "Batch 2 is not the one that was anchored"),
    ],
)
def test_what_was_tampered_with_stays_to_be_found(past, how, found, anchors):
    row = AuditEntry.objects.of_seals([2]).first()
    if how == "older than it is":
        long_ago = clock.now() - 99 * DAY
        AuditSeal.objects.filter(number__gte=2).update(sealed_at=long_ago)
    elif how == "an entry less":
        AuditEntry.objects.filter(pk=row.pk).delete()
    elif how == "another entry":
        AuditEntry.objects.filter(pk=row.pk).update(object_repr="another")
    else:
        anchors.write_text(f"{anchors.read_text()}2:{'0' * 64}\n")
    assert found in " ".join(wrong())
    assert audit_retention.let_go(clock.now()) == 2
    assert numbers() == [2, 3, 4, 5]
    assert found in " ".join(wrong())
    assert audit_retention.let_go(clock.now()) == 0


def test_what_went_is_what_was_anchored_and_does_not_come_back(past, anchors):
    kept = {row.number: row for row in AuditSeal.objects.in_order()}
    audit_retention.let_go(clock.now())
    other = {3: {"0" * 64}}
    assert list(verifying.verify(other)) == [
        "Batch 3, which was let go, is not the one that was anchored."
    ]
    kept[2].save(force_insert=True)
    assert "Batch 2 was let go, and is here." in wrong()


def test_it_cannot_be_used_to_cut_the_chain(past):
    AuditEntry.objects.of_seals([1]).delete()
    AuditSeal.objects.filter(number=1).delete()
    assert "Batch 1 is missing." in wrong()
    AuditEntry.objects.record_event(AuditEntry, Event.RETENTION, "", last_batch=1, hash="x")
    AuditEntry.objects.telling_of([Doing.RETENTION]).update(code="f" * 64)
    assert "Batch 1 is missing." in wrong()


def test_blocks_of_the_register_go_too(past):
    entry = AuditEntry.objects.of_seals([1]).first()
    ExportBlock.objects.create(entry=entry, number=0, ids=b"")
    audit_retention.let_go(clock.now())
    assert not ExportBlock.objects.exists()


def test_it_is_done_once_a_day(past):
    assert "6 entries of the audit let go for their age." in str(daily.run())
    assert numbers() == [4, 5]


def test_each_batch_takes_as_many_statements_as_another(past):
    counts = []
    for ago in (55, 45, 35):
        with CaptureQueriesContext(connection) as some:
            audit_retention.let_go(clock.now() + 30 * DAY - ago * DAY)
        counts.append(len(some))
    assert numbers() == [4, 5]
    assert counts[1] == counts[2] <= 20
