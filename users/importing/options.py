"""How a file is to be imported, as plain data, and what of that a run keeps in hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid4

from .mapping import ColumnMap
from .reading import AUTO
from .seen import Seen
from .wanted import Reader

EMAIL, USERNAME = "email", "username"
# A UUIDv7 has 12 bits, then 62, of its own behind the instant: here a row's number, then the run.
VERSION, VARIANT = 0x7 << 76, 0x2 << 62
LOW_BITS, KEY_BYTES = 22, 5
WITHOUT_INSTANT = (1 << 80) - 1


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be imported.

    upsert is the attribute, email or username, by which who is there already is found and changed;
    without one such a row is refused. key names the run, such as the id of its job: doing a run
    again under its key makes nobody twice, and leaves whom it made alone. again says that it is
    such a repetition. connection_id is the connection of everybody new, whatever the file says.
    columns are the fields of titles, None for one that is left out; others speak for themselves.
    """

    format: str = AUTO
    upsert: str | None = None
    all_or_nothing: bool = False
    dry_run: bool = False
    connection_id: str | None = None
    key: str = ""
    again: bool = False
    columns: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Any]:
        """What of it was asked for, for the audit."""
        asked = {
            "format": self.format,
            "upsert": self.upsert,
            "all_or_nothing": self.all_or_nothing,
            "connection": self.connection_id,
            "job": self.key,
            "columns": ColumnMap(self.columns).changed(),
        }
        return {name: value for name, value in asked.items() if value}


@dataclass
class Run:
    """A run: its options, who runs it, what its rows refer to and have told of so far."""

    options: ImportOptions
    actor: Any
    reader: Reader
    seen: Seen
    writes: bool
    # The ids of the super admins whom the run has kept out or demoted so far.
    gone: set[Any] = field(default_factory=set)
    mark: int = 0

    def __post_init__(self) -> None:
        text = self.options.key or uuid4().hex
        self.mark = int.from_bytes(blake2b(text.encode(), digest_size=KEY_BYTES).digest(), "big")

    @property
    def takes_facts(self) -> bool:
        """Whether rows may tell what the service itself writes, such as ids and instants."""
        return bool(self.actor.is_superuser)

    def new_id(self, number: int, at: datetime) -> UUID:
        """Return the id of the person that a row makes: a UUIDv7 that tells of row and run."""
        milliseconds = int(at.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | self._own_bits(number))

    def made(self, pk: UUID, number: int) -> bool:
        """Return whether the person of this id was made by this row in an earlier attempt."""
        return pk.int & WITHOUT_INSTANT == self._own_bits(number)

    def _own_bits(self, number: int) -> int:
        high, low = divmod(number, 1 << LOW_BITS)
        return VERSION | high << 64 | VARIANT | low << 8 * KEY_BYTES | self.mark
