"""Jobs, many of them: which there are, in the words of those who ask for them and do them."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from usersvc.ids import SHORT_ID_PATTERN

if TYPE_CHECKING:
    from .job import Job

JOB_ID_PATTERN = SHORT_ID_PATTERN.format(prefix="job")
MOST_ATTEMPTS = 5
# How long somebody may think about what a check has found.
INPUT_KEPT = timedelta(hours=1)
GIVEN_UP = ("gave_up", f"The job was tried {MOST_ATTEMPTS} times, and never came to its end.")


class TooManyJobsError(Exception):
    """The owner has as many active jobs as one person may have."""


class State(models.TextChoices):
    """What becomes of a job: queued, then running, then one of three ends."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = (State.QUEUED, State.RUNNING)
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, in the words of those who ask for them and of those who do them."""

    def visible_to(self, actor: Any) -> Self:
        """Return the jobs an actor may see: its own, or all for a superuser.

        A person's own are also those of its machines; a machine's are what it asked for itself.
        """
        if actor.client_id:
            return self.asked_for_by(actor)
        return self if actor.is_superuser else self.owned_by(actor)

    def owned_by(self, person: Any) -> Self:
        """Return the jobs that a person asked for."""
        return self.filter(owner=person)

    def asked_for_by(self, caller: Any) -> Self:
        """Return the jobs that a caller asked for itself: a person, or a machine of it."""
        return self.owned_by(caller).filter(client=caller.client_id)

    def reading(self, key: str) -> Self:
        """Return jobs that read, or are to read, a file."""
        return self.filter(input_key=key)

    def undoing(self, job: Any) -> Self:
        """Return jobs that undo what a job did."""
        return self.filter(spec__undoes=job.pk)

    def of_kinds(self, kinds: Collection[str]) -> Self:
        """Return jobs of these kinds."""
        return self.filter(kind__in=list(kinds))

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

    def held(self, at: datetime) -> Self:
        """Return running jobs whose worker has renewed its lease."""
        return self.filter(state=State.RUNNING, lease_until__gte=at)

    def waiting_since(self, at: datetime) -> Self:
        """Return jobs that nobody has begun since an instant."""
        return self.filter(state=State.QUEUED, created_at__lte=at).not_expired(at)

    def counted_by_state(self) -> dict[str, int]:
        """Return how many jobs there are of each state that any has."""
        return dict(self.order_by().values_list("state").annotate(models.Count("pk")))

    def oldest_waiting(self) -> "Job | None":
        """Return the queued job that has waited for longest; None where none waits."""
        return self.filter(state=State.QUEUED).order_by("created_at", "id").first()

    def claimable(self, at: datetime) -> Self:
        """Return jobs that a worker may start."""
        return self.not_expired(at).filter(
            Q(attempt__lt=MOST_ATTEMPTS),
            Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=at),
        )

    def tired(self, at: datetime) -> Self:
        """Return abandoned jobs that were tried as often as may be."""
        return self.abandoned(at).filter(attempt__gte=MOST_ATTEMPTS)

    def file_keys(self) -> set[str]:
        """Return the keys of all files that jobs have, those that they read included."""
        pairs = self.exclude(file_key="", input_key="").values_list("file_key", "input_key")
        return {key for pair in pairs for key in pair if key}

    def with_files(self) -> Self:
        """Return jobs that have a file, or are making or reading one."""
        return self.filter(~Q(file_key="") | ~Q(input_key="") | Q(state=State.RUNNING))

    def ended_with_files(self) -> Self:
        """Return jobs that have ended and say that there is a file of theirs."""
        return self.in_states(ENDED).exclude(file_key="")

    def with_confirmable_input(self, at: datetime) -> Self:
        """Return checks of imports whose file is kept for the import that may follow."""
        checks = self.filter(kind="import", state=State.DONE, spec__dry_run=True)
        return checks.filter(finished_at__gt=at - INPUT_KEPT).exclude(input_key="")

    def with_needless_input(self, at: datetime) -> Self:
        """Return jobs that have ended and still have the file that they read, for nobody."""
        confirmable = self.with_confirmable_input(at).values("pk")
        return self.in_states(ENDED).exclude(input_key="").exclude(pk__in=confirmable)

    def letter_due(self) -> Self:
        """Return jobs that have ended and whose owner is to be told by mail."""
        return self.in_states(ENDED).filter(letter_due=True)

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
            people = owner.__class__._base_manager  # which sees through a lazy one
            people.select_for_update(no_key=True).get(pk=owner.pk)
            if (
                self.asked_for_by(owner).active().not_expired(at).count()
                >= settings.JOBS_PER_CALLER
            ):
                raise TooManyJobsError
            expires_at = at + timedelta(hours=settings.JOB_HOURS)
            job = self.create(
                owner=owner,
                client=owner.client_id,
                scope=owner.scope,
                kind=kind,
                created_at=at,
                expires_at=expires_at,
                **values,
            )
            transaction.on_commit(partial(import_string(settings.JOB_WAKE), job.pk), robust=True)
        return job
