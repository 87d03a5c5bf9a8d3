"""When and from where something that opens doors was used last."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

NOTED_EVERY = timedelta(minutes=1)


class UsedQuerySet(models.QuerySet):
    """Rows that know when they were used."""

    def note_use(self, at: datetime, address: str | None) -> int:
        """Write down when these were used last, and from where; at most once a minute."""
        stale = self.filter(Q(last_used_at=None) | Q(last_used_at__lte=at - NOTED_EVERY))
        return stale.update(last_used_at=at, last_used_from=address)


class Used(models.Model):
    """A row that knows when it was used."""

    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, editable=False)

    class Meta:
        abstract = True

    def is_use_news(self, at: datetime) -> bool:
        """Return whether a use is to be written down: each would be a write a request."""
        return self.last_used_at is None or self.last_used_at <= at - NOTED_EVERY
