"""The cells that SQLite leaves to Python: names of to-many relations, and local time."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable

from . import sql
from .cells import guard
from .columns import Column
from .kinds import Instant, Names, Style, ZonedInstant
from .lines import quoted
from .offsets import is_utc
from .relations import Relation

# So many sets of names are joined once, as the same few come again and again.
REMEMBERED = 10_000

Teller = Callable[[bytes], bytes]


class Telling:
    """What SQLite is to give for such columns, and by place, how a cell is told from that."""

    def __init__(self, queryset: QuerySet[Any, Any], style: Style) -> None:
        self._queryset, self._style = queryset, style
        self.tellers: dict[int, Teller] = {}

    def expression(self, place: int, column: Column) -> Combinable | None:
        """Return what SQLite gives for a column, by its place; None for the cell itself."""
        if isinstance(column.kind, Names):
            given, teller = self._names(column)
        elif isinstance(column.kind, ZonedInstant):
            given, teller = sql.Spaced(*column.expressions), self._zoned(column)
        elif isinstance(column.kind, Instant) and not is_utc(self._style.zone):
            write = column.kind.writer(self._style)
            given, teller = column.expressions[0], lambda moment: write(moment.decode()).encode()
        else:
            return None
        self.tellers[place] = teller
        return sql.Told(place, given)

    def _names(self, column: Column) -> tuple[Combinable, Teller]:
        relation = Relation(self._queryset, column)
        names = {
            (pk.hex if isinstance(pk, UUID) else str(pk)).encode(): (place, name)
            for place, (pk, name) in enumerate(relation.pairs())
        }

        @lru_cache(maxsize=REMEMBERED)
        def tell(ids: bytes) -> bytes:
            ordered = sorted(names[each] for each in ids.split(b" "))
            return quoted(guard(self._style.joiner.join(name for _, name in ordered))).encode()

        ties = relation.ties().filter(**{relation.row: OuterRef("pk")})
        return Subquery(ties.values(ids=sql.Gathered(F(relation.thing)))), tell

    def _zoned(self, column: Column) -> Teller:
        write = column.kind.writer(self._style)

        def tell(text: bytes) -> bytes:
            moment, _, zone = text.decode().rpartition(" ")
            return write((moment, zone)).encode()

        return tell
