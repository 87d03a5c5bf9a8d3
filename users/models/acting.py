"""Who acts: a person by itself, or a machine in its owner's name (machine.py)."""

from typing import Any

from django.db import models


class Acting(models.Model):
    """What is asked of whoever acts, beside the permissions."""

    # User's fields
    is_superuser: Any
    sign_in_version: Any

    class Meta:
        abstract = True

    # The id of the service account that acts; a person has none.
    client_id = ""
    # The permissions that it was let have when it came, as OAuth writes a scope.
    scope = ""

    @property
    def caller_id(self) -> str:
        """Whom limits are counted for: the person or the service account."""
        return self.client_id or str(self.pk)

    def is_still_signed_in(self) -> bool:
        """Return whether nobody has ended the sign-ins since this was read."""
        living: Any = type(self)._default_manager.filter(pk=self.pk)
        return bool(living.values_list("sign_in_version").first() == (self.sign_in_version,))

    @property
    def sees_everybody(self) -> bool:
        """Whether no organization bounds what is seen."""
        return bool(self.is_superuser)
