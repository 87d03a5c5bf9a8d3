"""Where what is kept for a moment is kept: in Redis, or in files that all processes share."""

from pathlib import Path
from typing import Any

from . import environment as env

SECONDS = 0.5  # that anybody waits for Redis


def caches(redis: str, folder: Path) -> dict[str, Any]:
    """Return Django's dictionary: what must be known, and counts that requests can do without."""
    if not redis:
        files = {"LOCATION": str(folder), "OPTIONS": {"MAX_ENTRIES": 10_000}}
        return {
            "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", **files},
            "throttles": {"BACKEND": "usersvc.cache.DispensableFileCache", **files},
        }
    options = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
    there = {
        "LOCATION": env.url("REDIS_URL", "", schemes=("redis", "rediss")),
        "OPTIONS": options,
    }
    return {
        "default": {"BACKEND": "usersvc.cache.SignInCache", **there},
        "throttles": {"BACKEND": "usersvc.cache.DispensableCache", **there},
    }
