"""What a SELECT has for columns whose cells the database itself writes."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from . import sql
from .columns import Column, ColumnSet
from .kinds import Names, Style, ZonedInstant
from .offsets import Offsets

NamesOf = Callable[[QuerySet[Any, Any], Column, Style], Combinable]
ZonesOf = Callable[[QuerySet[Any, Any], Column], Mapping[str, Offsets]]


def cells(
    queryset: QuerySet[Any, Any], columns: ColumnSet, style: Style, names: NamesOf, zones: ZonesOf
) -> list[Combinable]:
    """Return the expressions of the columns' cells.

    names gives that of a column of names; zones, the zones that rows name for an instant.
    """

    def cell(column: Column) -> Combinable:
        if isinstance(column.kind, Names):
            return names(queryset, column, style)
        if isinstance(column.kind, ZonedInstant):
            moment, zone = column.expressions
            return sql.LocalOfRow(moment, zone, style.instant, zones(queryset, column))
        return column.kind.sql(column.expressions[0], style)

    return [
        Coalesce(cell(column), Value(column.kind.null), output_field=TextField())
        if column.kind.null
        else cell(column)
        for column in columns
    ]
