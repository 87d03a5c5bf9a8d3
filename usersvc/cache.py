"""Caches that requests do without, wholly or in part, while Redis, or room on the disk, is gone."""

import logging
import time
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from .outages import NO_ROOM

AGAIN_AFTER = 5.0  # seconds: until then nobody waits for a Redis that did not answer
COUNTED = "allauth:rl:"  # how the keys begin under which allauth counts requests

log = logging.getLogger(__name__)


class DispensableCache(RedisCache):
    """Redis, or an empty cache that forgets everything while Redis does not answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gone_until = 0.0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._asked(default, "get", key, default, version)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._asked(None, "set", key, value, *args, **kwargs)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._asked(True, "add", key, value, *args, **kwargs))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._asked(True, "delete", key, version))

    def _asked(self, otherwise: Any, verb: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self._gone_until:
            return otherwise
        try:
            return getattr(super(), verb)(*args, **kwargs)
        except RedisError as error:
            self._gone_until = time.monotonic() + AGAIN_AFTER
            log.warning("Redis does not answer, requests are not counted: %s", error)
            return otherwise


class SignInCache(DispensableCache):
    """The same for what allauth counts; all else, such as used codes, must be known, and raises."""

    def _asked(self, otherwise: Any, verb: str, *args: Any, **kwargs: Any) -> Any:
        if str(args[0]).startswith(COUNTED):
            return super()._asked(otherwise, verb, *args, **kwargs)
        return getattr(RedisCache, verb)(self, *args, **kwargs)


class DispensableFileCache(FileBasedCache):
    """Files, of which none is made while there is no room."""

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(key, value, *args, **kwargs)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            log.warning("there is no room on the disk, requests are not counted")
