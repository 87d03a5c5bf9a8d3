"""From terms to people: what the index of either database is asked, and when it is not."""

from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from django.db import connections
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from usersvc.api.fields import is_storable

from . import postgres, sqlite

People = TypeVar("People", bound=QuerySet[Any, Any])

# A shorter term has no trigram; a part of a longer one finds its people at less cost.
SHORTEST, LONGEST = 3, 32
# Where more people match, going through them in order meets a page of matches sooner.
RARE = 20_000
# Each question to the index costs; the longest terms are likely to be the rarest.
ASKED = 4


class Index(Protocol):
    """What a database's module offers."""

    def count(self, everybody: QuerySet[Any, Any], text: str, limit: int) -> int: ...

    def found(self, everybody: QuerySet[Any, Any], text: str) -> Q | Func: ...


def matching(people: People, terms: list[str]) -> People:
    """Return the people whose search text holds every one of the folded terms, byte by byte."""
    if not all(map(is_storable, terms)):
        return people.none()
    for term in terms:
        people = people.filter(_holds(term))
    everybody = people.model._base_manager.using(people.db)
    index = _index(people.db)
    for text in _askable(terms):
        if index.count(everybody, text, RARE + 1) <= RARE:
            return people.filter(index.found(everybody, text))
    return people


def _holds(term: str) -> GreaterThan:
    """Return the condition that decides; unlike LIKE, it never tempts a database to an index."""
    return GreaterThan(StrIndex(F("search_text"), Value(term)), 0)


def _askable(terms: list[str]) -> Iterator[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return (term[:LONGEST] for term in longest_first[:ASKED] if len(term) >= SHORTEST)


def _index(alias: str) -> Index:
    return {"postgresql": postgres, "sqlite": sqlite}[connections[alias].vendor]
