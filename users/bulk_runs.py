"""Runs of an action over any number of people: a transaction and few statements for each block.

What is done stays done when a later block fails; doing it again does the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_noop

from . import rules
from .bulk_actions import VANISHED, Action
from .models import User
from .querysets import UserQuerySet
from .rules import Stake

BLOCK = 500
NOT_FOUND = gettext_noop("not found")
# The outcomes that are told one by one; the others only by number.
MOST_TOLD = 1000
_BYTES = 16


class Ids:
    """The ids of any number of people, in order, in 16 bytes each."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self._packed = bytearray()
        for pk in ids:
            self._packed += pk.bytes

    @classmethod
    def of(cls, people: UserQuerySet) -> "Ids":
        """Return the ids of the people as they are now, read as a stream."""
        ids = people.order_by("pk").values_list("pk", flat=True)
        return cls(ids.iterator(chunk_size=10 * BLOCK))

    @classmethod
    def unpacked(cls, data: bytes) -> "Ids":
        """Return the ids that packed gave."""
        ids = cls(())
        ids._packed += data
        return ids

    @property
    def packed(self) -> bytes:
        """The ids, 16 bytes each."""
        return bytes(self._packed)

    def first(self, count: int) -> "Ids":
        """Return so many of them, from the first one on."""
        return Ids.unpacked(bytes(self._packed[: count * _BYTES]))

    def __len__(self) -> int:
        return len(self._packed) // _BYTES

    def blocks(self, size: int, start: int = 0) -> Iterator[list[UUID]]:
        """Yield the ids in runs of at most size, from one of them on."""
        for first in range(start * _BYTES, len(self._packed), size * _BYTES):
            run = self._packed[first : first + size * _BYTES]
            yield [
                UUID(bytes=bytes(run[place : place + _BYTES]))
                for place in range(0, len(run), _BYTES)
            ]


@dataclass
class Tally:
    """What became of everybody: by number and, of the first, one by one."""

    done: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    told: list[tuple[UUID, str | None]] = field(default_factory=list)
    truncated: bool = False

    def add(self, ids: Sequence[UUID], reasons: dict[UUID, str]) -> None:
        """Count a block: those with a reason were skipped."""
        self.done += len(ids) - len(reasons)
        self.skipped.update(reasons.values())
        room = MOST_TOLD - len(self.told)
        self.told += [(pk, reasons.get(pk)) for pk in ids[:room]]
        self.truncated = self.truncated or len(ids) > room


def carry_out(actor: User, action: Action, ids: Ids) -> Tally:
    """Do it to everybody in sight whom the rules allow.

    PermissionDenied at the first block after the actor's own sessions and tokens were ended.
    """
    tally, gone = Tally(), set[Any]()
    for block in ids.blocks(BLOCK):
        tally.add(block, do_block(actor, action, block, gone))
    return tally


def rehearse(actor: User, action: Action, ids: Ids) -> Tally:
    """Return what carry_out would do now; nothing is written or locked."""
    tally, gone = Tally(), set[Any]()
    for block in ids.blocks(BLOCK):
        reasons, _ = _judged(actor, action, block, _people(actor, action, block), gone)
        tally.add(block, reasons)
    return tally


@transaction.atomic
def do_block(
    actor: User,
    action: Action,
    ids: list[UUID],
    gone: set[Any],
    write_down: Callable[[list[UUID], Mapping[UUID, str]], None] = lambda ids, reasons: None,
) -> dict[UUID, str]:
    """Do it to a block, and return the reasons of those who were skipped.

    gone holds the super admins whom blocks before kept out; write_down is part of the transaction.
    """
    reasons = _do(actor, action, ids, gone)
    write_down(ids, reasons)
    return reasons


def _do(actor: User, action: Action, ids: list[UUID], gone: set[Any]) -> dict[UUID, str]:
    _check_is_signed_in(actor)
    if action.stake in (Stake.RANK, Stake.ENTRY):
        rules.hold_super_admins()
    if not action.hold():
        return dict.fromkeys(ids, VANISHED)
    # Locked in the order of their ids, as everywhere; nobody is given a role meanwhile.
    people = _people(actor, action, ids).select_for_update()
    reasons, allowed = _judged(actor, action, ids, people, gone)
    if allowed:
        action.write(allowed)
    return reasons


def _check_is_signed_in(actor: User) -> None:
    if not actor.is_still_signed_in():
        raise PermissionDenied


def _people(actor: User, action: Action, ids: list[UUID]) -> UserQuerySet:
    visible = User.all_objects.visible_to(actor)
    people: UserQuerySet = visible.with_ids(ids).order_by("pk").only(*action.reads)
    return people


def _judged(
    actor: User, action: Action, ids: list[UUID], people: UserQuerySet, gone: set[Any]
) -> tuple[dict[UUID, str], list[User]]:
    """Return the reasons of those who are skipped, and the people who are not."""
    found = list(people)
    reasons = dict.fromkeys(ids, NOT_FOUND)
    for person in found:
        del reasons[person.pk]
    reasons |= action.unsuited(found)
    suited = [person for person in found if person.pk not in reasons]
    reasons |= rules.refused(actor, suited, action.stake, gone)
    return reasons, [person for person in suited if person.pk not in reasons]
