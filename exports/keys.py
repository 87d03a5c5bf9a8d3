"""Keys of rows as an export takes them down: the random ends of their UUIDs, one after another."""

from collections.abc import Callable, Sequence
from typing import Any

from .sql import Repeated

KEY_BYTES = 8
DIGITS = 2 * KEY_BYTES

# Is told the keys of a block of rows, in their order.
Note = Callable[[bytes], object]


class KeyOf(Repeated):
    """The key of a UUID, in hexadecimal digits."""

    postgresql = "encode(substr(uuid_send({x}), 9), 'hex')"
    sqlite = "substr({x}, 17)"


def keys_of(ids: Sequence[Any]) -> bytes:
    """Return the keys of UUIDs as a database's own cursor gives them."""
    if ids and isinstance(ids[0], str):
        return bytes.fromhex("".join([digits[-DIGITS:] for digits in ids]))
    return b"".join([each.bytes[-KEY_BYTES:] for each in ids])
