"""How somebody wants the list of people: which columns, and how many rows a page."""

from typing import Any

from django.conf import settings
from django.db import models

PAGE_SIZES = (25, 50, 100)


class ListPreferenceManager(models.Manager["ListPreference"]):
    """Finds and keeps preferences."""

    def of(self, person: Any) -> "ListPreference":
        """Return what a person prefers; unsaved, and empty, for who has said nothing."""
        return self.filter(person=person).first() or ListPreference(person=person)

    def keep(self, person: Any, columns: list[str], page_size: int) -> None:
        """Remember what a person prefers."""
        values = {"columns": columns, "page_size": page_size}
        self.update_or_create(person=person, defaults=values)


class ListPreference(models.Model):
    """Columns in their order, none for those that everybody starts with."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    columns = models.JSONField(default=list)
    page_size = models.PositiveSmallIntegerField(default=50)

    objects = ListPreferenceManager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page_size__in=PAGE_SIZES), name="list_preference_page_size"
            )
        ]

    def __str__(self) -> str:
        return str(self.person_id)
