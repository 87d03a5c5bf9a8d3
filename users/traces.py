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
from .models import BulkOutcome, IdempotencyKey, SavedView, SignInTries, User

SPOKEN = ("spec", "request", "summary", "error_text")


def remove(people: Sequence[User], names: Names) -> int:
    """Remove what knows of people beside their rows; return how many sessions ended."""
    ids = [person.pk for person in people]
    SignInTries.objects.of_any(key for person in people for key in lockout.keys_of(person)).delete()
    BulkOutcome.objects.about(ids).delete()
    LogEntry.objects.filter(object_id__in=[*map(str, ids)]).delete()
    _remove_mentioning(LogEntry, ("object_repr", "change_message"), names)
    _remove_mentioning(IdempotencyKey, ("body", "headers"), Names([*names.texts, *map(str, ids)]))
    _hide_in_views(names)
    _hide_in_jobs(names)
    return _end_sessions({str(pk) for pk in ids}, names)


def _remove_mentioning(model: Any, fields: tuple[str, ...], names: Names) -> None:
    rows = names.candidates(model.objects.order_by(), fields)
    found = [
        pk for pk, *values in rows.values_list("pk", *fields).iterator() if names.are_within(values)
    ]
    model.objects.filter(pk__in=found).delete()


def _hide_in_views(names: Names) -> None:
    """Hide names in the questions that are kept, and in what they are called."""
    fields = ("name", "question")
    for view in names.candidates(SavedView.objects.order_by(), fields).only(*fields).iterator():
        if names.are_within([view.name, view.question]):
            # Names are unique among an owner's.
            name = f"{HIDDEN} {str(view.pk)[-8:]}" if names.are_in(view.name) else view.name
            question = names.hidden_in(view.question)
            SavedView.objects.filter(pk=view.pk).update(name=name, question=question)


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
