from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Word

PERIODS = {"7": 7, "30": 30, "180": 180, "365": 365}
USUAL = "30"


class TrendFilterSet(StrictFilterSet):
    """How many days of a trend are asked for."""

    period = Word(
        allowed=PERIODS, label="Period", initial=USUAL, help_text="How many days, today included."
    )

    @property
    def days(self) -> int:
        """The number of days."""
        return PERIODS[self.answer("period")]
