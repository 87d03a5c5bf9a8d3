"""What all render processes have in common, loaded once by the one that they are forked from."""

from contextlib import suppress

with suppress(OSError):  # without Pango each document says so
    from . import painting  # noqa: F401
