from django.core.validators import RegexValidator
from django.db import models

from ..ids import SHORT_ID_PATTERN, new_connection_id
from .named import Named

CONNECTION_ID_PATTERN = SHORT_ID_PATTERN.format(prefix="con")
BUILT_IN_CONNECTION_ID = "con_0000000000000001"
BUILT_IN_DOMAIN = "local"


class Connection(Named):
    """A source of identities: where people's passwords are checked."""

    id = models.CharField(  # type: ignore[assignment]
        primary_key=True,
        max_length=20,
        default=new_connection_id,
        editable=False,
        validators=[RegexValidator(CONNECTION_ID_PATTERN)],
    )
    domain = models.CharField(max_length=253)

    class Meta:
        ordering = ["name_key"]
        default_permissions = ("view", "manage")
        constraints = [
            models.UniqueConstraint(fields=["name_key"], name="connection_name_unique"),
            models.CheckConstraint(
                condition=models.Q(id__regex=CONNECTION_ID_PATTERN), name="connection_id_pattern"
            ),
        ]
