"""Counts inside a query that end at a cap: what nobody reads exactly is not counted exactly."""

from django.db.models import IntegerField, Subquery

# So many of each row are counted: a list of roles of a million people costs what one of few does.
COUNTED = 1_000


class CappedCount(Subquery):
    """How many rows a sliced queryset holds, for each row of the query around it."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()  # type: ignore[assignment]
