from typing import Any, cast

from django.core.cache import BaseCache, caches
from django.utils.connection import ConnectionProxy
from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)

COUNTS = cast(BaseCache, ConnectionProxy(caches, "throttles"))


class CallerMixin:
    """Counts by caller: a person, a service account of a person, or else an address."""

    scope: str | None
    cache_format: str

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return the key of the count of whoever asks."""
        caller = getattr(request.user, "caller_id", None)
        ident = caller or self.get_ident(request)  # type: ignore[attr-defined]
        return self.cache_format % {"scope": self.scope, "ident": ident}


class UserThrottle(CallerMixin, UserRateThrottle):
    """Refuses a caller after too many requests a minute."""

    cache = COUNTS


class AnonymousThrottle(AnonRateThrottle):
    """Refuses an address after too many requests a minute without a caller."""

    cache = COUNTS


class ScopedThrottle(CallerMixin, ScopedRateThrottle):
    """Refuses a caller after too many requests a minute to views of one scope."""

    cache = COUNTS


class FailureThrottle(SimpleRateThrottle):
    """Refuses an address after too many failures a minute; what succeeds is never counted."""

    cache = COUNTS
    scope = "failures"
    duration: int

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

    def throttle_success(self) -> bool:
        return True

    def record(self, request: Request) -> None:
        """Count a failure of the request's address."""
        key = self.get_cache_key(request, None)
        now = self.timer()
        recent = [at for at in self.cache.get(key, []) if at > now - self.duration]
        self.cache.set(key, [now, *recent], self.duration)
