"""The job: one piece of work that outlives the request for it, and all that is known of it."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q

from usersvc import clock
from usersvc.ids import SHORT_ID_PATTERN, short_id

JOB_ID_PATTERN = SHORT_ID_PATTERN.format(prefix="job")
MOST_ATTEMPTS = 5
GIVEN_UP = ("gave_up", f"The job was tried {MOST_ATTEMPTS} times, and never came to its end.")
CANCELLED = ("cancelled", "The job was cancelled.")


class TooManyJobsError(Exception):
    """The owner has as many active jobs as one person may have."""


class State(models.TextChoices):
    """What becomes of a job: queued, then running, then one of three ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (State.QUEUED, State.RUNNING)
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


def new_job_id() -> str:
    """Return an id of a job."""
    return short_id("job")


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, in the words of those who ask for them and of those who do them."""

    def visible_to(self, actor: Any) -> Self:
        """Return the jobs an actor may see: its own, or all for a superuser."""
        return self if actor.is_superuser else self.owned_by(actor)

    def owned_by(self, person: Any) -> Self:
        """Return the jobs that a person asked for."""
        return self.filter(owner=person)

    def with_id(self, job_id: Any) -> Self:
        """Return the job of this id; what is no id of a job names none."""
        is_id = isinstance(job_id, str) and re.fullmatch(JOB_ID_PATTERN, job_id) is not None
        return self.filter(pk=job_id) if is_id else self.none()

    def in_states(self, states: Collection[str]) -> Self:
        """Return jobs in any of the states."""
        return self.filter(state__in=states)

    def active(self) -> Self:
        """Return jobs that have not ended."""
        return self.in_states(ACTIVE)

    def expired(self, at: datetime) -> Self:
        """Return jobs of which nothing is kept any longer."""
        return self.filter(expires_at__lte=at)

    def not_expired(self, at: datetime) -> Self:
        """Return jobs that are still kept."""
        return self.filter(expires_at__gt=at)

    def abandoned(self, at: datetime) -> Self:
        """Return running jobs whose worker has been silent for longer than its lease."""
        return self.filter(state=State.RUNNING, lease_until__lt=at)

    def claimable(self, at: datetime) -> Self:
        """Return jobs that a worker may start."""
        return self.not_expired(at).filter(
            Q(attempt__lt=MOST_ATTEMPTS),
            Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=at),
        )

    def give_up(self, at: datetime) -> int:
        """End abandoned jobs that were tried as often as may be; return how many."""
        code, text = GIVEN_UP
        ended = {"state": State.FAILED, "lease_until": None, "finished_at": at}
        tired = self.abandoned(at).filter(attempt__gte=MOST_ATTEMPTS)
        return tired.update(**ended, error_code=code, error_text=text)

    def file_keys(self) -> set[str]:
        """Return the keys of all files that jobs have."""
        return set(self.exclude(file_key="").values_list("file_key", flat=True))

    def newest_first(self) -> Self:
        """Return the jobs, the latest first."""
        return self.order_by("-created_at", "-pk")

    def oldest_first(self) -> Self:
        """Return the jobs, the earliest first."""
        return self.order_by("created_at", "pk")

    def enqueue(self, owner: Any, kind: str, at: datetime, **values: Any) -> "Job":
        """Add a job; TooManyJobsError when its owner has as many active ones as one may have.

        The owner's row is locked meanwhile: of two requests at once, the second counts the first's.
        """
        with transaction.atomic():
            people = type(owner)._base_manager
            people.select_for_update(no_key=True).get(pk=owner.pk)
            if self.owned_by(owner).active().not_expired(at).count() >= settings.JOBS_PER_CALLER:
                raise TooManyJobsError
            expires_at = at + timedelta(hours=settings.JOB_HOURS)
            return self.create(
                owner=owner, kind=kind, created_at=at, expires_at=expires_at, **values
            )


class Job(models.Model):
    """A file to make or to read, done by a worker that claims it by one conditional UPDATE.

    Each verb says whether it happened. One by a worker whose claim has passed to another, or
    whose job was cancelled, does not.
    """

    class Kind(models.TextChoices):
        EXPORT = "export"
        IMPORT = "import"

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
    file_key = models.CharField(max_length=200, blank=True, default="")
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")

    objects: Any = JobQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(id__regex=JOB_ID_PATTERN), name="job_id_pattern"),
            models.CheckConstraint(
                condition=Q(kind__in=["export", "import"]), name="job_kind_known"
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
                condition=Q(state="done") | Q(file_key=""), name="job_file_once_done"
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

    @property
    def may_be_retried(self) -> bool:
        """Whether another attempt is left."""
        return self.attempt < MOST_ATTEMPTS

    def release(self) -> bool:
        """Put the job back into the queue, for another attempt; the last one fails."""
        if not self.may_be_retried:
            return self.fail(*GIVEN_UP)
        return self._change(self._claim(), state=State.QUEUED, lease_until=None)

    def finish(self, rows: int, at: datetime | None = None, **file: Any) -> bool:
        """End well; file_key, bytes and sha256 publish the file that was made."""
        return self._end(self._claim(), State.DONE, at, rows_done=rows, rows_total=rows, **file)

    def fail(self, code: str, text: str, at: datetime | None = None) -> bool:
        """End with an error: a word for programs, and a sentence."""
        return self._end(self._claim(), State.FAILED, at, error_code=code, error_text=text)

    def cancel(self, at: datetime | None = None) -> bool:
        """End before its time, whoever works on it; what has ended already stays as it is."""
        code, text = CANCELLED
        active = Job.objects.active()
        return self._end(active, State.CANCELLED, at, error_code=code, error_text=text)

    def _claim(self) -> JobQuerySet:
        """Return this job only while the attempt that is known here is the running one."""
        running: JobQuerySet = Job.objects.filter(state=State.RUNNING, attempt=self.attempt)
        return running

    def _end(self, among: JobQuerySet, state: State, at: datetime | None, **values: Any) -> bool:
        ended = {"state": state, "lease_until": None, "finished_at": at or clock.now()}
        return self._change(among, **ended, **values)

    def _change(self, among: JobQuerySet, **values: Any) -> bool:
        """Write the values in one UPDATE if the job is among these at that moment."""
        if not among.filter(pk=self.pk).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True


class ChoreManager(models.Manager["Chore"]):
    """Chores that fall due again and again, taken by one worker of many each time."""

    def take(self, name: str, every: timedelta, at: datetime) -> bool:
        """Return whether it is for the caller to do a chore now; for nobody else then.

        It falls due for the first time so long after anybody asks first.
        """
        self.get_or_create(name=name, defaults={"taken_at": at})
        due = self.filter(name=name, taken_at__lte=at - every)
        return bool(due.update(taken_at=at))


class Chore(models.Model):
    """Something that is done once in a while, and when it was last begun."""

    name = models.CharField(primary_key=True, max_length=50)
    taken_at = models.DateTimeField()

    objects = ChoreManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
