from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from .words import unknown

# Looking for the word that was meant takes time, and nobody reads more refusals than these.
MOST_STRANGERS = 20


class StrictSerializer(serializers.Serializer):
    """A body whose every key is known; an unknown one is an error that names the nearest.

    EXAMPLE, where there is one, is a body that works, for the documents.
    """

    EXAMPLE: ClassVar[Mapping[str, Any] | None] = None

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = [name for name, field in self.fields.items() if not field.read_only]
            strangers = [key for key in data if key not in writable][:MOST_STRANGERS]
            if strangers:
                raise serializers.ValidationError(
                    {key: [unknown("key", key, writable)] for key in strangers}
                )
        return super().to_internal_value(data)


class NothingSerializer(StrictSerializer):
    """A body that may be absent or {}."""
