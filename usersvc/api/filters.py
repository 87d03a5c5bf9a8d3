"""StrictFilterSet: a question is understood whole, or refused with everything that is wrong."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.utils.datastructures import MultiValueDict

from . import words
from .errors import Fault, RequestInvalid

LONGEST_ECHO = 200


class StrictFilterSet(django_filters.FilterSet):
    """A FilterSet that refuses what it does not know.

    An ignored typo in a filter answers with everybody. `name[]=x` is read as `name=x`.
    """

    def __init__(self, data: Mapping[str, Any], queryset: Any, **kwargs: Any) -> None:
        super().__init__(_plain_names(data), queryset, **kwargs)

    def check(self) -> None:
        """Raise RequestInvalid, naming every fault, unless all parameters are understood."""
        faults = [
            Fault(name, words.unknown("parameter", name, self.filters), _echo(values))
            for name, values in self.data.lists()
            if name not in self.filters
        ]
        for name, errors in self.form.errors.as_data().items():
            faults += [
                Fault(name, str(error.message), _echo([(error.params or {}).get("value", "")]))
                for error in errors
            ]
        if faults:
            raise RequestInvalid(faults)

    @property
    def answers(self) -> dict[str, Any]:
        """The values read, by parameter; call check first."""
        return dict(self.form.cleaned_data)

    def given(self) -> dict[str, Any]:
        """Return the parameters that were given, for the audit and for the reader of a file."""
        return {name: value for name, value in self.answers.items() if value not in (None, [])}


def _plain_names(data: Mapping[str, Any]) -> MultiValueDict[str, str]:
    merged: MultiValueDict[str, str] = MultiValueDict()
    for name in data:
        values = data.getlist(name) if isinstance(data, MultiValueDict) else data[name]
        for value in values if isinstance(values, list) else [values]:
            merged.appendlist(name.removesuffix("[]"), value)
    return merged


def _echo(values: list[Any]) -> str:
    text = ", ".join(str(value) for value in values)
    return text if len(text) <= LONGEST_ECHO else text[: LONGEST_ECHO - 1] + "…"
