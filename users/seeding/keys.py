"""Ids that come out the same for the same seed."""

import random
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as rows carry instants
MILLISECOND = timedelta(milliseconds=1)


def uuid7_hex(rng: random.Random, at: datetime) -> str:
    """Return a UUIDv7 of an instant in UTC, its random bits from the generator, as 32 digits."""
    bits = rng.getrandbits(74)
    high, low = bits >> 62, bits & (1 << 62) - 1
    return f"{(at - EPOCH) // MILLISECOND:012x}{0x7000 | high:04x}{(2 << 62) | low:016x}"


def dashed(digits: str) -> str:
    """Return 32 digits of a UUID in their dashed form."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
