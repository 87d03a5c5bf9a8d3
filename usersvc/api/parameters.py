"""The types of parameters.

A parameter is declared in a FilterSet and says in asks= which method of the queryset it is the
question to; one without asks is an option, such as the format of a file.
"""

from typing import Any

import django_filters

from . import fields


class Parameter(django_filters.Filter):
    """A parameter of a family; asks names the method of the queryset that it is a question to."""

    field_class: type[fields.ParameterField] = fields.ParameterField

    def __init__(self, *, asks: str | None = None, **kwargs: Any) -> None:
        super().__init__(**{"label": "", **kwargs})
        self.asks = asks

    def filter(self, qs: Any, value: Any) -> Any:
        if self.asks is None or value is None or value == []:
            return qs
        return getattr(qs, self.asks)(value)


class Word(Parameter):
    """One word of a closed vocabulary."""

    field_class = fields.WordField


class Words(Parameter):
    """Any of several words of a closed vocabulary."""

    field_class = fields.WordsField


class Text(Parameter):
    """A text."""

    field_class = fields.TextField


class Search(Parameter):
    """Terms to search for."""

    field_class = fields.SearchField


class Id(Parameter):
    """One id."""

    field_class = fields.IdField


class Ids(Parameter):
    """Any of several ids."""

    field_class = fields.IdsField


class Names(Parameter):
    """Any of several names, repeated or separated by commas."""

    field_class = fields.NamesField


class Uuid(Parameter):
    """One id that must be a UUID."""

    field_class = fields.UuidField

    def filter(self, qs: Any, value: Any) -> Any:
        return super().filter(qs, None if value is None else [value])


class Boolean(Parameter):
    """Yes or no."""

    field_class = fields.BooleanField


class Number(Parameter):
    """A whole number within bounds."""

    field_class = fields.NumberField


class Zone(Parameter):
    """A time zone, in which the bounds of the same question are read, too."""

    field_class = fields.ZoneField


class Sort(Parameter):
    """Keys of an order."""

    field_class = fields.SortField


class Earliest(Parameter):
    """The lower bound of an instant; asks names a method that takes both bounds."""

    field_class = fields.InstantField

    def filter(self, qs: Any, value: Any) -> Any:
        return qs if value is None else getattr(qs, str(self.asks))(value, None)


class Latest(Parameter):
    """The upper bound of an instant; after names its lower one, which it may not precede."""

    field_class = fields.LastInstantField

    def __init__(self, *, after: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after = after

    def filter(self, qs: Any, value: Any) -> Any:
        return qs if value is None else getattr(qs, str(self.asks))(None, value)
