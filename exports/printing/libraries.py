"""The system libraries that lay out pages."""

from collections.abc import Sequence
from ctypes.util import find_library

NEEDED = ("pango-1.0", "pangoft2-1.0")
# Without it, subsets of fonts take many times as long.
WANTED = (*NEEDED, "harfbuzz-subset")
HINT = "on Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def missing(names: Sequence[str] = NEEDED) -> list[str]:
    """Return those of the libraries that are not installed."""
    return [name for name in names if not find_library(name)]
