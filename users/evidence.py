"""What vouches for an entry of the audit: a code that only this service's key can make.

It covers all that the entry says. What may be personal is covered by a salted digest, so that it
can be forgotten while what is left can still be verified.
"""

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Context, Decimal
from ipaddress import ip_address
from typing import Any

from django.conf import settings

# All that an entry says; a test changes each of its other columns, too.
KEPT = (
    "timestamp",
    "event",
    "action",
    "content_type_id",
    "object_pk",
    "object_id",
    "actor_key",
    "organization_key",
    "client",
)
PERSONAL = (
    "object_repr",
    "changes",
    "changes_text",
    "serialized_data",
    "additional_data",
    "actor_email",
    "remote_addr",
    "remote_port",
    "cid",
)
# What is left of them once they are forgotten.
FORGOTTEN: dict[str, Any] = dict.fromkeys(PERSONAL) | {"object_repr": "", "changes_text": ""}
EXACT = Context(prec=5_000)  # more digits than Python reads of a number


def new_salt() -> str:
    """Return 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def personal_digest(entry: Any) -> str:
    """Return the digest of what may be personal in an entry, salted so that nobody guesses it."""
    said = [_plain(name, getattr(entry, name)) for name in PERSONAL]
    return hashlib.sha256(f"{entry.salt}{_written(said)}".encode()).hexdigest()


def code(entry: Any) -> str:
    """Return the code that vouches for an entry whose personal part has the digest it tells."""
    said = [_plain(name, getattr(entry, name)) for name in KEPT]
    return keyed([*said, entry.personal_digest])


def keyed(said: Any) -> str:
    """Return the code of what can be written as JSON, by the key of the audit."""
    return hmac.new(settings.AUDIT_KEY.encode(), _written(said).encode(), "sha256").hexdigest()


def is_genuine(entry: Any) -> bool:
    """Return whether an entry, forgotten or not, says what it said when it was written."""
    if entry.salt and not _same(entry.personal_digest, personal_digest(entry)):
        return False
    if not entry.salt and any(getattr(entry, name) != left for name, left in FORGOTTEN.items()):
        return False
    return _same(entry.code, code(entry))


def _same(told: str, reckoned: str) -> bool:
    return hmac.compare_digest(told.encode("utf-8", "replace"), reckoned.encode())


def _plain(name: str, value: Any) -> Any:
    """Return a value as it is alike before it is written and after it was read."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if name == "remote_addr" and value:
        with suppress(ValueError):  # somebody else wrote what is no address
            return str(ip_address(value))
    if name == "object_pk":
        return str(value)
    return value


def _written(said: Any) -> str:
    # Twice: keys that are no strings become such before they are sorted, and numbers are alike
    # whether a database gives them back as they were written or as it writes them.
    text = json.dumps(said, default=str)
    return json.dumps(json.loads(text, parse_float=_number, parse_int=_number), sort_keys=True)


def _number(text: str) -> str:
    """Return a number in one spelling: 1e2, 100.0 and 100 are one, and so are 0 and -0.0."""
    number = Decimal(text)
    return f"\0{number.normalize(EXACT) if number else 0}"  # which no text begins with
