from django.core.exceptions import ValidationError

from usersvc import zones


def validate_time_zone(name: str) -> None:
    """Refuse what is no IANA time zone in its canonical spelling."""
    if zones.names().get(name.casefold()) != name:
        raise ValidationError(
            "%(value)s is not an IANA time zone such as Europe/Rome.",
            code="time_zone",
            params={"value": name},
        )
