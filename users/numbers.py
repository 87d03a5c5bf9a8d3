"""Numbers of people, each counted in one pass over them: how many are what, and what happened when.

The words and the rules are those of the lists, so that a number and its list agree.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, DateField, F, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from .models import User
from .querysets import UserQuerySet
from .status import ALIVE, Status, account_states

# What happened, by the column that says when; of the deleted, no last sign-in is shown anywhere.
EVENTS: dict[str, tuple[str, Q]] = {
    "created": ("created_at", Q()),
    "deleted": ("deleted_at", Q()),
    "last_signed_in": ("last_login", ALIVE),
}


class UtcDay(Func):
    """The day of an instant in UTC, without a look at a calendar of zones for each row."""

    output_field = DateField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        # Instants are stored as texts in UTC.
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 10)")

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "(%(expressions)s AT TIME ZONE 'UTC')::date"
        return self.as_sql(compiler, connection, template=template)


def totals(people: UserQuerySet, at: datetime) -> dict[str, Any]:
    """Return how many of the people are what at an instant; but for deleted, of the living."""
    kinds: dict[str, dict[str, Q]] = {
        "by_status": {word: Q(status=word) for word in Status.values},
        "by_user_type": {word: Q(user_type=word) for word in User.Type.values},
        "by_account_state": {str(word): state for word, state in account_states(at).items()},
    }
    conditions = {
        "total": ALIVE,
        "mfa_enabled": ALIVE & Q(mfa_enabled=True),
        "email_verified": ALIVE & Q(email_verified=True),
        "never_signed_in": ALIVE & Q(last_login__isnull=True),
        "deleted": ~ALIVE,
    } | {
        _alias(kind, place): ALIVE & condition
        for kind, words in kinds.items()
        for place, condition in enumerate(words.values())
    }
    counted = people.order_by().aggregate(
        **{name: Count("pk", filter=condition) for name, condition in conditions.items()}
    )
    for kind, words in kinds.items():
        counted[kind] = {word: counted.pop(_alias(kind, place)) for place, word in enumerate(words)}
    return counted


def by_organization(people: UserQuerySet) -> dict[Any, int]:
    """Return how many of the people belong to each organization, not counting those below."""
    return _grouped(people, "organization")


def by_status(people: UserQuerySet) -> dict[str, int]:
    """Return how many of the people are in each status."""
    found = _grouped(people, "status")
    return {word: found.get(word, 0) for word in Status.values}


def _grouped(people: UserQuerySet, field: str) -> dict[Any, int]:
    rows = people.order_by().values(field).annotate(count=Count("pk"))
    return dict(rows.values_list(field, "count"))


def trend(people: UserQuerySet, last: date, days: int) -> list[dict[str, Any]]:
    """Return what happened on each of so many days in UTC, the last one included."""
    first = last - timedelta(days=days - 1)
    counted = {event: dict(_by_day(people, event, first, last)) for event in EVENTS}
    dates = [first + timedelta(days=number) for number in range(days)]
    return [
        {"date": day} | {event: found.get(day, 0) for event, found in counted.items()}
        for day in dates
    ]


def _by_day(
    people: UserQuerySet, event: str, first: date, last: date
) -> Iterator[tuple[date, int]]:
    field, condition = EVENTS[event]
    start = datetime.combine(first, time.min, UTC)
    end = datetime.combine(last, time.max, UTC)
    rows = people.order_by().filter(condition, **{f"{field}__range": (start, end)})
    by_day = rows.annotate(day=UtcDay(F(field))).values("day").annotate(count=Count("pk"))
    yield from by_day.values_list("day", "count")


def statuses_by_role(people: UserQuerySet) -> dict[str, dict[str, int]]:
    """Return how many of the living hold each role, by status, by the role's id."""
    return _by_status(people.living(), "roles")


def statuses_by_organization(people: UserQuerySet) -> dict[str, dict[str, int]]:
    """Return how many of the living belong to each organization itself, by status, by its id."""
    return _by_status(people.living(), "organization")


def _by_status(people: UserQuerySet, field: str) -> dict[str, dict[str, int]]:
    rows = people.order_by().values_list(field, "status").annotate(count=Count("pk"))
    found: dict[str, dict[str, int]] = {}
    for pk, word, count in rows:
        if pk is not None:
            found.setdefault(str(pk), {})[word] = count
    return found


def _alias(kind: str, place: int) -> str:
    """Return a name for a number in SQL, where words such as Enabled* are none."""
    return f"{kind}_{place}"
