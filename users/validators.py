from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

# Names that the zone database holds although they name no place people live by.
NOT_ZONES = {"localtime", "Factory", "posixrules"}


@cache
def time_zones() -> dict[str, str]:
    """Return the canonical spelling of every IANA zone by its folded name."""
    return {
        name.casefold(): name
        for name in available_timezones()
        if name not in NOT_ZONES and not name.startswith(("posix/", "right/"))
    }


def validate_time_zone(name: str) -> None:
    """Refuse what is no IANA time zone."""
    if name not in time_zones().values():
        raise ValidationError(
            "%(value)s is not an IANA time zone such as Europe/Rome.",
            code="time_zone",
            params={"value": name},
        )
