"""What hangs on a demo person: organization, memberships, e-mail address, authenticators."""

import base64
import heapq
import json
import random
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.db.models import Model

from ..models import UserGroup, UserRole, UserSite, UserTag
from .life import one
from .surroundings import Surroundings

MODELS: tuple[type[Model], ...] = (
    EmailAddress, Authenticator, UserRole, UserGroup, UserTag, UserSite,
)  # fmt: skip
BUNDLES = 400
# How many of a hundred people have none, one, two, three.
ROLE_COUNTS = (10, 45, 30, 15)
OTHER_COUNTS = (30, 45, 20, 5)


class Bundle(NamedTuple):
    """Some roles, groups and tags that go together, and authenticators: type and data of each."""

    roles: list[str]
    groups: list[str]
    tags: list[str]
    authenticators: dict[str, str]


def bundles(rng: random.Random, surroundings: Surroundings) -> list[Bundle]:
    """Return bundles to choose from: choosing one is cheaper than choosing its contents."""
    return [
        Bundle(
            _some(rng, surroundings.roles, ROLE_COUNTS),
            _some(rng, dict.fromkeys(surroundings.groups, 1), OTHER_COUNTS),
            _some(rng, dict.fromkeys(surroundings.tags, 1), OTHER_COUNTS),
            _authenticators(rng),
        )
        for _ in range(BUNDLES)
    ]


def _some(rng: random.Random, weights: dict[str, float], counts: tuple[int, ...]) -> list[str]:
    """Return a few different ids, those of more weight more often."""
    (count,) = rng.choices(range(len(counts)), counts)
    lots = {one: rng.random() ** (1 / weight) for one, weight in weights.items()}
    return heapq.nlargest(count, lots, key=lots.__getitem__)


def _authenticators(rng: random.Random) -> dict[str, str]:
    """Return authenticators as allauth's TOTP.activate and RecoveryCodes.activate store them."""
    secret = base64.b32encode(rng.randbytes(20)).decode()
    data = {Authenticator.Type.TOTP.value: {"secret": encrypt(secret)}}
    if rng.random() < 0.6:
        seed = encrypt(rng.randbytes(40).hex())
        data[Authenticator.Type.RECOVERY_CODES.value] = {"seed": seed, "used_mask": 0}
    return {kind: json.dumps(content) for kind, content in data.items()}


def attach(
    rng: random.Random,
    rows: dict[type[Model], list[dict[str, Any]]],
    person: dict[str, Any],
    bundle: Bundle,
    surroundings: Surroundings,
) -> None:
    """Give the person an organization, and add the rows that refer to the person."""
    user = person["id"]
    organization = one(rng, surroundings.organizations) if rng.random() < 0.97 else None
    person["organization_id"] = organization
    rows[UserRole] += [{"user_id": user, "role_id": role} for role in bundle.roles]
    rows[UserGroup] += [{"user_id": user, "group_id": group} for group in bundle.groups]
    rows[UserTag] += [{"user_id": user, "tag_id": tag} for tag in bundle.tags]
    if organization and rng.random() < 0.35:
        site = one(rng, surroundings.sites[organization])
        rows[UserSite].append({"user_id": user, "site_id": site})
    rows[EmailAddress].append(
        {
            "user_id": user,
            "email": person["email"],
            "verified": person["email_verified"],
            "primary": True,
        }
    )
    if person["mfa_enabled"]:
        rows[Authenticator] += [
            {
                "user_id": user,
                "type": kind,
                "data": data,
                "created_at": person["created_at"],
                "last_used_at": person["last_login"] if kind == Authenticator.Type.TOTP else None,
            }
            for kind, data in bundle.authenticators.items()
        ]
