"""Kinds: what sort of value a column holds, and how it becomes text.

A cell's text is the same in every format that shows text; what a format adds (quotes, guards,
markup) is its own. Where the database itself writes a CSV file, a kind says the same in SQL. Values
are what a database's own cursor gives: an instant may be a datetime or a text in UTC, an id a UUID
or its 32 digits, a truth 0 or 1.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.db.models.expressions import Combinable

from . import sql
from .instants import in_utc, instant_writer

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

    def values(self, raw: Iterable[Any]) -> list[Any]:
        """Return a column as Python's own values, the same on both databases; None for absent ones.

        They are str, bool, int, float, aware datetimes in UTC, lists of str, and what JSON holds.
        """
        return [None if value is None else self.value(value) for value in raw]

    def value(self, raw: Any) -> Any:
        """Return a value that is there as Python's own."""
        return raw


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
        return self.value

    def value(self, raw: Any) -> str:
        return str(raw if isinstance(raw, UUID) else UUID(hex=raw))


@dataclass(frozen=True)
class Instant(Kind):
    """A moment, in the style's zone."""

    plain = True

    def writer(self, style: Style) -> Callable[[Any], str]:
        return instant_writer(style.zone, style.instant)

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.Local(source, style.zone, style.instant)

    def value(self, raw: Any) -> datetime:
        return in_utc(raw)


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

    def value(self, raw: Any) -> datetime | None:
        return None if raw[0] is None else in_utc(raw[0])


@dataclass(frozen=True)
class Boolean(Kind):
    """Yes or no, written true or false."""

    plain = True

    def writer(self, style: Style) -> Callable[[Any], str]:
        return lambda value: "true" if value else "false"

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.Truth(source)

    def value(self, raw: Any) -> bool:
        return bool(raw)


@dataclass(frozen=True)
class Number(Kind):
    """A number."""

    def sql(self, source: Combinable, style: Style) -> Combinable:
        return sql.AsText(source)

    def value(self, raw: Any) -> int | float:
        return raw if isinstance(raw, int | float) else float(raw)


@dataclass(frozen=True)
class Names(Kind):
    """Names of the things at the other end of a to-many relation, in the order of order."""

    order: str = "name_key"

    def writer(self, style: Style) -> Callable[[Any], str]:
        return style.joiner.join

    def value(self, raw: Any) -> list[str]:
        return list(raw)


@dataclass(frozen=True)
class Json(Kind):
    """What a JSON value holds: a text is written as it is, anything else as compact JSON."""

    has_sql = False

    def writer(self, style: Style) -> Callable[[Any], str]:
        def write(raw: Any) -> str:
            value = self.value(raw)
            if value is None:
                return self.null
            return value if isinstance(value, str) else compact(value)

        return write

    def value(self, raw: Any) -> Any:
        return json.loads(raw) if isinstance(raw, str) else raw


@dataclass(frozen=True)
class JsonPath(Json):
    """What keys and indices lead to within a JSON value; absent where they lead nowhere."""

    steps: tuple[str | int, ...] = ()

    def value(self, raw: Any) -> Any:
        value = super().value(raw)
        for step in self.steps:
            try:
                # Neither a text nor an object has an item of a number.
                if isinstance(value, dict) != isinstance(step, str):
                    return None
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


@dataclass(frozen=True)
class NthName(Names):
    """One of the names, by its place among them."""

    index: int = 0
    has_sql = False

    def writer(self, style: Style) -> Callable[[Any], str]:
        return lambda names: self.value(names) or self.null

    def value(self, raw: Any) -> Any:
        return raw[self.index] if self.index < len(raw) else None


@dataclass(frozen=True)
class Absent(Kind):
    """What no row has."""

    plain = True
    has_sql = False


def compact(value: Any) -> str:
    """Return a value as JSON without blanks."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer over 64 bits, or very deep
        return json.dumps(value, separators=(",", ":"))
