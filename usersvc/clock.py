"""The one clock: whatever needs the time asks here, or takes it as a parameter."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)
