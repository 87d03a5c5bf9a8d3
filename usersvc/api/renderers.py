import json
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer as PlainJSONRenderer


class JSONRenderer(PlainJSONRenderer):
    """JSON; instants in UTC end in Z and show microseconds where they have any."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=self._plain, option=orjson.OPT_UTC_Z)
        except TypeError:  # half a surrogate pair, echoed from a body, which only \u can carry
            return json.dumps(data, default=self._plain).encode()

    @staticmethod
    def _plain(value: Any) -> Any:
        # DRF wraps strings and dictionaries in classes of its own, which orjson does not guess.
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, list | tuple):
            return list(value)
        raise TypeError(f"{type(value).__name__} is no JSON")
