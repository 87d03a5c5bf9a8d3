"""Kinds: what sort of value a column holds, and how it becomes text.

A cell's text is the same in every format that shows text; what a format adds (quotes, guards,
markup) is its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

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
    """The base of all kinds; null is the text of an absent value."""

    null: str = field(default="", kw_only=True)

    def text(self, value: Any, style: Style) -> str:
        """Return a value's text; null's for an absent one."""
        return self.null if value is None else self.format(value, style)

    def format(self, value: Any, style: Style) -> str:
        """Return the text of a value that is there."""
        return str(value)


@dataclass(frozen=True)
class Text(Kind):
    """Text as it is; words translates a closed vocabulary, as a code into a word."""

    words: Callable[[str], str] | None = None

    def format(self, value: Any, style: Style) -> str:
        return self.words(value) if self.words else str(value)


@dataclass(frozen=True)
class Instant(Kind):
    """A moment, in the style's zone."""

    def format(self, value: datetime, style: Style) -> str:
        return value.astimezone(style.zone).strftime(style.instant)


@dataclass(frozen=True)
class ZonedInstant(Kind):
    """A moment and the name of a zone of its own, in which it is told whatever the style's is."""

    def text(self, value: tuple[datetime | None, str], style: Style) -> str:
        return super().text(None if value[0] is None else value, style)

    def format(self, value: tuple[datetime, str], style: Style) -> str:
        moment, name = value
        return moment.astimezone(ZoneInfo(name)).strftime(style.instant)


@dataclass(frozen=True)
class Boolean(Kind):
    """Yes or no, written true or false."""

    def format(self, value: bool, style: Style) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class Number(Kind):
    """A number."""


@dataclass(frozen=True)
class Names(Kind):
    """Names of the things at the other end of a to-many relation, in the order of order."""

    order: str = "name_key"

    def format(self, value: list[str], style: Style) -> str:
        return style.joiner.join(value)
