"""What can happen to a person: each verb keeps the fields that belong together together."""

from typing import Any

from django.db import models

from usersvc import clock

from ..status import Status


class Lifecycle(models.Model):
    """The verbs of a person's life; each writes the row, and so its audit entry."""

    # User's fields
    status: Any
    status_before: Any
    suspended_at: Any
    suspended_with: Any
    deleted_at: Any
    deleted_with: Any
    sign_in_version: Any
    last_login: Any
    login_count: Any

    class Meta:
        abstract = True

    def suspend(self) -> None:
        """Suspend, remembering the status that reactivation restores; ends sessions and tokens."""
        if self.status == Status.SUSPENDED:
            return
        self.status_before, self.status = self.status, Status.SUSPENDED
        self.suspended_at = clock.now()
        self.end_sign_ins()

    def reactivate(self) -> None:
        """End a suspension; a status that is not known becomes active."""
        if self.status != Status.SUSPENDED:
            return
        self.status = self.status_before or Status.ACTIVE
        self.status_before, self.suspended_at, self.suspended_with = "", None, None
        self.save()

    def soft_delete(self) -> None:
        """Delete so that restore brings everything back; ends sessions and tokens."""
        if self.deleted_at is not None:
            return
        self.deleted_at = clock.now()
        self.end_sign_ins()

    def restore(self) -> None:
        """Bring a deleted person back, with the status it had."""
        self.deleted_at, self.deleted_with = None, None
        self.save()

    def end_sign_ins(self) -> None:
        """End every session and token of this person at once."""
        self.sign_in_version += 1
        self.save()

    def record_sign_in(self, fresh: bool = True) -> None:
        """Note that the person was here; fresh counts it as a sign-in of its own.

        Nobody changes the person by this, so neither updated_at nor the audit moves.
        """
        self.last_login = clock.now()
        self.login_count += int(fresh)
        row: Any = type(self)._base_manager.filter(pk=self.pk)
        row.update(last_login=self.last_login, login_count=models.F("login_count") + int(fresh))
