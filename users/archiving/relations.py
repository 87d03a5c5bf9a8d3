"""What the tables know of a person: every relation to one is in the archive, or left out here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailConfirmation
from django.apps import apps
from django.db import models
from django.utils.text import slugify

from .. import lockout
from ..models import ApiKey, BulkOutcome, Delivery, SignInTries, User

# What is not in person.json, and why.
LEFT_OUT = {
    "account.EmailConfirmation.email_address__user": "A key for one use; its address is there.",
    "users.AuditEntry.actor": "It is in audit.ndjson.",
    "users.User.created_by": "Other people; what was done to them is in audit.ndjson.",
    "users.User.updated_by": "Other people; what was done to them is in audit.ndjson.",
    "users.Invitation.invited_by": "Invitations of other people.",
    "users.Delivery.webhook__owner": "What its webhooks were told of other people.",
}


@dataclass(frozen=True)
class Relation:
    """A column that says of whom a row is."""

    model: type[models.Model]
    field: str

    @property
    def name(self) -> str:
        """How the relation is named here, such as users.SavedView.owner."""
        return f"{self.model._meta.label}.{self.field}"

    @property
    def section(self) -> str:
        """What its rows are called in the archive, such as saved_views."""
        return slugify(str(self.model._meta.verbose_name_plural)).replace("-", "_")

    def rows(self, person: User) -> models.QuerySet[Any, Any]:
        """Return the rows of a person, in their order."""
        everything = self.model._base_manager.order_by("pk")
        if self.model is SignInTries:  # known by a key, whether they name anybody or not
            tries: models.QuerySet[Any, Any] = SignInTries.objects.order_by("pk")
            return tries.filter(account__in=lockout.keys_of(person))
        return everything.filter(**{self.field: person.pk})


def relations() -> Iterator[Relation]:
    """Yield every relation to a person, whichever application has it."""
    for model in sorted(apps.get_models(), key=lambda model: model._meta.label):
        if model._meta.proxy:  # the same rows under another name
            continue
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                yield Relation(model, field.name)
    yield Relation(BulkOutcome, "person")  # by the id alone
    # What belongs to something of the person's.
    yield Relation(EmailConfirmation, "email_address__user")
    yield Relation(ApiKey, "account__owner")
    yield Relation(Delivery, "webhook__owner")


def archived() -> list[Relation]:
    """Return the relations whose rows are in the archive."""
    return [each for each in relations() if each.name not in LEFT_OUT]
