"""How the value of a parameter is read, each type written once, and what refuses it."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from usersvc import zones

from . import instants, words

LONGEST_TEXT = 1000
LONGEST_NUMBER = 100
MOST_VALUES = 1000
MOST_ERRORS = 20  # nobody reads more, and looking for the word that was meant takes time
MOST_TERMS = 32  # each is a condition that every row is held against
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class ParameterField(forms.Field):
    """Reads all the values of one parameter; many says whether there may be several."""

    widget = forms.MultipleHiddenInput
    many = False

    def __init__(self, *, arrays: bool = False, example: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arrays = arrays  # whether a JSON array is read, as one document prints them
        self.example = example

    def clean(self, value: list[str] | None) -> Any:
        texts = unpacked(value or []) if self.arrays else value or []
        given = [text for text in texts if text.strip()]
        if not given:
            if self.required:
                raise refusal("required", "required", "")
            return [] if self.many else None
        values = list(dict.fromkeys(self.read_each(given)))
        if self.many:
            return values
        if len(values) > 1:
            message = "given more than once with different values"
            raise refusal("repeated", message, ", ".join(given))
        return values[0]

    def read_each(self, given: list[str]) -> Iterable[Any]:
        """Return the values read, or raise all of their errors together."""
        if len(given) > MOST_VALUES:
            raise refusal("many", f"has {len(given)} values; at most {MOST_VALUES}", "")
        values, errors = [], []
        for text in given:
            try:
                values.append(self.read(text))
            except ValidationError as error:
                errors.append(error)
            if len(errors) == MOST_ERRORS:
                break
        if errors:
            raise ValidationError(errors)
        return values

    def read(self, text: str) -> Any:
        """Return the value of one text; raise ValidationError with the value in its params."""
        raise NotImplementedError  # pragma: no cover


class WordField(ParameterField):
    """A word of a closed vocabulary, in any case."""

    def __init__(self, *, allowed: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = [str(word) for word in allowed]

    def read(self, text: str) -> str:
        canonical = {word.casefold(): word for word in self.allowed}
        try:
            return canonical[text.strip().casefold()]
        except KeyError:
            raise refusal("word", words.unknown("value", text, self.allowed), text) from None


class WordsField(WordField):
    """Words of a closed vocabulary, repeated or separated by commas."""

    many = True

    def read_each(self, given: list[str]) -> Iterable[Any]:
        return super().read_each(split(given))


class TextField(ParameterField):
    """Any text that can be stored at all."""

    def read(self, text: str) -> str:
        if not is_storable(text):
            raise refusal("text", "holds a character that no text can hold", text)
        if len(text) > LONGEST_TEXT:
            raise refusal("long", f"is longer than {LONGEST_TEXT} characters", text)
        return text


class SearchField(TextField):
    """Terms separated by white space."""

    def read(self, text: str) -> str:
        if problem := search_problem(super().read(text)):
            raise refusal("long", problem, text)
        return text


class IdField(ParameterField):
    """An id, exact and of any shape."""

    def read(self, text: str) -> str:
        # What cannot be stored names nothing, and neither does an empty id.
        return text if is_storable(text) and len(text) <= LONGEST_TEXT else ""


class IdsField(IdField):
    """Ids, exact and never split: an id may hold a comma."""

    many = True


class NamesField(TextField):
    """Names that hold no comma, repeated or separated by commas."""

    many = True

    def read_each(self, given: list[str]) -> Iterable[Any]:
        return super().read_each(split(given))

    def read(self, text: str) -> str:
        return super().read(text.strip())


class UuidField(ParameterField):
    """An id that must be a UUID."""

    def read(self, text: str) -> str:
        if not _UUID.fullmatch(text):
            raise refusal("uuid", "is not a UUID", text)
        return text


class BooleanField(ParameterField):
    """Yes or no."""

    def read(self, text: str) -> bool:
        try:
            return BOOLEANS[text.strip().casefold()]
        except KeyError:
            raise refusal("word", words.unknown("value", text, BOOLEANS), text) from None


class NumberField(ParameterField):
    """A whole number within bounds."""

    def __init__(self, *, least: int, most: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def read(self, text: str) -> int:
        digits = text.strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER:
            number = int(digits)
            if number >= self.least and (self.most is None or number <= self.most):
                return number
        bounds = f"{self.least} up" if self.most is None else f"{self.least} to {self.most}"
        raise refusal("number", f"is not a whole number from {bounds}", text)


class ZoneField(ParameterField):
    """An IANA time zone, in any case."""

    def read(self, text: str) -> ZoneInfo:
        try:
            return zones.zone(text.strip())
        except KeyError:
            near = words.nearest(text, list(zones.names().values()))
            message = f"is not an IANA time zone such as Europe/Rome{near}"
            raise refusal("zone", message, text) from None


class InstantField(ParameterField):
    """The first or the last moment that a text covers, read in a zone unless it has an offset."""

    last = False
    zone: tzinfo = UTC

    def read(self, text: str) -> Any:
        span = self.span(text)
        return span.last if self.last else span.first

    def span(self, text: str) -> instants.Span:
        """Return all that the text covers."""
        try:
            return instants.parse(text, self.zone)
        except ValueError:
            message = "is not an instant such as 2021-05-06T10:50:35+0000 or 2021-05-06"
            raise refusal("instant", message, text) from None


class LastInstantField(InstantField):
    """The last moment that a text covers."""

    last = True


class SortField(ParameterField):
    """Keys of an order, each field or field:direction; the direction is descending unless given."""

    many = True
    DIRECTIONS = ("asc", "desc")

    def __init__(self, *, allowed: Iterable[str], default: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.word = WordField(allowed=allowed)
        self.direction = WordField(allowed=self.DIRECTIONS)
        self.default = default

    def read_each(self, given: list[str]) -> Iterable[Any]:
        keys = super().read_each(split(given))
        fields: dict[str, str] = {}
        for word, direction in keys:
            if fields.setdefault(word, direction) != direction:
                raise refusal("repeated", f"asks for {word} in two directions", ", ".join(given))
        return list(fields.items())

    def read(self, text: str) -> tuple[str, str]:
        word, _, direction = text.partition(":")
        if ":" in direction:
            raise refusal("sort", "is not of the form field:asc or field:desc", text)
        return (
            self.word.read(word) if word.strip() else self.default,
            self.direction.read(direction) if direction.strip() else "desc",
        )


def refusal(code: str, message: str, text: str) -> ValidationError:
    """Return the error that refuses a text."""
    return ValidationError(message, code=code, params={"value": text})


def search_problem(text: str) -> str | None:
    """Return why nobody can be searched for with the text, in a few words; None when one can."""
    if len(text) > LONGEST_TEXT:
        return f"is longer than {LONGEST_TEXT} characters"
    terms = len(text.split())
    return f"has {terms} words; at most {MOST_TERMS}" if terms > MOST_TERMS else None


def split(given: list[str]) -> list[str]:
    """Return the parts between commas; empty ones are dropped."""
    return [part for text in given for part in text.split(",") if part.strip()]


def unpacked(given: list[str]) -> list[str]:
    """Return the items of texts that are JSON arrays of texts, and the others as they are."""
    items: list[str] = []
    for text in given:
        if not text.lstrip().startswith("["):
            items.append(text)
            continue
        array = _array(text)
        if not isinstance(array, list) or not all(isinstance(item, str) for item in array):
            raise refusal("array", "is not a JSON array of texts", text)
        items += array
    return items


def _array(text: str) -> Any:
    """Return the array that a text is, in JSON or as a document prints it, in single quotes."""
    for spelling in (text, text if '"' in text else text.replace("'", '"')):
        with suppress(ValueError, RecursionError):
            return json.loads(spelling)
    return None


def is_storable(text: str) -> bool:
    """Return whether both databases can hold the text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
