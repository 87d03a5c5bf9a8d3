"""What the audit is told of that changes no row: sign-ins, looks at people, files taken."""

from typing import Any

from exports.models import Job
from usersvc import metrics

from .models import AuditEntry, ServiceAccount, User
from .models.doings import Event


def signed_in(person: User, methods: list[str]) -> None:
    """Tell that a person signed in, by which means (amr)."""
    metrics.SIGN_INS.labels(metrics.PERSON).inc()
    AuditEntry.objects.record_about(person, Event.SIGN_IN, methods=methods)


def failed_to_sign_in(person: User | None) -> None:
    """Tell of a wrong password or code; None for a name that is nobody's, which is not told.

    What strangers type into the field of a name may be another's name, or a password.
    """
    metrics.FAILURES.labels(metrics.PERSON).inc()
    AuditEntry.objects.record_about(person, Event.SIGN_IN_FAILED)


def client_signed_in(account: ServiceAccount) -> None:
    """Tell that a service account was given a token for its secret."""
    metrics.SIGN_INS.labels(metrics.CLIENT).inc()
    AuditEntry.objects.record_about(account, Event.SIGN_IN, methods=["client_credentials"])


def client_failed_to_sign_in(account: ServiceAccount | None) -> None:
    """Tell of a wrong secret, or of an account that speaks no more; None for an unknown id."""
    metrics.FAILURES.labels(metrics.CLIENT).inc()
    AuditEntry.objects.record_about(account, Event.SIGN_IN_FAILED)


def looked_at(person: User) -> None:
    """Tell that somebody looked at the page of a person in the admin."""
    AuditEntry.objects.record_about(person, Event.VIEW)


def took_file(job: Job, part: str) -> None:
    """Tell that whoever holds a link took the file of a job, or a part of it."""
    person = User.all_objects.filter(pk=job.owner_id).first()
    details: dict[str, Any] = {"job": job.pk, "sha256": job.sha256, "part": part}
    AuditEntry.objects.record_about(person, Event.FILE, f"file of {job.pk}", **details)
