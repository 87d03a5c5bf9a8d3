"""How the tests of formats make a sheet."""

from datetime import UTC, datetime

from exports.columns import ColumnSet
from exports.formats import Sheet
from exports.kinds import Style

AT = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)


def sheet(columns, *blocks, **values):
    """Return a sheet of blocks of rows, as databases give their values."""
    made = {
        "title": "Users",
        "columns": ColumnSet(columns),
        "blocks": iter([list(zip(*rows, strict=True)) for rows in blocks]),
        "style": Style(),
        "generated_at": AT,
    }
    return Sheet(**made | values)
