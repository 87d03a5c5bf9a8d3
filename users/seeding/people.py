"""Demo people, a block at a time: plain rows, made without a database.

Ids travel as 32 hexadecimal digits, JSON as text and instants in UTC without saying so: both
databases take these.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Model

from ..models import User
from ..text import fold, searchable
from . import life, ties
from .cultures import CULTURES
from .keys import dashed, uuid7_hex
from .names import Identity, identity
from .surroundings import Surroundings

SPAN = timedelta(days=900)
DESCRIPTIONS = (
    *[""] * 15, "Works remotely on Fridays.", "Responsabile dell'ufficio, 2º piano.",
    "Zuständig für Größe & Maß; bitte erst anrufen.", "窓口担当", "Спросить про ключи\nи пропуск",
    'Says "call me, maybe", often.',
)  # fmt: skip
USER_TYPES = {
    User.Type.SAAS_USER.value: 75,
    User.Type.SAAS_USER_CLIENT.value: 20,
    User.Type.SAAS_ADMIN.value: 5,
}
# The built-in connection first.
CONNECTION_WEIGHTS = (85, 10, 5)
METADATA = {
    culture.country: tuple(
        json.dumps({"country": culture.country, **more})
        for more in ({}, {"language": culture.language}, {"address": {"zone": culture.zone}})
    )
    for culture in CULTURES
}
MODELS: tuple[type[Model], ...] = (User, *ties.MODELS)
PLANS = tuple(
    json.dumps(value)
    for value in ({}, {"plan": "free"}, {"plan": "pro", "seats": 5}, {"features": ["beta", "api"]})
)


@dataclass(frozen=True)
class Plan:
    """One run: what every block of it needs to know."""

    seed: int
    first: int
    count: int
    today: datetime
    surroundings: Surroundings


@dataclass
class Block:
    """The rows of some people, by model; people come before what refers to them."""

    rows: dict[type[Model], list[dict[str, Any]]] = field(
        default_factory=lambda: {model: [] for model in MODELS}
    )


def block(plan: Plan, offset: int, size: int) -> Block:
    """Return the rows of the people at the places offset to offset + size of a run."""
    rng = random.Random(f"{plan.seed}:{plan.first + offset}")  # noqa: S311  # nosec B311 # demo data
    connections = dict(zip(plan.surroundings.connections, CONNECTION_WEIGHTS, strict=True))
    choices = zip(
        _weighted(rng, life.STATUSES, size),
        _weighted(rng, USER_TYPES, size),
        _weighted(rng, connections, size),
        rng.choices(ties.bundles(rng, plan.surroundings), k=size),
        strict=True,
    )
    start, step = plan.today - SPAN, SPAN / plan.count
    made = Block()
    for place, (status, user_type, connection, bundle) in enumerate(choices, offset):
        # Created one after the other, so that ids grow and indexes are filled at their ends.
        created = start + step * (place + rng.random())
        person = _person(rng, identity(plan.first + place), plan, status, created)
        person |= {"user_type": user_type, "connection_id": connection}
        made.rows[User].append(person)
        ties.attach(rng, made.rows, person, bundle, plan.surroundings)
    return made


def _weighted(rng: random.Random, weights: dict[str, int], size: int) -> list[str]:
    return rng.choices(list(weights), cum_weights=list(accumulate(weights.values())), k=size)


def _person(
    rng: random.Random, who: Identity, plan: Plan, status: str, created: datetime
) -> dict[str, Any]:
    digits = uuid7_hex(rng, created)
    description = life.one(rng, DESCRIPTIONS)
    verified = rng.random() < 0.8
    standing = life.standing(rng, status, created, plan.today)
    ends = [standing[key] for key in ("suspended_at", "deleted_at") if standing[key]]
    return {
        "id": digits,
        "username": who.username,
        "email": who.email,
        "description": description,
        "name_key": fold(who.name),
        "search_text": searchable(dashed(digits), who.email, who.name, description, who.username),
        "email_verified": verified,
        # Nobody sets up a second factor before the address is verified.
        "mfa_enabled": verified and rng.random() < 0.31,
        **_profile(rng, who),
        **standing,
        **life.visits(rng, created, min(ends, default=plan.today)),
        **life.schedule(rng, who.combination.culture.zone, plan.today),
        **life.password(rng, created, plan.today),
        **life.changes(
            rng, created, max(ends, default=created), plan.today, plan.surroundings.authors
        ),
    }


def _profile(rng: random.Random, who: Identity) -> dict[str, Any]:
    culture = who.combination.culture
    chance = rng.random()
    number = f"{int(rng.random() * 10_000_000):07}"
    return {
        "name": who.name,
        "given_name": who.given,
        "family_name": who.family,
        "nickname": who.given if chance < 0.4 else "",
        "phone": f"{culture.phone} {number}" if chance < 0.75 else "",
        "picture": f"https://pictures.example/{who.username}.jpg" if chance > 0.6 else "",
        "user_metadata": life.one(rng, METADATA[culture.country]),
        "app_metadata": life.one(rng, PLANS),
    }
