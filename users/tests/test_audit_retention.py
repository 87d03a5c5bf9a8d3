"""Old batches of the audit go by a setting; what is left can still be verified."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from users import audit_retention, daily, evidence, sealing, verifying
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
    return list(verifying.verify(verifying.anchors()))


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


def test_what_an_erasure_named_stays_named(past):
    forgotten = AuditEntry.objects.of_seals([4]).oldest_first().first()
    erasure = AuditEntry.objects.record_event(AuditEntry, Event.ERASURE, "", entries=[forgotten.pk])
    AuditEntry.objects.filter(pk=forgotten.pk).update(**evidence.FORGOTTEN, salt="")
    first = AuditSeal.objects.in_order().first()
    AuditEntry.objects.filter(pk=erasure.pk).update(seal=first)  # as if it were as old as that
    audit_retention.let_go(clock.now())
    assert not AuditEntry.objects.filter(pk=erasure.pk).exists()
    assert [line for line in wrong() if "forget" in line] == []


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


def test_it_takes_as_many_statements_for_many_as_for_few(past):
    with CaptureQueriesContext(connection) as one:
        audit_retention.let_go(clock.now() - 25 * DAY)
    with CaptureQueriesContext(connection) as two:
        audit_retention.let_go(clock.now())
    assert numbers() == [4, 5]
    assert len(one) == len(two)
