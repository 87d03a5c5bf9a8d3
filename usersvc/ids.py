"""Short ids: a prefix that says what it names, and random letters and digits."""

import secrets
import string

ALPHANUMERIC = string.ascii_letters + string.digits
SHORT_ID_PATTERN = "^{prefix}_[A-Za-z0-9]{{16}}$"


def short_id(prefix: str) -> str:
    """Return the prefix, an underscore and 16 random letters and digits (95 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHANUMERIC) for _ in range(16))
