"""What a row wants a person to be, read by itself: nothing of it is compared or judged yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from usersvc.api import words

from .. import status
from . import hashes, titles
from .faults import Fault, echo, tellable
from .fields import ABSENT, RowSerializer, value_of
from .mapping import ColumnMap
from .names import Surroundings
from .rows import Row
from .titles import Target

TIES = ("roles", "groups", "tags")
PLACES = ("organization", "connection", "auth_domain")
# Nobody reads more of one row, and looking for the word that was meant takes time.
MOST_FAULTS = 20
# A file may be full of other ones; these are not worth the memory.
LONGEST_REMEMBERED = 1000  # characters
DIFFERS = "says otherwise than {title}"
DELETED = "deleted people are not imported"


@dataclass(frozen=True)
class Within:
    """A value of some keys within metadata; a text of a CSV file may be any JSON."""

    name: str
    steps: tuple[str, ...]
    raw: Any
    is_text: bool


@dataclass
class Wanted:
    """What a row says: values by attribute, ids of ties, and ids or statuses to choose from."""

    line: int
    number: int = 0  # of the row in the file, from 1
    given: dict[str, tuple[str, Any]] = field(default_factory=dict)  # attribute: title and raw
    values: dict[str, Any] = field(default_factory=dict)
    ties: dict[str, frozenset[Any]] = field(default_factory=dict)
    places: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    statuses: tuple[status.Status, ...] = ()
    within: list[Within] = field(default_factory=list)
    password: str = ""
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    doubts: int = 0  # so many of the faults say that it may be about one or another

    @property
    def user(self) -> dict[str, str]:
        """Who it is, as far as the row says so."""
        known = {name: self.values.get(name) for name in ("username", "email")}
        return {name: tellable(str(value)) for name, value in known.items() if value}

    def refuse(self, name: str, code: str, message: str) -> None:
        """Refuse the row because of an attribute, under the title that it came by."""
        title, raw = self.given.get(name, (name, None))
        self.faults.append(Fault(self.line, title, echo(raw, name), code, message))

    @property
    def is_ambiguous(self) -> bool:
        """Whether nothing is wrong but that it may be about one or another."""
        return 0 < self.doubts == len(self.faults)

    def warn(self, name: str, code: str, message: str) -> None:
        """Tell what somebody may not expect of an attribute of the row, which is taken."""
        title, raw = self.given.get(name, (name, None))
        self.warnings.append(Fault(self.line, title, echo(raw, name), code, message))


class Reader:
    """Reads rows; what they may refer to is looked up once, until refresh()."""

    def __init__(self, actor: Any, columns: ColumnMap | None = None) -> None:
        self._actor, self.columns = actor, columns or ColumnMap()
        self._targets: dict[str, Target | None] = {}
        self._serializers: dict[tuple[str, ...], RowSerializer] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look up anew what rows may refer to."""
        self.surroundings = Surroundings(self._actor)

    def target(self, title: str) -> Target | None:
        """Return what a title means."""
        if len(title) > LONGEST_REMEMBERED:
            return self.columns.target(title)
        if title not in self._targets:
            if len(self._targets) > 10_000:  # every object may have keys of its own
                self._targets.clear()
            self._targets[title] = self.columns.target(title)
        return self._targets[title]

    def read(self, row: Row, number: int) -> Wanted:
        """Return what a row wants, with all that is wrong with it."""
        wanted = Wanted(row.line, number)
        if row.fault:
            wanted.faults.append(row.fault)
            return wanted
        data: dict[str, Any] = {}
        for title, raw in row.values.items():
            target = self.target(title)
            if len(wanted.faults) >= MOST_FAULTS:
                break
            if target is None:
                message = titles.unknown(title[:100])
                wanted.faults.append(Fault(row.line, title[:100], "", "unknown_title", message))
            elif target.steps:
                self._read_within(wanted, target, title, raw, row.is_text)
            elif target.name:
                self._read_one(wanted, data, target, title, raw, row.is_text)
        self._validate(wanted, data)
        return wanted

    def _read_within(
        self, wanted: Wanted, target: Target, title: str, raw: Any, is_text: bool
    ) -> None:
        wanted.given.setdefault(target.name, (title, raw))
        wanted.within.append(Within(target.name, target.steps, raw, is_text))

    def _read_one(
        self,
        wanted: Wanted,
        data: dict[str, Any],
        target: Target,
        title: str,
        raw: Any,
        is_text: bool,
    ) -> None:
        name, chosen = target.name, target.name in PLACES or target.name == "status"
        before = wanted.given.setdefault(name, (title, raw))
        if before[0] != title and not chosen:
            if before[1] != raw:
                message = DIFFERS.format(title=before[0])
                wanted.faults.append(Fault(wanted.line, title, echo(raw, name), "differs", message))
            return
        try:
            if name in TIES:
                empty = raw is None or raw == ""
                ids = self.surroundings.names[name].ids
                wanted.ties[name] = frozenset() if empty else ids(raw)
            elif chosen:
                self._choose(wanted, target, raw)
            elif name == "password_hash":
                wanted.password = _hash(raw)
            elif (value := value_of(name, raw, is_text)) is not ABSENT:
                data[name] = value
        except ValueError as error:
            wanted.faults.append(Fault(wanted.line, title, echo(raw, name), "invalid", str(error)))

    def _choose(self, wanted: Wanted, target: Target, raw: Any) -> None:
        """Narrow what the row chooses from, for several titles may tell of the same."""
        name = target.name
        if name == "status":
            if raw not in (None, ""):
                found = _statuses(raw, target.is_export)
                kept = [each for each in wanted.statuses or found if each in found]
                if not kept:
                    raise ValueError(DIFFERS.format(title=wanted.given[name][0]))
                wanted.statuses = tuple(kept)
        elif raw in (None, ""):
            if name == "organization":
                wanted.places.setdefault(name, ())
        else:
            found_ids = self.surroundings.places[name].candidates(raw)
            name = "connection" if name == "auth_domain" else name
            before = wanted.places.get(name) or found_ids
            wanted.places[name] = tuple(each for each in before if each in found_ids)
            if not wanted.places[name]:
                raise ValueError("says otherwise than another title")

    def _validate(self, wanted: Wanted, data: Mapping[str, Any]) -> None:
        try:
            wanted.values = dict(self._serializer(tuple(data)).run_validation(data))
        except ValidationError as error:
            for name, detail in _details(error.detail):
                wanted.refuse(name, str(detail.code), str(detail))
            # What is right is told, too: who it is, above all.
            known = ("username", "email")
            wanted.values = {key: data[key] for key in known if isinstance(data.get(key), str)}

    def _serializer(self, names: tuple[str, ...]) -> RowSerializer:
        """Return a serializer of these attributes alone: looking for the others takes time."""
        if names not in self._serializers:
            if len(self._serializers) > 100:
                self._serializers.clear()
            serializer = self._serializers[names] = RowSerializer(partial=True)
            for name in serializer.fields.keys() - set(names):
                del serializer.fields[name]
        return self._serializers[names]


def _statuses(raw: Any, is_export: bool) -> tuple[status.Status, ...]:
    meant = status.MEANT_BY_EXPORT if is_export else status.MEANT
    word = raw.strip().casefold() if isinstance(raw, str) else ""
    if word == status.ExportStatus.DELETED:
        raise ValueError(DELETED)
    if word not in meant:
        raise ValueError(words.unknown("value", word, meant))
    return meant[word]


def _hash(raw: Any) -> str:
    if raw in (None, ""):
        return ""
    if not isinstance(raw, str):
        raise ValueError(hashes.UNKNOWN)
    return hashes.stored(raw)


def _details(detail: Any) -> Iterator[tuple[str, ErrorDetail]]:
    """Yield the attribute and each thing that is wrong with it."""
    if not isinstance(detail, dict):
        yield from (("", each) for each in detail)
        return
    for name, found in detail.items():
        while isinstance(found, dict):
            found = next(iter(found.values()))
        yield from ((name, each) for each in found)
