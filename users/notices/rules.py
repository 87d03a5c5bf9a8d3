"""Rules of time: five fields, as cron reads them, in a time zone; at most every 15 minutes."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from cronsim import CronSim, CronSimError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from usersvc import zones

LEAST = timedelta(minutes=15)
LOOKED_AT = 100  # runs: more than a day has
LONGEST = 100  # characters
# What cronsim says of a field.
FAULTS = [
    gettext_noop("Bad minute"),
    gettext_noop("Bad hour"),
    gettext_noop("Bad day-of-month"),
    gettext_noop("Bad month"),
    gettext_noop("Bad day-of-week"),
]


class BadRule(ValueError):  # noqa: N818 - a verdict, told to whoever wrote the rule
    """A rule that is not understood, or too frequent, and why."""


def check(rule: str, zone: str, at: datetime) -> str:
    """Return the rule as it is kept; BadRule for one that may not be."""
    fields = rule.split()
    if len(fields) != 5 or len(rule) > LONGEST:
        message = _("A rule has five fields: minute, hour, day, month, day of the week.")
        raise BadRule(message)
    plain = " ".join(fields)
    try:
        runs = list(islice(_runs(plain, zone, at), LOOKED_AT))
    except CronSimError as error:
        raise BadRule(_("The rule is not understood: %(why)s.") % {"why": _(str(error))}) from error
    if not runs:
        raise BadRule(_("By this rule nothing would ever run."))
    if any(later - earlier < LEAST for earlier, later in pairwise(runs)):
        raise BadRule(_("Between two runs there are 15 minutes or more."))
    return plain


def next_run(rule: str, zone: str, at: datetime) -> datetime | None:
    """Return the first run after an instant; None where there is none.

    A time that a day skips runs when the clock has skipped it; one that comes twice runs once.
    """
    return next(_runs(rule, zone, at), None)


def _runs(rule: str, zone: str, at: datetime) -> Iterator[datetime]:
    for run in CronSim(rule, at.astimezone(zones.zone(zone))):
        yield run.astimezone(UTC)


def words(rule: str) -> str:
    """Return a rule in words, where it is a common one; else as it is."""
    found = re.fullmatch(r"(\d{1,2}) (\d{1,2}) (\d{1,2}|\*) \* (\d|\*)", rule)
    if not found:
        return rule
    minute, hour, day, weekday = found.groups()
    time = f"{int(hour):02}:{int(minute):02}"
    if day == weekday == "*":
        return _("Every day at %(time)s") % {"time": time}
    if day == "*":
        name = WEEKDAYS[(int(weekday) - 1) % 7]
        return _("Every %(weekday)s at %(time)s") % {"weekday": name, "time": time}
    if weekday == "*":
        return _("On day %(day)s of each month at %(time)s") % {"day": day, "time": time}
    return rule
