"""What became, or would become, of each of many people, for a reader."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from ..bulk_runs import Tally
from ..models import User
from .actions import count_of

KEPT, FRESH = "outcomes", "outcomes_are_fresh"  # keys in a session
EXAMPLES = 3


@dataclass(frozen=True)
class Person:
    """Somebody, and where the page about him is; no page for whom the reader does not see."""

    name: str
    address: str = ""


@dataclass(frozen=True)
class Left:
    """Those whom an action leaves out for one reason, with the first of them."""

    count: str
    reason: str
    examples: list[Person]


@dataclass(frozen=True)
class Outcomes:
    """What an action would do."""

    matched: int
    judged: int
    done: int
    examples: list[Person]
    left: list[Left] = field(default_factory=list)

    @property
    def is_partial(self) -> bool:
        """Whether there are so many that only the first were judged."""
        return self.judged < self.matched

    @property
    def matched_count(self) -> str:
        """How many were chosen, with the noun."""
        return count_of(self.matched)

    @property
    def judged_count(self) -> str:
        """How many were judged, with the noun."""
        return count_of(self.judged)

    @property
    def count(self) -> str:
        """How many it would be done to, with the noun."""
        return count_of(self.done)


def outcomes_of(actor: Any, tally: Tally, matched: int | None = None) -> Outcomes:
    """Return what a rehearsal found, of so many who were chosen."""
    firsts: dict[str | None, list[Any]] = {}
    for pk, reason in tally.told:
        group = firsts.setdefault(reason, [])
        if len(group) < EXAMPLES:
            group.append(pk)
    people = _people(actor, (pk for group in firsts.values() for pk in group))
    named = {reason: [people[pk] for pk in group] for reason, group in firsts.items()}
    left = [
        Left(count_of(number), gettext(reason), named.get(reason, []))
        for reason, number in tally.skipped.most_common()
    ]
    judged = tally.done + tally.skipped.total()
    all_chosen = judged if matched is None else matched
    return Outcomes(all_chosen, judged, tally.done, named.get(None, []), left)


def kept(request: HttpRequest, tally: Tally | None = None) -> list[tuple[Person, str]]:
    """Keep what an action did to each, or return what was kept last, with who they are."""
    if tally is not None:
        request.session[KEPT] = [(str(pk), reason or "") for pk, reason in tally.told]
        request.session[FRESH] = True
        return []
    rows = request.session.get(KEPT, [])
    people = _people(request.user, (pk for pk, _ in rows))
    return [(people[pk], gettext(reason) if reason else "") for pk, reason in rows]


def _people(actor: Any, ids: Iterable[Any]) -> dict[Any, Person]:
    """Return who people are, by the ids as they were given."""
    given = list(ids)
    visible: Any = User.all_objects.visible_to(actor).with_ids([str(pk) for pk in given])
    names = {str(pk): name for pk, name in visible.values_list("pk", "name")}
    return {
        pk: Person(names[str(pk)], reverse("admin:users_user_change", args=[pk]))
        if str(pk) in names
        else Person(str(pk))
        for pk in given
    }
