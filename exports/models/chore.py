"""The chore: what falls due again and again, done by one worker of many each time."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

# Machines' clocks differ by less; what was taken later than that, a clock set back since has taken.
CLOCKS_DIFFER = timedelta(minutes=1)


class ChoreManager(models.Manager["Chore"]):
    """Chores that fall due again and again, taken by one worker of many each time."""

    def take(self, name: str, every: timedelta, at: datetime) -> bool:
        """Return whether it is for the caller to do a chore now; for nobody else then.

        It falls due for the first time so long after anybody asks first.
        """
        self.get_or_create(name=name, defaults={"taken_at": at})
        is_over, is_yet_to_come = Q(taken_at__lte=at - every), Q(taken_at__gt=at + CLOCKS_DIFFER)
        due = self.filter(is_over | is_yet_to_come, name=name)
        return bool(due.update(taken_at=at))

    def any_since(self, at: datetime) -> bool:
        """Return whether any chore was taken since."""
        return self.filter(taken_at__gt=at).exists()


class Chore(models.Model):
    """Something that is done once in a while, and when it was last begun."""

    name = models.CharField(primary_key=True, max_length=50)
    taken_at = models.DateTimeField()

    objects = ChoreManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
