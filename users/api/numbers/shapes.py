"""What numbers look like in answers."""

from rest_framework import serializers

from usersvc.api.shapes import Shape

from ...numbers import EVENTS
from .filters import PERIODS


class CountsField(serializers.DictField):
    """A number for each word."""

    child = serializers.IntegerField(min_value=0)


class TotalsShape(Shape):
    """How many users are what; but for deleted, of the living."""

    total = serializers.IntegerField(min_value=0)
    mfa_enabled = serializers.IntegerField(min_value=0)
    email_verified = serializers.IntegerField(min_value=0)
    never_signed_in = serializers.IntegerField(min_value=0)
    deleted = serializers.IntegerField(min_value=0)
    by_status = CountsField()
    by_user_type = CountsField()
    by_account_state = CountsField()


DayShape = type(
    "DayShape",
    (Shape,),
    {
        "__doc__": "What happened on one day, in UTC.",
        "date": serializers.DateField(),
        **{event: serializers.IntegerField(min_value=0) for event in EVENTS},
    },
)


class TrendShape(Shape):
    """What happened on each of the last days."""

    period = serializers.ChoiceField(list(PERIODS.values()), help_text="How many days.")
    to = serializers.DateField()
    days = DayShape(many=True)

    def get_fields(self):  # type: ignore[no-untyped-def]
        """Add from, which no class body can name."""
        return super().get_fields() | {"from": serializers.DateField()}
