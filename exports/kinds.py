"""Kinds: what sort of value a column holds, and how it becomes text.

A cell's text is the same in every format that shows text; what a format adds (quotes, guards,
markup) is its own. Where the database itself writes a CSV file, a kind says the same in SQL. Values
are what a database's own cursor gives: an instant may be a datetime or a text in UTC, an id a UUID
or its 32 digits, a truth 0 or 1.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models.expressions import Combinable

from . import sql
from .instants import instant_writer

UTC_WORDS = "%Y-%m-%d %H:%M:%S UTC"
ISO_OFFSET = "%Y-%m-%dT%H:%M:%S%z"


@dataclass(frozen=True)
class Style:
    """What a family writes its own way: instants, and what stands between names."""

    instant: str = UTC_WORDS
    zone: tzinfo = UTC
    joiner: str = ", "


@dataclass(frozen=True)
class Kind:
    """The base of all kinds; null is the text of an absent value.

    plain says that no text of the kind ever needs a quote or a guard in a CSV file; has_sql, that
    the database itself can write it.
    """

    null: str = field(default="", kw_only=True)

    plain = False
    has_sql = True

    def column(self, style: Style) -> Callable[[Iterable[Any]], list[str]]:
        """Return the function that writes the values of a column, of one block after the other."""
        write, null = self.writer(style), self.null
        return lambda values: [null if value is None else write(value) for value in values]

    def text(self, value: Any, style: Style) -> str:
        """Return a value's text; null's for an absent one."""
        return self.column(style)([value])[0]

    def writer(self, style: Style) -> Callable[[Any], str]:
        """Return the function that writes a value that is there."""
        return str

    def sql(self, source: Combinable, style: Style) -> Combinable:
        """Return what the database writes a cell by, guarded; only where has_sql says so."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Kind):
    """Text as it is."""

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.Guarded(source)


@dataclass(frozen=True)
class Word(Kind):
    """One of a few words that need no care."""

    plain = True

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return source


@dataclass(frozen=True)
class Uuid(Kind):
    """An id, in its dashed form."""

    plain = True

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.Dashed(source)

    def writer(self, style: Style) -> Callable[[Any], str]:
        return lambda value: str(value if isinstance(value, UUID) else UUID(hex=value))


@dataclass(frozen=True)
class Instant(Kind):
    """A moment, in the style's zone."""

    plain = True

    def writer(self, style: Style) -> Callable[[Any], str]:
        return instant_writer(style.zone, style.instant)

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.Local(source, style.zone, style.instant)


@dataclass(frozen=True)
class ZonedInstant(Kind):
    """A moment and the name of a zone of its own, in which it is told whatever the style's is."""

    plain = True

    def column(self, style: Style) -> Callable[[Iterable[Any]], list[str]]:
        write, null = self.writer(style), self.null
        return lambda values: [null if value[0] is None else write(value) for value in values]

    def writer(self, style: Style) -> Callable[[Any], str]:
        @cache
        def of_zone(name: str) -> Callable[[datetime | str], str]:
            return instant_writer(ZoneInfo(name), style.instant)

        return lambda value: of_zone(value[1])(value[0])


@dataclass(frozen=True)
class Boolean(Kind):
    """Yes or no, written true or false."""

    plain = True

    def writer(self, style: Style) -> Callable[[Any], str]:
        return lambda value: "true" if value else "false"

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.Truth(source)


@dataclass(frozen=True)
class Number(Kind):
    """A number."""

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.AsText(source)


@dataclass(frozen=True)
class Names(Kind):
    """Names of the things at the other end of a to-many relation, in the order of order."""

    order: str = "name_key"

    def writer(self, style: Style) -> Callable[[Any], str]:
        return style.joiner.join
