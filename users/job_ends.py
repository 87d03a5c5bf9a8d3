"""What the end of a job is told to, within the transaction that ends it."""

from exports.models import Job

from .notices import outbox, schedules


def tell(job: Job) -> None:
    """Tell webhooks, and the schedule that the job is of."""
    outbox.job_ended(job)
    schedules.job_ended(job)
