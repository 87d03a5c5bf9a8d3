"""The register of exports: whom each file held, so that a person's copies can be found again."""

from collections.abc import Collection
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Any, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, Func, IntegerField, OuterRef, Value
from django.utils.translation import gettext_lazy as _

from exports.keys import KEY_BYTES

from .audit import AuditEntry

BLOCK = 50_000  # people a row: memory stays the same however many there are


class Position(Func):
    """Where some bytes first stand within others, counted from 1; 0 for nowhere."""

    output_field = IntegerField()
    function = "instr"

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        there, looked_for = map(compiler.compile, self.source_expressions)
        return f"position({looked_for[0]} IN {there[0]})", (*looked_for[1], *there[1])


class ExportBlockQuerySet(models.QuerySet["ExportBlock"]):
    """Blocks, in domain words."""

    def holding(self, person_id: UUID) -> Self:
        """Return the blocks that hold a person."""
        key = Value(person_id.bytes[-KEY_BYTES:], models.BinaryField())
        return self.alias(place=Position("ids", key)).filter(place__gt=0)

    def among(self, entries: Collection[Any]) -> Self:
        """Return the blocks of these entries, given by id."""
        return self.filter(entry__in=entries)

    def digests(self, entries: Collection[Any]) -> dict[Any, str]:
        """Return the digests of what is taken down of these entries, by their ids."""
        found: dict[Any, Any] = {}
        blocks = self.among(entries).order_by("entry", "number").values_list("entry", "ids")
        for entry, ids in blocks.iterator(chunk_size=1):  # each may be large
            found.setdefault(entry, sha256()).update(ids)
        return {entry: digest.hexdigest() for entry, digest in found.items()}

    def that_may_have_held(self, person_id: UUID, entries: Any) -> list[Any]:
        """Return the ids of those of the entries that held a person, or that have no block."""
        of_entry = self.filter(entry=OuterRef("pk"))
        everything = AuditEntry.objects.filter(pk__in=entries.values("pk")).order_by()
        held = everything.filter(Exists(of_entry.holding(person_id)) | ~Exists(of_entry))
        return list(held.values_list("pk", flat=True))


class ExportBlock(models.Model):
    """Some of the people whom an export held, by the random ends of their ids, one after another.

    Each export that came to an end has a block, if an empty one; it goes with its entry.
    """

    entry = models.ForeignKey(AuditEntry, models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    ids = models.BinaryField()

    objects: Any = ExportBlockQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = _("export blocks")
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="export_block_unique")
        ]

    def __str__(self) -> str:
        return f"block {self.number} of export {self.entry_id}"


class Register:
    """Takes down whom an export holds while it is read, and writes that down once it has ended."""

    def __init__(self) -> None:
        self._keys = SpooledTemporaryFile(max_size=BLOCK * KEY_BYTES)  # noqa: SIM115 - read and closed in write
        self._digest = ""

    def note(self, keys: bytes) -> None:
        """Take down the keys of some rows."""
        self._keys.write(keys)

    def write(self, entry: AuditEntry) -> str:
        """Write the blocks of an export, in a transaction of the caller's; return their digest.

        Again it writes nothing, and returns what it did.
        """
        if not self._digest:
            digest = sha256()
            with self._keys as keys:
                keys.seek(0)
                number, ids = 0, keys.read(BLOCK * KEY_BYTES)
                while ids or not number:
                    ExportBlock.objects.create(entry=entry, number=number, ids=ids)
                    digest.update(ids)
                    number, ids = number + 1, keys.read(BLOCK * KEY_BYTES)
            self._digest = digest.hexdigest()
        return self._digest
