"""What the lists of people and invitations tell of what was done to many."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from ..bulk_actions import Action
from ..bulk_runs import Ids, Tally, carry_out
from ..querysets import UserQuerySet


def count_of(number: int) -> str:
    """Return the number with its noun."""
    return ngettext("%(n)s user", "%(n)s users", number) % {"n": f"{number:,}"}


def tell(request: HttpRequest, done: str, tally: Tally) -> None:
    """Tell how many were done, and why others were not."""
    if tally.done:
        words = gettext("%(users)s %(done)s.")
        messages.success(request, words % {"users": count_of(tally.done), "done": done})
    for reason, number in tally.skipped.items():
        words = gettext("%(users)s skipped: %(reason)s")
        told = {"users": count_of(number), "reason": gettext(reason)}
        messages.warning(request, words % told)


def carry_out_and_tell(
    request: HttpRequest, action: Action, done: str, people: QuerySet[Any]
) -> None:
    """Do it to the people, and tell what came of it."""
    actor: Any = request.user
    asked: UserQuerySet = people  # type: ignore[assignment]
    tell(request, done, carry_out(actor, action, Ids.of(asked)))
