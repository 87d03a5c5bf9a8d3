"""What became of the rows of a file: one by one, and in numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .faults import Fault

# So many faults are kept; whoever wants all of them listens to the verdicts.
MOST_FAULTS = 1000


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Kind(StrEnum):
    """What somebody has to do about a row, the worst first."""

    ERROR = "error"
    AMBIGUOUS = "ambiguous"
    WARNING = "warning"
    VALID = "valid"


@dataclass(frozen=True)
class Verdict:
    """What became of a row: whose it is, the id where there is one, and what is wrong with it.

    warnings are told by dry runs alone. changes are the attributes of who is there already that
    change. given is what a refused row says by its titles, without secrets and what is left out.
    """

    line: int
    outcome: Outcome
    person_id: Any = None
    user: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    changes: Sequence[str] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    is_ambiguous: bool = False

    @property
    def kind(self) -> Kind:
        """What is to be done about the row."""
        if self.outcome == Outcome.REFUSED:
            return Kind.AMBIGUOUS if self.is_ambiguous else Kind.ERROR
        return Kind.WARNING if self.warnings else Kind.VALID


@dataclass
class ImportReport:
    """What became of all rows that were read.

    written is False after a dry run, and where all or nothing came to nothing: the numbers tell
    then what would have been done. stopped is what kept the rest of the file from being read.
    passed_over are titles that say nothing to an import. ambiguous ones are among the refused,
    warned ones among the others.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    ambiguous: int = 0
    warned: int = 0
    written: bool = True
    stopped: Fault | None = None
    passed_over: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.created + self.updated + self.unchanged + self.refused

    @property
    def is_clean(self) -> bool:
        """Whether the file was read to its end and no row was refused."""
        return self.stopped is None and not self.refused

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Count what became of a block."""
        for verdict in verdicts:
            word = verdict.outcome.value
            setattr(self, word, getattr(self, word) + 1)
            self.ambiguous += verdict.kind == Kind.AMBIGUOUS
            self.warned += verdict.kind == Kind.WARNING
            if verdict.faults and len(self.faults) < MOST_FAULTS:
                self.faults += verdict.faults[: MOST_FAULTS - len(self.faults)]


# Called after each block: rows done, bytes read, and bytes in all where they are known.
Progress = Callable[[int, int, int | None], object]
# Called with the verdicts of each block, once it is written.
Tell = Callable[[Sequence[Verdict]], object]
