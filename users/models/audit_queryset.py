"""Entries of the audit, many of them: which there are, in the words of those who ask for them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import models

from .. import evidence
from ..ids import uuids
from .audit_seal import AuditSeal
from .doings import DOINGS, Doing, Event
from .organization import Organization

# So many of the newest entries are searched for words: no index holds them.
SEARCHED = 100_000
# What is told at a beginning and completed at its end: it may be under way for so long, and that
# its reader lost it may still be told for so long after.
LONGEST_UNDER_WAY, LONGEST_LOSS = timedelta(hours=24), timedelta(minutes=15)


def written(at: datetime) -> str:
    """Return an instant as a text that comes before that of any later one."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class AuditEntryQuerySet(models.QuerySet):
    """Entries in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return the entries of the organizations that an actor sees."""
        if actor.sees_everybody:
            return self
        return self.filter(organization__in=Organization.objects.visible_to(actor).values("pk"))

    def newest_first(self) -> Self:
        """Return entries in the order of every list."""
        return self.order_by("-timestamp", "-id")

    def telling_of(self, words: Collection[str]) -> Self:
        """Return entries of any of these doings."""
        either = models.Q(pk__in=[])
        for word in words:
            either |= DOINGS[Doing(word)]
        return self.filter(either)

    def of_event(self, event: str) -> Self:
        """Return entries of one event."""
        return self.filter(event=event)

    def exports_of_job(self, job_id: str) -> Self:
        """Return the exports that a job began, once or again."""
        return self.filter(event=Event.EXPORT, additional_data__filters__job=job_id)

    def about_kinds(self, words: Collection[str]) -> Self:
        """Return entries about rows of these models, given by their names in lower case."""
        kinds = ContentType.objects.filter(app_label="users", model__in=words)
        return self.filter(content_type__in=list(kinds.values_list("pk", flat=True)))

    def about(self, ids: Collection[str]) -> Self:
        """Return entries about the rows of these ids."""
        return self.filter(object_pk__in=ids)

    def with_ids(self, ids: Collection[int]) -> Self:
        """Return the entries of these numbers."""
        return self.filter(pk__in=ids)

    def by(self, ids: Collection[str | UUID]) -> Self:
        """Return what any of these people did; what is no UUID names nobody."""
        return self.filter(actor__in=uuids(ids))

    def about_or_by(self, ids: Collection[str]) -> Self:
        """Return the entries about the rows of these ids, and of what these people did."""
        return self.filter(models.Q(object_pk__in=ids) | models.Q(actor__in=uuids(ids)))

    def between(self, earliest: datetime | None, latest: datetime | None) -> Self:
        """Return entries within the bounds, which are inclusive."""
        entries = self if earliest is None else self.filter(timestamp__gte=earliest)
        return entries if latest is None else entries.filter(timestamp__lte=latest)

    def unsealed(self) -> Self:
        """Return entries that are in no batch yet."""
        return self.filter(seal__isnull=True)

    def of_no_batch(self) -> Self:
        """Return entries that name a batch that is not there."""
        numbers = AuditSeal.objects.values("pk")
        return self.filter(seal__isnull=False).exclude(seal__in=numbers).oldest_first()

    def of_seals(self, numbers: Collection[int]) -> Self:
        """Return the entries of the batches with these numbers."""
        return self.filter(seal__in=numbers)

    def sealable(self, at: datetime) -> Self:
        """Return entries that are in no batch yet and to which nothing more is added."""
        told_twice = models.Q(event__in=(Event.EXPORT, Event.IMPORT))
        ended = models.Q(additional_data__ended_at__lt=written(at - LONGEST_LOSS))
        given_up = models.Q(timestamp__lt=at - LONGEST_UNDER_WAY)
        return self.unsealed().filter(~told_twice | ended | given_up)

    def with_code(self, code: str) -> Self:
        """Return entries that a code vouches for: one, unless there are copies."""
        return self.filter(code=code)

    def codes_told_twice(self) -> list[str]:
        """Return the codes that more than one entry has."""
        counted = (
            self.exclude(code="")
            .values("code")
            .annotate(copies=models.Count("pk"))
            .filter(copies__gt=1)
        )
        return list(counted.order_by("code").values_list("code", flat=True))

    def oldest_first(self) -> Self:
        """Return entries in the order in which they were written down."""
        return self.order_by("pk")

    def forget(self) -> int:
        """Let entries forget what may be personal; what is left of each can still be verified."""
        return self.update(**evidence.FORGOTTEN, salt="")

    def disown(self) -> int:
        """Let nothing vouch for entries any more."""
        return self.update(code="")

    def search(self, text: str) -> Self:
        """Return those of the newest in which every word occurs: in what, or in whose address."""
        entries = self.filter(pk__in=self.newest_first().values("pk")[:SEARCHED])
        for word in text.split():
            what = models.Q(object_repr__icontains=word)
            entries = entries.filter(what | models.Q(actor_email__icontains=word))
        return entries
