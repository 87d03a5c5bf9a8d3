"""The outbox: what webhooks are to be told is written with what it tells of, and sent later."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType

from exports.models import Job, State
from usersvc import clock

from ..bulk import blocks
from ..inserting import insert
from ..models import AuditEntry, Delivery, User, Webhook
from .events import TEST, Change, Event, body, body_of_job, body_of_people
from .sights import Sights

PEOPLE_IN_ONE = 100
JOB_EVENTS = {
    State.DONE: Event.JOB_DONE,
    State.FAILED: Event.JOB_FAILED,
    State.CANCELLED: Event.JOB_CANCELLED,
}


def people_changed(entries: Sequence[AuditEntry], **_: Any) -> None:
    """Write what the entries tell of people, for each webhook that is to be told."""
    people = ContentType.objects.get_for_model(User).pk
    told = [
        entry
        for entry in entries
        if entry.content_type_id == people
        and entry.event == AuditEntry.Event.CHANGE
        and entry.action != AuditEntry.Action.ACCESS
    ]
    hooks = list(Webhook.objects.listening()) if told else []
    if not hooks:
        return
    changes, sights, at = list(map(Change.of, told)), Sights(), clock.now()
    insert([each for hook in hooks for each in _deliveries(hook, changes, sights, at)])


def _deliveries(
    webhook: Webhook, changes: Iterable[Change], sights: Sights, at: datetime
) -> Iterable[Delivery]:
    alike: dict[tuple[str, Any], list[Change]] = defaultdict(list)
    for change in changes:
        if change.event in webhook.events and sights.sees(webhook, change.person_id, change.home):
            alike[change.event, change.by].append(change)
    for (event, _by), several in alike.items():
        for block in blocks(several, PEOPLE_IN_ONE):
            yield _new(webhook, event, body_of_people(event, block, at), at)


def job_ended(job: Job) -> None:
    """Write that a job has ended, for the webhooks of those who see it."""
    event = JOB_EVENTS[State(job.state)]
    hooks = [hook for hook in Webhook.objects.listening() if event in hook.events]
    if not hooks:
        return
    sights, at = Sights(), clock.now()
    home = User.all_objects.filter(pk=job.owner_id).values_list("organization_id", flat=True).get()
    insert(
        [
            _new(hook, event, body_of_job(event, job, at), at)
            for hook in hooks
            if (hook.owner.is_superuser or hook.owner_id == job.owner_id)
            and sights.sees(hook, str(job.owner_id), home)
        ]
    )


def send_test(webhook: Webhook) -> Delivery:
    """Write a notice that tells of nothing, so that a receiver can be tried."""
    at = clock.now()
    told = {"webhook": {"id": str(webhook.pk), "name": webhook.name}}
    delivery = _new(webhook, TEST, body(TEST, at, told), at)
    delivery.save()
    webhook.wake()
    return delivery


def _new(webhook: Webhook, event: str, text: str, at: datetime) -> Delivery:
    return Delivery(webhook=webhook, event=str(event), body=text, created_at=at, next_try_at=at)
