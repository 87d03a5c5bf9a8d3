"""Hashes of passwords that came from elsewhere; at a sign-in each becomes one of our own."""

import bcrypt
from django.contrib.auth import hashers

# bcrypt looks at no more, and other services never refused a longer password.
BYTES = 72


class BCryptPasswordHasher(hashers.BCryptPasswordHasher):
    """Plain bcrypt, as most other services store it."""

    def encode(self, password: str, salt: bytes) -> str:  # type: ignore[override]
        """Return the hash of what bcrypt looks at."""
        return f"{self.algorithm}${bcrypt.hashpw(password.encode()[:BYTES], salt).decode()}"
