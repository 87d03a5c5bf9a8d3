"""What a SELECT has for columns whose cells the database itself writes."""

from collections.abc import Callable

from django.db.models import TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from .columns import Column, ColumnSet
from .kinds import Style


def cells(
    columns: ColumnSet, style: Style, own: Callable[[int, Column], Combinable | None]
) -> list[Combinable]:
    """Return the expressions of the columns' cells.

    own gives that of a column, by its place, which a database writes in a way of its own.
    """

    def cell(place: int, column: Column) -> Combinable:
        written = own(place, column) or column.kind.sql(column.expressions[0], style)
        if not column.kind.null:
            return written
        return Coalesce(written, Value(column.kind.null), output_field=TextField())

    return [cell(place, column) for place, column in enumerate(columns)]
