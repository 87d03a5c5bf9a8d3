"""Schedules: files of people that are made again and again, each by a job of their owner."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from ..ids import new_uuid

MOST = 20  # of one person
PATIENCE = 5  # failures in a row


class ExportScheduleQuerySet(models.QuerySet["ExportSchedule"]):
    """Schedules, in domain words."""

    def visible_to(self, actor: Any) -> Self:
        """Return the schedules an actor may see: its own, or all for a superuser."""
        return self if actor.is_superuser else self.of(actor)

    def of(self, person: Any) -> Self:
        """Return a person's own."""
        return self.filter(owner=person)

    def due(self, at: datetime) -> Self:
        """Return those that are to run now, the longest due first."""
        return self.filter(is_active=True, next_run_at__lte=at).order_by("next_run_at", "pk")

    def with_letter_due(self) -> Self:
        """Return those whose owners are to be told that they were stopped."""
        return self.filter(letter_due=True).select_related("owner")


class ExportSchedule(models.Model):
    """A file, and the rule by which it is made: as cron reads it, in a time zone."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    spec = models.JSONField(default=dict, editable=False)
    rule = models.CharField(_("rule"), max_length=100)
    zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    is_active = models.BooleanField(_("active"), default=True)
    next_run_at = models.DateTimeField(_("next run"), null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    last_run_at = models.DateTimeField(null=True, editable=False)
    last_job = models.CharField(max_length=20, blank=True, default="", editable=False)
    last_state = models.CharField(max_length=10, blank=True, default="", editable=False)
    last_problem = models.CharField(max_length=300, blank=True, default="", editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    letter_due = models.BooleanField(default=False, editable=False)

    objects: Any = ExportScheduleQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name, verbose_name_plural = _("scheduled export"), _("scheduled exports")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="export_schedule_name_unique")
        ]
        indexes = [models.Index(fields=["is_active", "next_run_at"], name="export_schedule_due")]

    def __str__(self) -> str:
        return self.name

    def take(self, next_run_at: datetime | None) -> bool:
        """Return whether this run is the caller's; the next one is when it is said."""
        same = ExportSchedule.objects.filter(
            pk=self.pk, is_active=True, next_run_at=self.next_run_at
        )
        if not same.update(next_run_at=next_run_at):
            return False
        self.next_run_at = next_run_at
        return True

    def begin(self, job_id: str, at: datetime) -> None:
        """Note the job of a run."""
        self._change(last_run_at=at, last_job=job_id, last_state="queued", last_problem="")

    def succeed(self) -> None:
        """Note that the run's file was made."""
        self._change(last_state="done", last_problem="", failures=0)

    def cancel(self) -> None:
        """Note that somebody cancelled the run."""
        self._change(last_state="cancelled")

    def fail(self, problem: str, at: datetime) -> None:
        """Note that a run failed; too many in a row end the schedule, which its owner is told."""
        self._change(
            last_run_at=at,
            last_state="failed",
            last_problem=problem[:300],
            failures=F("failures") + 1,
        )
        tired = ExportSchedule.objects.filter(pk=self.pk, is_active=True, failures__gte=PATIENCE)
        tired.update(is_active=False, letter_due=True)

    def pause(self) -> None:
        """Run no more until it is switched on."""
        self._change(is_active=False)

    def resume(self, next_run_at: datetime | None) -> None:
        """Run again from an instant on."""
        self._change(is_active=True, next_run_at=next_run_at, failures=0, letter_due=False)

    def take_letter(self) -> bool:
        """Return whether it is for the caller to write to the owner; for nobody else then."""
        due = ExportSchedule.objects.filter(pk=self.pk, letter_due=True)
        return bool(due.update(letter_due=False))

    def leave_letter(self) -> None:
        """Let somebody write to the owner later: the mail could not be sent now."""
        self._change(letter_due=True)

    def _change(self, **values: Any) -> None:
        ExportSchedule.objects.filter(pk=self.pk).update(**values)
