"""The job: one piece of work that outlives the request for it, and all that is known of it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from usersvc import clock
from usersvc.ids import short_id

from .job_queryset import (
    ACTIVE,
    ENDED,
    GIVEN_UP,
    JOB_ID_PATTERN,
    MOST_ATTEMPTS,
    JobQuerySet,
    State,
)

CANCELLED = ("cancelled", "The job was cancelled.")


def new_job_id() -> str:
    """Return an id of a job."""
    return short_id("job")


class Job(models.Model):
    """A file to make or to read, done by a worker that claims it by one conditional UPDATE.

    Each verb says whether it happened. One by a worker whose claim has passed to another, or
    whose job was cancelled, does not.
    """

    class Kind(models.TextChoices):
        EXPORT = "export"
        IMPORT = "import"
        ACTION = "action"

    id = models.CharField(
        primary_key=True,
        max_length=20,
        default=new_job_id,
        editable=False,
        validators=[RegexValidator(JOB_ID_PATTERN)],
    )
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs", db_index=False
    )
    client = models.CharField(
        max_length=20, blank=True, default="", help_text="The owner's machine that asked for it."
    )
    scope = models.TextField(
        blank=True, default="", help_text="The permissions that the machine had then."
    )
    address = models.GenericIPAddressField(
        null=True, blank=True, help_text="From where it was asked for; the audit will tell."
    )
    spec = models.JSONField(help_text="What to do, as plain data.")
    request = models.JSONField(default=dict, help_text="What was asked for, as it is shown again.")

    rows_done = models.PositiveBigIntegerField(default=0)
    rows_total = models.PositiveBigIntegerField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0, help_text="How often it was started.")
    lease_until = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=clock.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    error_code = models.CharField(max_length=50, blank=True, default="")
    error_text = models.TextField(blank=True, default="")
    summary = models.JSONField(default=dict, help_text="What became of its rows, in numbers.")
    letter_due = models.BooleanField(
        default=False, help_text="Its owner is to be told of its end by mail, and was not yet."
    )
    input_key = models.CharField(
        max_length=200, blank=True, default="", help_text="The file that it reads."
    )
    file_key = models.CharField(
        max_length=200, blank=True, default="", help_text="The file that it made."
    )
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")

    objects: Any = JobQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(id__regex=JOB_ID_PATTERN), name="job_id_pattern"),
            models.CheckConstraint(
                condition=Q(kind__in=["export", "import", "action"]), name="job_kind_known"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False, started_at__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="job_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ACTIVE, finished_at__isnull=True)
                | Q(state__in=ENDED, finished_at__isnull=False),
                name="job_finished_at_its_end",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["failed", "cancelled"]) & ~Q(error_code=""))
                | (~Q(state__in=["failed", "cancelled"]) & Q(error_code="")),
                name="job_error_with_failure",
            ),
            models.CheckConstraint(
                # What fails half-way has done something before, and tells of it.
                condition=Q(state="done")
                | Q(state="failed", kind__in=["import", "action"])
                | Q(file_key=""),
                name="job_file_at_its_end",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "created_at", "id"], name="job_owner"),
            # Whole ones: SQLite takes a partial index for no state that comes as a parameter.
            models.Index(fields=["owner", "state", "expires_at"], name="job_owner_state"),
            models.Index(fields=["state", "created_at", "id"], name="job_state"),
            models.Index(fields=["expires_at"], name="job_expiry"),
        ]

    def __str__(self) -> str:
        return self.id

    def start(self, at: datetime | None = None) -> bool:
        """Claim the job for one more attempt, unless another worker holds it."""
        at = at or clock.now()
        return self._change(
            Job.objects.claimable(at).filter(attempt=self.attempt),
            state=State.RUNNING,
            attempt=self.attempt + 1,
            lease_until=at + settings.JOB_LEASE,
            started_at=at,
            rows_done=0,
            rows_total=None,
        )

    def beat(self, rows_done: int, rows_total: int | None, at: datetime | None = None) -> bool:
        """Renew the lease and write down how far the work is; stop when this is False."""
        lease_until = (at or clock.now()) + settings.JOB_LEASE
        return self._change(
            self._claim(), lease_until=lease_until, rows_done=rows_done, rows_total=rows_total
        )

    def note(self, summary: dict[str, Any]) -> bool:
        """Write down what became of rows so far; what is not noted was not done."""
        return self._change(self._claim(), summary=summary)

    @property
    def may_be_retried(self) -> bool:
        """Whether another attempt is left."""
        return self.attempt < MOST_ATTEMPTS

    def release(self) -> bool:
        """Put the job back into the queue, for another attempt; the last one fails."""
        if not self.may_be_retried:
            return self.fail(*GIVEN_UP)
        return self._change(self._claim(), state=State.QUEUED, lease_until=None)

    def finish(self, rows: int, at: datetime | None = None, **values: Any) -> bool:
        """End well; file_key, bytes and sha256 publish the file that was made."""
        values |= {"rows_done": rows, "rows_total": rows}
        return self._end(self._claim(), State.DONE, at, **values)

    def fail(self, code: str, text: str, at: datetime | None = None, **values: Any) -> bool:
        """End with an error: a word for programs, and a sentence."""
        values |= {"error_code": code, "error_text": text}
        return self._end(self._claim(), State.FAILED, at, **values)

    def give_up(self, at: datetime) -> bool:
        """End a job that was tried as often as may be and abandoned."""
        code, text = GIVEN_UP
        tired = Job.objects.tired(at)
        return self._end(tired, State.FAILED, at, error_code=code, error_text=text)

    def cancel(self, at: datetime | None = None) -> bool:
        """End before its time, whoever works on it; what has ended already stays as it is."""
        code, text = CANCELLED
        active = Job.objects.active()
        return self._end(active, State.CANCELLED, at, error_code=code, error_text=text)

    def withdraw(self, text: str, at: datetime | None = None) -> None:
        """Take away what the job reads and what it made, for a reason; it has failed then."""
        nothing = {"file_key": "", "input_key": "", "bytes": None, "sha256": ""}
        failed = {"error_code": "withdrawn", "error_text": text, "letter_due": False}
        ended = {"finished_at": self.finished_at or at or clock.now(), "lease_until": None}
        self._change(Job.objects.all(), state=State.FAILED, **nothing, **failed, **ended)

    def forget_input(self, at: datetime | None = None) -> bool:
        """Let go of the file that was read and that nobody needs any longer."""
        needless = Job.objects.with_needless_input(at or clock.now())
        return self._change(needless.filter(input_key=self.input_key), input_key="")

    def give_up_input(self, at: datetime | None = None) -> bool:
        """Let go of the file that is kept for an import, which is the caller's then."""
        confirmable = Job.objects.with_confirmable_input(at or clock.now())
        return self._change(confirmable.filter(input_key=self.input_key), input_key="")

    def take_letter(self) -> bool:
        """Return whether it is for the caller to write to the owner; for nobody else then."""
        return self._change(Job.objects.letter_due(), letter_due=False)

    def leave_letter(self) -> None:
        """Let somebody write to the owner later: the mail could not be sent now."""
        self._change(Job.objects.in_states(ENDED), letter_due=True)

    def _claim(self) -> JobQuerySet:
        """Return this job only while the attempt that is known here is the running one."""
        running: JobQuerySet = Job.objects.filter(state=State.RUNNING, attempt=self.attempt)
        return running

    def _end(self, among: JobQuerySet, state: State, at: datetime | None, **values: Any) -> bool:
        ended = {"state": state, "lease_until": None, "finished_at": at or clock.now()}
        with transaction.atomic(savepoint=False):
            has_ended = self._change(among, **ended, **values)
            if has_ended:
                import_string(settings.JOB_END)(self)
        return has_ended

    def _change(self, among: JobQuerySet, **values: Any) -> bool:
        """Write the values in one UPDATE if the job is among these at that moment."""
        if not among.filter(pk=self.pk).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True
