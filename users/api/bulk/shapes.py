"""What comes of a bulk request."""

from rest_framework import serializers

from usersvc.api.shapes import Shape

from ..directory.serializers import UserShape


class ReasonShape(Shape):
    """Why users were skipped, and how many."""

    reason = serializers.CharField()
    count = serializers.IntegerField(min_value=1)


class ResultShape(Shape):
    """What became of one user."""

    id = serializers.UUIDField()
    outcome = serializers.ChoiceField(["done", "skipped"])
    reason = serializers.CharField(required=False)


class BulkReportShape(Shape):
    """What was done."""

    matched = serializers.IntegerField(min_value=0)
    done = serializers.IntegerField(min_value=0)
    skipped = serializers.IntegerField(min_value=0)
    reasons = ReasonShape(many=True)
    results = ResultShape(many=True)
    results_truncated = serializers.BooleanField(
        required=False, help_text="There where more were meant than are told of."
    )


class BulkPreviewShape(Shape):
    """What would be done."""

    dry_run = serializers.BooleanField()
    matched = serializers.IntegerField(min_value=0)
    would_do = serializers.IntegerField(min_value=0)
    would_skip = serializers.IntegerField(min_value=0)
    reasons = ReasonShape(many=True)
    rows = UserShape(many=True)
