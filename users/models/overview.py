"""Numbers of an overview, kept with the moment at which they were counted."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models

# Who looks is written down once an hour, and counts for a day.
WANTED_AGAIN, WANTED_FOR = timedelta(hours=1), timedelta(days=1)


class OverviewQuerySet(models.QuerySet["Overview"]):
    """Overviews, in domain words."""

    def stale(self, at: datetime, age: timedelta) -> Self:
        """Return those that somebody looked at lately, and that are older than an age."""
        wanted = self.filter(wanted_at__gt=at - WANTED_FOR)
        return wanted.exclude(counted_at__gt=at - age)

    def want(self, scope: str, at: datetime) -> "Overview":
        """Remember that somebody looks at a scope, and return what is known of it."""
        if known := self.filter(scope=scope, wanted_at__gt=at - WANTED_AGAIN).first():
            return known
        row, _ = self.update_or_create(scope=scope, defaults={"wanted_at": at})
        return row

    def keep(self, scope: str, numbers: Any, at: datetime) -> "Overview":
        """Remember the numbers of a scope."""
        values = {"numbers": numbers, "counted_at": at}
        row, _ = self.update_or_create(
            scope=scope, defaults=values, create_defaults=values | {"wanted_at": at}
        )
        return row


class Overview(models.Model):
    """What was counted of the people in one sight; nothing yet where counted_at is missing."""

    scope = models.CharField(primary_key=True, max_length=40)
    numbers = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField()

    objects: Any = OverviewQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.scope
