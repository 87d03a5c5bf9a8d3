"""A row and its person, side by side: what the row makes new, or would change."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from rest_framework.exceptions import ValidationError as BodyInvalid

from exports.kinds import compact
from usersvc import clock

from ..models import User
from ..status import Status
from ..text import fold
from .fields import MetadataField
from .options import Run
from .wanted import Wanted, Within

FOLDED = ("username", "email")
# What the service itself writes; it is taken over for who is new, from whoever sees everybody.
FACTS = ("id", "created_at", "updated_at", "last_login", "login_count", "suspended_at")
# Of who is there already it follows from the address.
NEW_ONLY = (*FACTS, "email_verified")
GIVEN_ONCE = "is given on creation; a reset of the password gives another one"
SUSPENDED = "is suspended: reactivate first"
NOT_HERE = "nobody is suspended here: suspend instead"
FIELDS = tuple(field.name for field in User._meta.concrete_fields)
# Looked up for the whole block; the model would ask for each row.
LOOKED_UP = {"organization", "connection"}


@dataclass
class Case:
    """A row, its person, and the changes: {field: [old, new]}, and (added, removed) of ties."""

    wanted: Wanted
    person: User
    is_new: bool
    was_made: bool = False  # by an earlier attempt of this run
    changes: dict[str, list[Any]] = field(default_factory=dict)
    ties: dict[str, tuple[set[Any], set[Any]]] = field(default_factory=dict)

    @property
    def is_unchanged(self) -> bool:
        """Whether there is nothing to write."""
        return not self.is_new and not self.changes and not self.ties


def new_case(run: Run, wanted: Wanted, places: Mapping[str, Any]) -> Case:
    """Return the case of a person who is not there yet."""
    values = dict(wanted.values)
    if not run.takes_facts:
        values = {name: value for name, value in values.items() if name not in FACTS}
    now = clock.now()
    values.setdefault("username", values.get("email", ""))
    values |= {name: fold(values.get(name, "")) for name in FOLDED}
    values |= {f"{name}_id": pk for name, pk in places.items()}
    suspended_at = values.pop("suspended_at", None)
    person = User(**({"id": run.new_id(wanted.number, now)} | values))
    if wanted.statuses:
        person.status = wanted.statuses[0]
    person.suspended_at = (suspended_at or now) if person.status == Status.SUSPENDED else None
    person.password = wanted.password or _unusable()
    person.password_changed_at = now if wanted.password else None
    case = Case(wanted, person, is_new=True)
    for name, data in _metadata(wanted, person, {}).items():
        setattr(person, name, data)
    case.ties = {kind: (set(ids), set()) for kind, ids in wanted.ties.items() if ids}
    _clean(case, {*wanted.given, "username", "email"})
    return case


def changed_case(
    run: Run,
    wanted: Wanted,
    person: User,
    places: Mapping[str, Any],
    held: Mapping[str, set[Any]],
) -> Case:
    """Return the case of a person who is there; the person is given the new values."""
    case = Case(wanted, person, is_new=False, was_made=run.made(person.pk, wanted.number))
    values = _values(case)
    values |= {f"{name}_id": pk for name, pk in places.items()}
    values |= _metadata(wanted, person, values)
    if wanted.password not in ("", person.password) and not case.was_made:
        wanted.refuse("password_hash", "password_hash", GIVEN_ONCE)
    for name, value in values.items():
        before = getattr(person, name)
        if before != value:
            case.changes[name.removesuffix("_id")] = [before, value]
            setattr(person, name, value)
    if "email" in case.changes and person.email_verified:
        case.changes["email_verified"] = [True, False]
        person.email_verified = False
    for kind, wish in wanted.ties.items():
        if wish != held[kind]:
            case.ties[kind] = (set(wish - held[kind]), set(held[kind] - wish))
    if case.changes:
        _clean(case, set(case.changes))
    return case


def _unusable() -> str:
    """Return what make_password(None) does, in a fiftieth of its time."""
    return f"{UNUSABLE_PASSWORD_PREFIX}{token_hex(20)}"


def _values(case: Case) -> dict[str, Any]:
    wanted, person = case.wanted, case.person
    values = {name: value for name, value in wanted.values.items() if name not in NEW_ONLY}
    values |= {name: fold(values[name]) for name in FOLDED if name in values}
    if values.get("name") == "":
        values["name"] = values.get("username", person.username)
    if wanted.statuses and person.status not in wanted.statuses:
        values["status"] = wanted.statuses[0]
        if person.status == Status.SUSPENDED:
            wanted.refuse("status", "suspended", SUSPENDED)
        elif values["status"] == Status.SUSPENDED:
            wanted.refuse("status", "suspended", NOT_HERE)
    return values


def _clean(case: Case, names: set[str]) -> None:
    """Ask the model what it thinks of the attributes that the row tells of."""
    person, errors = case.person, dict[str, list[ValidationError]]()
    try:
        person.clean_fields(exclude=[name for name in FIELDS if name not in names - LOOKED_UP])
    except ValidationError as error:
        errors |= error.error_dict
    try:
        person.clean()
    except ValidationError as error:
        errors |= error.error_dict
    for name, found in errors.items():
        for one in found:
            case.wanted.refuse(name, str(one.code or "invalid"), " ".join(one.messages))
    for name in {within.name for within in case.wanted.within}:
        try:
            MetadataField().run_validation(getattr(person, name))
        except BodyInvalid as error:
            case.wanted.refuse(name, "invalid", str(error.detail[0]))  # type: ignore[index]


def _metadata(wanted: Wanted, person: User, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of which the row tells by keys, with these written."""
    found: dict[str, Any] = {}
    for within in wanted.within:
        if within.name not in found:
            # One copy for all keys, of which there may be as many as a row holds.
            found[within.name] = deepcopy(values.get(within.name, getattr(person, within.name)))
        _write_within(found[within.name], within)
    return found


def _write_within(data: dict[str, Any], within: Within) -> None:
    """Write a value at some keys; an empty one takes the last key away, and nothing else."""
    is_empty = within.raw is None or within.raw == ""
    *way, last = within.steps
    for key in way:
        if not isinstance(data.get(key), dict):
            if is_empty:
                return
            data[key] = {}
        data = data[key]
    if is_empty:
        data.pop(last, None)
    else:
        data[last] = _read_back(data.get(last), within)


def _read_back(before: Any, within: Within) -> Any:
    """Return the value that is written so; the one before, where it is."""
    if not within.is_text or before == within.raw:
        return within.raw
    if before is not None and not isinstance(before, str) and compact(before) == within.raw:
        return before
    return _json(within.raw)


def _json(text: str) -> Any:
    """Return what a text is as JSON where that is written just so, else the text."""
    try:
        value = json.loads(text)
        # A text is written as it is, and null as an empty cell.
        is_text = value is None or isinstance(value, str) or compact(value) != text
        return text if is_text else value
    except (ValueError, RecursionError, TypeError):
        return text
