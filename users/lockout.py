"""Lockout: wrong sign-ins keep a network from an account for a while, never an account from all.

Whoever knows a name could otherwise lock its owner out. A name that is nobody's is counted and
locked just the same, so nothing tells whether an account exists.
"""

import logging
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.utils.crypto import salted_hmac

from usersvc import clock

from . import bulk, operations, witnessing
from .models import Policy, SignInTries, User
from .text import fold

SALT = "users.lockout"
UNKNOWN = "0.0.0.0"  # noqa: S104  # nosec B104 # of who comes from no address
IPV6_NETWORK = 64  # bits: what one customer of a provider has

log = logging.getLogger(__name__)


def keeps_out(request: Any, name: str) -> bool:
    """Return whether a sign-in under a name, or e-mail address, is refused whatever it brings."""
    return SignInTries.objects.keeps_out(account_of(name), network_of(request), clock.now())


def record_failure(request: Any, name: str) -> None:
    """Count a wrong password or code; tell the audit of the person when that locks."""
    person = User.all_objects.named(name).first()
    network = network_of(request)
    policy = Policy.objects.of_whoever(person.organization_id if person else None)
    account = key_of(person) if person else _key(fold(name))
    tries = SignInTries.objects.failed(account, network, clock.now(), policy.lockouts, person)
    witnessing.failed_to_sign_in(person)  # of nobody, too: neither takes longer
    if not tries.is_new_lock:
        return
    log.warning("sign-in locked after %s failures", tries.failures)
    if person:
        until = f"{tries.locked_until:%Y-%m-%d %H:%M} UTC"
        operations.note(person, sign_in=["open", f"locked for {network} until {until}"])


def record_success(request: Any, person: User) -> None:
    """Forget the failures of the network that somebody has just signed in from."""
    SignInTries.objects.succeeded(key_of(person), network_of(request), clock.now())


def locks_of(person: User) -> Any:
    """Return what keeps networks from the person's account now."""
    return SignInTries.objects.of(key_of(person)).locked(clock.now())


def counted(people: Sequence[User]) -> set[Any]:
    """Return the ids of those for whose accounts any failure is remembered."""
    keys = {key_of(person): person.pk for person in people}
    return {keys[account] for account in SignInTries.objects.counted(keys)}


def unlock(person: User, only: str | None = None) -> int:
    """Forget failures for the person, of one network or of all; return for how many."""
    tries = SignInTries.objects.of(key_of(person))
    if only:
        tries = tries.filter(network=only)
    forgotten = tries.forget()
    if forgotten:
        operations.note(person, sign_in=["locked", "open"])
    return forgotten


def unlock_all(people: Sequence[User]) -> None:
    """Forget all failures for the people, in few statements."""
    SignInTries.objects.filter(account__in=[key_of(person) for person in people]).forget()
    bulk.record(people, {person.pk: {"sign_in": ["locked", "open"]} for person in people})


def account_of(name: str) -> str:
    """Return the key of an account: the person's, under both its names, or the name's own."""
    person = User.all_objects.named(name).only("pk").first()
    return key_of(person) if person else _key(fold(name))


def key_of(person: User) -> str:
    """Return the key of a person's account."""
    return _key(str(person.pk))


def keys_of(person: User) -> list[str]:
    """Return the keys under which tries for a person may be known, from before it was here too."""
    return [key_of(person), _key(person.username), _key(person.email)]


def _key(text: str) -> str:
    return salted_hmac(SALT, text, algorithm="sha256").hexdigest()


def network_of(request: Any) -> str:
    """Return the network of a request's address."""
    return network(request.META.get("REMOTE_ADDR") or UNKNOWN)


def network(text: str) -> str:
    """Return an address, or its /64 where it is one of IPv6; ValueError for what is none."""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((int(address), IPV6_NETWORK), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
