"""Shapes: what answers look like, for those who read the documents of the API."""

from typing import Any

from rest_framework import serializers


class Shape(serializers.Serializer):
    """The keys of an answer: all of them are there unless they are not required."""


class FaultShape(Shape):
    """One thing that is wrong with a request."""

    key = serializers.CharField(help_text="The parameter, the header or the key of the body.")
    message = serializers.CharField(help_text="What is wrong, and what is allowed.")
    value = serializers.CharField(help_text="The value that was given.")


class FaultsShape(Shape):
    """Everything that is wrong with a request."""

    type = serializers.ChoiceField(["validation_error", "conflict", "external_api_error"])
    errors = FaultShape(many=True)  # type: ignore[assignment]
    details = serializers.DictField(
        required=False, help_text="Numbers that explain, such as total_count and max_limit."
    )


class InvalidShape(Shape):
    """A request that is not understood, or contradicts what is there: nothing was done."""

    code = serializers.IntegerField(help_text="The HTTP status.")
    message = serializers.CharField()
    data = FaultsShape()  # type: ignore[assignment]


class RefusalShape(Shape):
    """A request that is refused."""

    code = serializers.IntegerField(help_text="The HTTP status.")
    message = serializers.CharField(help_text="Why.")
    data = serializers.DictField(help_text="What may be done next; most often nothing.")  # type: ignore[assignment]


def error_shape(status: int) -> Any:
    """Return the shape of an error in the envelope of the export and directory documents."""
    if status == 409:
        return InvalidShape, RefusalShape
    return InvalidShape if status == 400 else RefusalShape
