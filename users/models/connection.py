import re
from typing import Any, ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models

from usersvc.ids import SHORT_ID_PATTERN

from ..ids import new_connection_id
from ..text import fold
from .named import Named, NamedQuerySet

CONNECTION_ID_PATTERN = SHORT_ID_PATTERN.format(prefix="con")
BUILT_IN_CONNECTION_ID = "con_0000000000000001"
BUILT_IN_DOMAIN = "local"


class ConnectionQuerySet(NamedQuerySet):
    """Sources of identities."""

    def with_id(self, identifier: Any) -> Self:
        """Return the one of this id; what is no id of a connection names none."""
        is_id = re.fullmatch(CONNECTION_ID_PATTERN, identifier) is not None
        return self.filter(pk=identifier) if is_id else self.none()

    def named(self, name: str) -> Self:
        """Return the one of this name, ignoring case."""
        return self.filter(name_key=fold(name))

    def after(self, connection_id: str) -> Self:
        """Return those whose ids follow an id, in the order of ids."""
        return self.filter(pk__gt=connection_id)


class Connection(Named):
    """A source of identities: where people's passwords are checked."""

    searched: ClassVar[tuple[str, ...]] = ("name", "domain", "description")

    id = models.CharField(  # type: ignore[assignment]
        primary_key=True,
        max_length=20,
        default=new_connection_id,
        editable=False,
        validators=[RegexValidator(CONNECTION_ID_PATTERN)],
    )
    domain = models.CharField(max_length=253)

    objects: Any = ConnectionQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["name_key"]
        default_permissions = ("view", "manage")
        constraints = [
            models.UniqueConstraint(fields=["name_key"], name="connection_name_unique"),
            models.CheckConstraint(
                condition=models.Q(id__regex=CONNECTION_ID_PATTERN), name="connection_id_pattern"
            ),
        ]
