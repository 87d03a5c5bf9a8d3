"""How the admin shows words and instants."""

from datetime import UTC
from typing import Any

from django.template.defaultfilters import date
from django.utils.html import format_html

INSTANT = "Y-m-d H:i"


def badge(text: str, tone: str) -> str:
    """Return a word in a colour that says how good it is."""
    return format_html('<span class="badge {}">{}</span>', tone, text)


def instant(value: Any) -> str:
    """Return a day, which tells its time and the zone to who points at it."""
    if value is None:
        return ""
    at = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(),
        date(at, INSTANT),
        date(at, "Y-m-d"),
    )


def moment(value: Any) -> str:
    """Return a day and its time in UTC."""
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), date(value.astimezone(UTC), INSTANT)
    )
