"""What other tables than their own know of people who are erased."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from exports.models import Job

from . import lockout
from .mentions import HIDDEN, Names
from .models import (
    ApiKey,
    BulkOutcome,
    Delivery,
    ExportSchedule,
    IdempotencyKey,
    SavedView,
    ServiceAccount,
    SignInTries,
    User,
    Webhook,
)

SPOKEN = ("spec", "request", "summary", "error_text")
ANSWERED = ("problem", "answer")
# What somebody else named, perhaps after a person, or that looks for one.
NAMED: dict[Any, tuple[str, ...]] = {
    SavedView: ("name", "question"),
    ExportSchedule: ("name", "spec", "last_problem"),
    ServiceAccount: ("name", "description"),
    ApiKey: ("name",),
    Webhook: ("name",),
}


def remove(people: Sequence[User], names: Names) -> int:
    """Remove what knows of people beside their rows; return how many sessions ended."""
    ids = [person.pk for person in people]
    SignInTries.objects.of_any(key for person in people for key in lockout.keys_of(person)).delete()
    BulkOutcome.objects.about(ids).delete()
    LogEntry.objects.filter(object_id__in=[*map(str, ids)]).delete()
    either = Names([*names.texts, *map(str, ids)])
    _remove_mentioning(LogEntry.objects.all(), ("object_repr", "change_message"), names)
    _remove_mentioning(IdempotencyKey.objects.all(), ("body", "headers"), either)
    _remove_mentioning(Delivery.objects.ended(), ("body", *ANSWERED), either)
    # The bodies of those that are still to be sent hold ids alone, of others too.
    waiting = Delivery.objects.waiting()
    told = waiting.filter(pk__in=_mentioning(waiting, ANSWERED, names))
    told.update(**dict.fromkeys(ANSWERED, ""))
    _let_accounts_forget(people)
    for model, fields in NAMED.items():
        _hide_in_named(model, fields, names)
    _hide_in_jobs(names)
    return _end_sessions({str(pk) for pk in ids}, names)


def _remove_mentioning(rows: Any, fields: Sequence[str], names: Names) -> None:
    rows.filter(pk__in=_mentioning(rows, fields, names)).delete()


def _mentioning(rows: Any, fields: Sequence[str], names: Names) -> list[Any]:
    """Return the keys of the rows in whose fields a name stands."""
    found = names.candidates(rows.order_by(), fields).values_list("pk", *fields)
    return [pk for pk, *values in found.iterator() if names.are_within(values)]


def _let_accounts_forget(people: Sequence[User]) -> None:
    """Forget from where the programs of people spoke; what they run may go on under another."""
    accounts = ServiceAccount.objects.owned_by(people)
    for used in (ApiKey.objects.filter(account__in=accounts), accounts):
        used.update(last_used_from=None)


def _hide_in_named(model: Any, fields: Sequence[str], names: Names) -> None:
    """Hide names in what things are called, and in the questions and words that are kept there."""
    for row in names.candidates(model.objects.order_by(), fields).only(*fields).iterator():
        told = {field: getattr(row, field) for field in fields}
        if names.are_within(list(told.values())):
            hidden = names.hidden_in(told)
            if hidden["name"] == HIDDEN:  # names are unique among an owner's
                hidden["name"] += f" {str(row.pk)[-8:]}"
            model.objects.filter(pk=row.pk).update(**hidden)


def _hide_in_jobs(names: Names) -> None:
    """Hide names in what jobs were asked for, and in what they tell."""
    for job in names.candidates(Job.objects.order_by(), SPOKEN).only(*SPOKEN).iterator():
        values = {name: getattr(job, name) for name in SPOKEN}
        if names.are_within(list(values.values())):
            Job.objects.filter(pk=job.pk).update(**names.hidden_in(values))


def _end_sessions(ids: set[str], names: Names) -> int:
    """End the sessions of people, also such as are only begun; let others forget the names."""
    whole = Names(ids)
    ended = 0
    for session in Session.objects.iterator(chunk_size=1000):
        data = session.get_decoded()
        if data.get(SESSION_KEY) in ids or whole.are_within(data.get("account_login")):
            session.delete()
            ended += 1
            continue
        kept = {
            key: value
            for key, value in data.items()
            if not names.are_within(value) and not whole.are_within(value)
        }
        if kept != data:
            session.session_data = SessionStore().encode(kept)
            session.save(update_fields=["session_data"])
    return ended
