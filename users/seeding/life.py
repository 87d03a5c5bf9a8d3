"""What has happened to a demo person: sign-ins, suspension, deletion, schedule, password."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ..status import Status

STATUSES = {
    Status.ACTIVE.value: 79,
    Status.ONBOARDING.value: 6,
    Status.INACTIVE.value: 6,
    Status.SUSPENDED.value: 5,
    Status.RISKY.value: 4,
}
BEFORE = (Status.ACTIVE.value, Status.ACTIVE.value, Status.RISKY.value, Status.INACTIVE.value)
NO_SCHEDULE: dict[str, Any] = {
    "access_starts_at": None,
    "access_ends_at": None,
    "access_timezone": "UTC",
}
# Days from today at which an access starts and ends: past, in force, to come, open at one end.
SCHEDULES = ((-200, -20), (-30, 60), (-10, 2), (15, 100), (None, 30), (None, -5), (-90, None))
Choice = TypeVar("Choice")


def one(rng: random.Random, choices: Sequence[Choice]) -> Choice:
    """Return one of the choices, in a third of the time that Random.choice takes."""
    return choices[int(rng.random() * len(choices))]


def between(rng: random.Random, earliest: datetime, latest: datetime) -> datetime:
    """Return an instant between two."""
    return earliest + (latest - earliest) * rng.random()


def standing(rng: random.Random, status: str, created: datetime, today: datetime) -> dict[str, Any]:
    """Return the status with what belongs to it, and whether the person was deleted."""
    suspended = status == Status.SUSPENDED
    return {
        "status": status,
        "status_before": one(rng, BEFORE) if suspended else "",
        "suspended_at": between(rng, created, today) if suspended else None,
        "deleted_at": between(rng, created, today) if rng.random() < 0.05 else None,
        "sign_in_version": int(suspended),
    }


def visits(rng: random.Random, created: datetime, until: datetime) -> dict[str, Any]:
    """Return sign-ins; one person in five has never signed in."""
    if rng.random() < 0.2:
        return {"last_login": None, "login_count": 0}
    return {
        "last_login": between(rng, created, until),
        "login_count": 1 + int(rng.random() ** 3 * 400),
    }


def schedule(rng: random.Random, zone: str, today: datetime) -> dict[str, Any]:
    """Return the access schedule that one person in eight has."""
    if rng.random() >= 0.125:
        return NO_SCHEDULE
    starts, ends = (
        None if days is None else today + timedelta(days=days, hours=rng.randrange(24))
        for days in one(rng, SCHEDULES)
    )
    return {"access_starts_at": starts, "access_ends_at": ends, "access_timezone": zone}


def password(rng: random.Random, created: datetime, today: datetime) -> dict[str, Any]:
    """Return a password that nobody can use, and when it expires: past, soon, later or never."""
    chance = rng.random()
    expires = None
    if chance < 0.1:
        expires = today - timedelta(days=300 * rng.random())
    elif chance < 0.2:
        expires = today + timedelta(days=14 * rng.random())
    elif chance < 0.5:
        expires = today + timedelta(days=14 + 350 * rng.random())
    return {
        "password": f"!{rng.getrandbits(160):040x}",
        "password_changed_at": between(rng, created, today) if chance < 0.6 else None,
        "password_expires_at": expires,
    }


def changes(
    rng: random.Random, created: datetime, earliest: datetime, today: datetime, authors: list[str]
) -> dict[str, Any]:
    """Return when the person was changed last, and who created and changed it.

    earliest is the last change that is known otherwise, such as a suspension.
    """
    changed = earliest > created or rng.random() < 0.7
    author = one(rng, authors) if authors and rng.random() < 0.8 else None
    return {
        "created_at": created,
        "updated_at": between(rng, earliest, today) if changed else created,
        "created_by_id": author,
        "updated_by_id": one(rng, authors) if changed and author else author,
    }
