from rest_framework.request import Request
from rest_framework.response import Response

from usersvc import clock
from usersvc.api.operations import Operation, shown

from ... import numbers
from ...models import User
from ...querysets import UserQuerySet
from ..resources import ResourceView
from .filters import TrendFilterSet
from .shapes import TotalsShape, TrendShape


class NumbersView(ResourceView):
    """The base: numbers of the people in the caller's sight."""

    permissions = {"GET": ("users.view_user",)}
    tag = "numbers"

    def people(self) -> UserQuerySet:
        """Return everybody in sight, deleted or not."""
        people: UserQuerySet = User.all_objects.visible_to(self.request.user)
        return people


class TotalsView(NumbersView):
    """How many people are what."""

    operations = {
        "GET": Operation(
            "get_totals",
            "Count users by what they are",
            shown(TotalsShape, "The numbers."),
            is_tagged=True,
        )
    }

    def get(self, request: Request) -> Response:
        return self.show(numbers.totals(self.people(), clock.now()))


class TrendView(NumbersView):
    """What happened on each of the last days, today included."""

    takes_parameters = True
    operations = {
        "GET": Operation(
            "get_trend",
            "Count what happened each day",
            shown(TrendShape, "The numbers."),
            question=TrendFilterSet,
            is_tagged=True,
        )
    }

    def get(self, request: Request) -> Response:
        question = TrendFilterSet(request.query_params, User.objects.none())
        question.check()
        days = numbers.trend(self.people(), clock.now().date(), question.days)
        shown = {"period": question.days, "from": days[0]["date"], "to": days[-1]["date"]}
        return self.show(shown | {"days": days})
