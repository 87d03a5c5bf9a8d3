"""Who acts: the one place from which created_by, updated_by and the audit learn it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import User


@dataclass(frozen=True)
class Actor:
    """The person (asked for late: a token is read after the middleware) and the address."""

    person: Callable[[], Any]
    address: str | None = None


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(person: Callable[[], Any], address: str | None = None) -> Iterator[None]:
    """Let everything inside be done by the person that the callable returns."""
    token = _acting.set(Actor(person, address))
    try:
        yield
    finally:
        _acting.reset(token)


def current_user() -> "User | None":
    """Return who acts now; None for the system itself and for strangers."""
    current = _acting.get()
    person = current.person() if current else None
    return person if person is not None and person.is_authenticated else None


def current_address() -> str | None:
    """Return the network address of who acts now."""
    current = _acting.get()
    return current.address if current else None


class Operator:
    """Whoever runs commands on the machine: no person of the directory, but one who sees it all."""

    username = "the operator"
    is_authenticated = is_superuser = sees_everybody = True
    pk = organization_id = None
    client_id, caller_id = "", "the operator"

    def has_perm(self, permission: str) -> bool:
        """Return that it may."""
        return True
