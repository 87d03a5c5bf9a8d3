from django.core.validators import RegexValidator
from django.db import models

from .named import Named

# Lists of tags are written with commas, semicolons and JSON brackets.
TAG_PATTERN = r'^[^\[,;"][^,;"]*$'


class Tag(Named):
    """A short word that people are marked with."""

    name = models.CharField(
        max_length=100,
        validators=[
            RegexValidator(TAG_PATTERN, 'A tag holds no , ; or " and does not begin with [.')
        ],
    )

    class Meta:
        ordering = ["name_key"]
        default_permissions = ("view", "manage")
        constraints = [
            models.UniqueConstraint(fields=["name_key"], name="tag_name_unique"),
            models.CheckConstraint(
                condition=models.Q(name__regex=TAG_PATTERN), name="tag_name_pattern"
            ),
        ]
