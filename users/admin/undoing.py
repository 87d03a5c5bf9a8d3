"""The way back from what was just done to a few people, for half a minute."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from usersvc import clock

from ..bulk_runs import Tally
from .actions import count_of
from .verbs import VERBS, Verb

UNDO = "undo"  # the key in a session
UNDO_FOR = timedelta(seconds=30)


def undo_body(verb: Verb, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body that undoes what a body asked for."""
    return body | {"action": VERBS[verb.undo].word}


def offer(request: HttpRequest, name: str, verb: Verb, body: dict[str, Any], tally: Tally) -> None:
    """Remember how what was done is undone, where that can be."""
    request.session.pop(UNDO, None)
    if not verb.undo or not tally.done or tally.truncated:
        return
    words = gettext("%(users)s %(done)s") % {"users": count_of(tally.done), "done": verb.done}
    request.session[UNDO] = {
        "verb": verb.undo,
        "body": undo_body(verb, body),
        "ids": [str(pk) for pk, reason in tally.told if reason is None],
        "words": words,
        "until": (clock.now() + UNDO_FOR).isoformat(),
    }


def offered(request: HttpRequest) -> dict[str, Any] | None:
    """Return what can still be undone in the request's session."""
    undo: dict[str, Any] | None = request.session.get(UNDO)
    return undo if undo and undo["until"] > clock.now().isoformat() else None


def take(request: HttpRequest) -> dict[str, Any] | None:
    """Return what can still be undone, and forget it."""
    undo = offered(request)
    request.session.pop(UNDO, None)
    return undo
