"""One run of the demo data: how many are missing, who they are, and their way into the database."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext

from auditlog.context import disable_auditlog
from django.db import transaction
from tqdm import tqdm

from usersvc import clock

from ..models import AuditEntry, User
from . import cast, names, people, surroundings
from .blocks import blocks
from .load import load, writer

BLOCK = 10_000
# Making all indexes anew pays for many people in a directory that holds hardly anybody.
MANY, HARDLY_ANYBODY = 20_000, 1_000


def seed(
    total: int, seed: int = 1, progress: bool | None = None, password: str | None = None
) -> int:
    """Add demo people until the directory holds total people; return how many were added.

    Whoever is there, the deleted included, stays and counts. progress shows a bar on stderr; None
    means on a terminal only. password is the cast's; without one the cast cannot sign in.
    """
    there = User.all_objects.count()
    if there >= total:
        return 0
    with disable_auditlog():
        plan, cast_size = _prepare(total - there, seed, password)
        with tqdm(
            total=plan.count, unit=" people", file=sys.stderr, disable=_hidden(progress)
        ) as bar:
            for size in _load(plan, rebuild=plan.count >= MANY and there < HARDLY_ANYBODY):
                bar.update(size)
    added = plan.count + cast_size
    AuditEntry.objects.record_event(
        User, AuditEntry.Event.SEED, f"{added} demo people", added=added, seed=seed
    )
    writer().analyze(_tables())
    return added


def _hidden(progress: bool | None) -> bool | None:
    """Return tqdm's disable, whose None hides the bar where there is no terminal."""
    return None if progress is None else not progress


@transaction.atomic
def _prepare(missing: int, seed: int, password: str | None) -> tuple[people.Plan, int]:
    """Make surroundings and cast; return the plan for the rest, and the cast's size."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    belongings = surroundings.ensure()
    cast_size = cast.ensure(missing, password)
    belongings.authors = cast.authors()
    plan = people.Plan(seed, _first_free_serial(), missing - cast_size, today, belongings)
    return plan, cast_size


def _first_free_serial() -> int:
    """Return a serial number from which on nobody holds a username or an e-mail address."""
    held = User.all_objects.values_list("username", "email").order_by()
    free = 0
    for username, email in held.iterator(chunk_size=BLOCK):
        for word in {username, email.partition("@")[0]}:
            serial = names.serial_of(word)
            if serial is not None and serial >= free:
                free = serial + 1
    return free


def _load(plan: people.Plan, rebuild: bool) -> Iterator[int]:
    """Load block after block, each in a transaction of its own; yield their sizes.

    A rebuild is one transaction: whatever stops it, the indexes are there afterwards.
    """
    with writer().rebuilding(_tables()) if rebuild else nullcontext():
        for start, block in zip(range(0, plan.count, BLOCK), blocks(plan, BLOCK), strict=True):
            # No savepoints: every later look at a row would ask which of them it came from.
            with transaction.atomic(savepoint=False):
                load(block)
            yield min(BLOCK, plan.count - start)


def _tables() -> list[str]:
    return [model._meta.db_table for model in people.MODELS]
