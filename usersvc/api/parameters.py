"""The types of parameters, each written once: how a value is read, and what refuses it.

A parameter is declared in a FilterSet and says in asks= which method of the queryset it is the
question to; one without asks is an option, such as the format of a file.
"""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from . import words

LONGEST_TEXT = 1000


class ParameterField(forms.Field):
    """Reads all the values of one parameter; many says whether there may be several."""

    widget = forms.MultipleHiddenInput
    many = False

    def clean(self, value: list[str] | None) -> Any:
        given = [text for text in value or [] if text.strip()]
        if not given:
            if self.required:
                raise ValidationError("required", code="required", params={"value": ""})
            return [] if self.many else None
        values = list(dict.fromkeys(self.read_each(given)))
        if self.many:
            return values
        if len(values) > 1:
            raise ValidationError(
                "given more than once with different values",
                code="repeated",
                params={"value": ", ".join(given)},
            )
        return values[0]

    def read_each(self, given: list[str]) -> Iterable[Any]:
        """Return the values read, or raise all of their errors together."""
        values, errors = [], []
        for text in given:
            try:
                values.append(self.read(text))
            except ValidationError as error:
                errors.append(error)
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
            raise ValidationError(
                words.unknown("value", text, self.allowed), code="word", params={"value": text}
            ) from None


class WordsField(WordField):
    """Words of a closed vocabulary, repeated or separated by commas."""

    many = True

    def read_each(self, given: list[str]) -> Iterable[Any]:
        parts = [part for text in given for part in text.split(",") if part.strip()]
        return super().read_each(parts)


class TextField(ParameterField):
    """Any text that can be stored at all."""

    def read(self, text: str) -> str:
        if not is_storable(text):
            raise ValidationError(
                "holds a character that no text can hold", code="text", params={"value": text}
            )
        if len(text) > LONGEST_TEXT:
            raise ValidationError(
                f"is longer than {LONGEST_TEXT} characters", code="long", params={"value": text}
            )
        return text


class IdsField(ParameterField):
    """Ids, exact and never split: an id may hold a comma."""

    many = True

    def read(self, text: str) -> str:
        # What cannot be stored names nothing, and neither does an empty id.
        return text if is_storable(text) else ""


class Parameter(django_filters.Filter):
    """A parameter of a family; asks names the method of the queryset that it is a question to."""

    field_class: type[ParameterField] = ParameterField

    def __init__(self, *, asks: str | None = None, **kwargs: Any) -> None:
        super().__init__(**{"label": "", **kwargs})
        self.asks = asks

    def filter(self, qs: Any, value: Any) -> Any:
        if self.asks is None or value is None or value == []:
            return qs
        return getattr(qs, self.asks)(value)


class Word(Parameter):
    """One word of a closed vocabulary."""

    field_class = WordField


class Words(Parameter):
    """Any of several words of a closed vocabulary."""

    field_class = WordsField


class Text(Parameter):
    """A text."""

    field_class = TextField


class Ids(Parameter):
    """Any of several ids."""

    field_class = IdsField


def is_storable(text: str) -> bool:
    """Return whether both databases can hold the text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
