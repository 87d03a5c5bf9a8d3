"""Seals of the audit: batches of entries in a chain, each bound to the one before."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import evidence

FIRST = 1


class AuditSealQuerySet(models.QuerySet):
    """Seals in domain words."""

    def in_order(self) -> Self:
        """Return the seals, the first one first."""
        return self.order_by("number")

    def before(self, seal: Any) -> Self:
        """Return the seals before one; none before None."""
        return self.filter(number__lt=seal.number if seal else FIRST)

    def last_one(self) -> Any:
        """Return the newest seal; None where there is none."""
        return self.order_by("-number").first()


class AuditSeal(models.Model):  # type: ignore[django-manager-missing]
    """One batch: which entries it holds with their codes, and the hash that the next one names."""

    number = models.PositiveBigIntegerField(primary_key=True)
    previous = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField()
    leaves = models.JSONField(help_text=_("The id and the code of each entry."))
    hash = models.CharField(max_length=64)

    objects: Any = AuditSealQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("seal of the audit")
        verbose_name_plural = _("seals of the audit")

    def __str__(self) -> str:
        """Return the seal's anchor: in parts, so that no log takes it for a secret."""
        return ":".join([str(self.number), *(self.hash[at : at + 16] for at in range(0, 64, 16))])

    def reckoned(self) -> str:
        """Return the hash that the seal has to have for what it says."""
        return evidence.keyed([self.number, self.previous, self.sealed_at.isoformat(), self.leaves])
