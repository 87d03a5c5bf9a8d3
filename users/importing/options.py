"""How a file is to be imported, as plain data, and what of that a run keeps in hand."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid4

from .reading import AUTO
from .seen import Seen
from .wanted import Reader

EMAIL, USERNAME = "email", "username"
_NUMBER_BITS, _LOW_BITS, _KEY_BITS = 34, 22, 40
_KEY_MASK, _LOW_MASK = (1 << _KEY_BITS) - 1, (1 << _LOW_BITS) - 1


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be imported.

    upsert is the attribute, email or username, by which who is there already is found and changed;
    without one such a row is refused. key names the run, such as the id of its job: doing a run
    again under its key makes nobody twice, and leaves whom it made alone. again says that it is
    such a repetition. connection_id is the connection of everybody new, whatever the file says.
    """

    format: str = AUTO
    upsert: str | None = None
    all_or_nothing: bool = False
    dry_run: bool = False
    connection_id: str | None = None
    key: str = ""
    again: bool = False


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
        self.mark = int.from_bytes(blake2b(text.encode(), digest_size=5).digest(), "big")

    @property
    def takes_facts(self) -> bool:
        """Whether rows may tell what the service itself writes, such as ids and instants."""
        return bool(self.actor.is_superuser)

    def new_id(self, number: int, at: datetime) -> UUID:
        """Return the id of the person that a row makes: a UUIDv7 that tells of row and run."""
        milliseconds = int(at.timestamp() * 1000)
        high, low = number >> _LOW_BITS, number & _LOW_MASK
        row = 0x7000 | high, 0x2 << 62 | low << _KEY_BITS | self.mark
        return UUID(int=milliseconds << 80 | row[0] << 64 | row[1])

    def made(self, pk: UUID, number: int) -> bool:
        """Return whether the person of this id was made by this row in an earlier attempt."""
        later = self.new_id(number, _EPOCH).int
        return pk.int & (1 << 80) - 1 == later & (1 << 80) - 1


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
