"""Whom an action on many people left out, and why; whoever is not here was done."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from exports.models import Job


class BulkOutcomeManager(models.Manager["BulkOutcome"]):
    """Writes and finds outcomes."""

    def record(self, job: Job, reasons: Mapping[Any, str]) -> None:
        """Write down why people were left out, by their ids."""
        self.bulk_create(self.model(job=job, person=pk, reason=why) for pk, why in reasons.items())

    def about(self, ids: list[Any]) -> "models.QuerySet[BulkOutcome]":
        """Return what became of these people, by their ids, in whichever job."""
        return self.filter(person__in=ids)

    def reasons(self, job: Job, ids: list[Any]) -> dict[Any, str]:
        """Return why of these people some were left out, by their ids."""
        rows = self.filter(job=job, person__in=ids)
        return dict(rows.values_list("person", "reason"))


class BulkOutcome(models.Model):
    """One person whom a job left out; gone with the job."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="+", db_index=False)
    person = models.UUIDField()
    reason = models.CharField(max_length=200)

    objects = BulkOutcomeManager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["job", "person"], name="bulk_outcome")]

    def __str__(self) -> str:
        return f"{self.person}: {self.reason}"
