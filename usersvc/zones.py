"""Time zones by their IANA names, from the one pinned copy of the database of zones."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Keys of the database that name no place people live by.
NOT_ZONES = {"localtime", "Factory", "posixrules"}


@cache
def names() -> dict[str, str]:
    """Return the canonical spelling of every zone by its folded name."""
    return {
        name.casefold(): name
        for name in available_timezones()
        if name not in NOT_ZONES and not name.startswith(("posix/", "right/"))
    }


def zone(name: str) -> ZoneInfo:
    """Return the zone of a name in any case; KeyError for what names none."""
    return ZoneInfo(names()[name.casefold()])
