"""StrictFilterSet: a question is understood whole, or refused with everything that is wrong."""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

from . import words
from .errors import Fault, RequestInvalid
from .fields import InstantField, ZoneField
from .parameters import Latest

LONGEST_ECHO = 200
MOST_STRANGERS = 20


class StrictFilterSet(django_filters.FilterSet):
    """A FilterSet that refuses what it does not know.

    An ignored typo in a filter answers with everybody. `name[]=x` is read as `name=x`.
    """

    def __init__(self, data: Mapping[str, Any], queryset: Any, **kwargs: Any) -> None:
        super().__init__(_plain_names(data), queryset, **kwargs)

    def check(self) -> None:
        """Raise RequestInvalid, naming every fault, unless all parameters are understood."""
        strangers = [each for each in self.data.lists() if each[0] not in self.filters]
        faults = [
            Fault(name, words.unknown("parameter", name, self.filters), _echo(values))
            for name, values in strangers[:MOST_STRANGERS]
        ]
        for name, errors in self.form.errors.as_data().items():
            faults += [
                Fault(name, str(error.message), _echo([(error.params or {}).get("value", "")]))
                for error in errors
            ]
        if faults := faults + self.contradictions():
            raise RequestInvalid(faults)

    def contradictions(self) -> list[Fault]:
        """Return what is wrong between parameters that are right by themselves."""
        answers = self.form.cleaned_data
        return [
            Fault(name, f"lies before {parameter.after}", _echo(self.data.getlist(name)))
            for name, parameter in self.filters.items()
            if isinstance(parameter, Latest)
            and answers.get(name) is not None
            and answers.get(parameter.after) is not None
            and max(answers[name], self._start(name)) < answers[parameter.after]
        ]

    def _start(self, name: str) -> datetime:
        # A local time that a clock skips ends before it starts.
        text = next(text for text in self.data.getlist(name) if text.strip())
        return self.form.fields[name].span(text).first  # type: ignore[attr-defined,no-any-return]

    @cached_property
    def form(self) -> forms.Form:
        """The form, whose bounds are read in the zone that the question names."""
        form = form_class(type(self))(self.data)
        zone = self._zone(form)
        for field in form.fields.values():
            if isinstance(field, InstantField):
                field.zone = zone
        return form

    def _zone(self, form: forms.Form) -> tzinfo:
        for name, field in form.fields.items():
            if isinstance(field, ZoneField):
                with suppress(ValidationError):
                    return field.clean(self.data.getlist(name)) or UTC
        return UTC

    @property
    def answers(self) -> dict[str, Any]:
        """The values read, by parameter; call check first."""
        return dict(self.form.cleaned_data)

    def answer(self, name: str) -> Any:
        """Return the value read of one parameter; its default where it was not given."""
        value = self.answers[name]
        return self.form.fields[name].initial if value in (None, []) else value

    def given(self) -> dict[str, Any]:
        """Return the parameters that were given, as plain data for the audit and for readers."""
        answers = self.answers.items()
        return {name: _plain(value) for name, value in answers if value not in (None, [])}


class NoParameters(StrictFilterSet):
    """The question of an address that takes none."""


@cache
def form_class(filters: type[StrictFilterSet]) -> type[forms.Form]:
    """Return the form of a FilterSet, made once: its instances copy the fields anyway."""
    declared = filters.base_filters  # type: ignore[attr-defined]
    fields = {name: parameter.field for name, parameter in deepcopy(declared).items()}
    return type("Form", (forms.Form,), fields)


def _plain_names(data: Mapping[str, Any]) -> MultiValueDict[str, str]:
    merged: MultiValueDict[str, str] = MultiValueDict()
    for name in data:
        values = data.getlist(name) if isinstance(data, MultiValueDict) else data[name]
        for value in values if isinstance(values, list) else [values]:
            merged.appendlist(name.removesuffix("[]"), value)
    return merged


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return ":".join(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value if isinstance(value, bool | int) else str(value)


def _echo(values: list[Any]) -> str:
    text = ", ".join(str(value) for value in values)
    return text if len(text) <= LONGEST_ECHO else text[: LONGEST_ECHO - 1] + "…"
