"""Hashes of passwords from elsewhere: which of them can be checked here, and how they are kept."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable

LONGEST = 128  # characters, as the column
UNKNOWN = "is no hash that this service can check: argon2, bcrypt, pbkdf2_sha256 or scrypt"
TOO_DEAR = "takes more work to check than a sign-in may"

_B64 = r"[A-Za-z0-9+/]"
# What every database can hold.
_SALT = r"[^$\s\x00-\x1f\x7f\ud800-\udfff]{1,64}"
_BCRYPT = re.compile(r"\$2([aby])\$([0-9]{2})\$([./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})")
_ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,4}),p=([0-9]{1,3})"
    rf"\$({_B64}{{11,64}})\$({_B64}{{16,88}})"
)
_PBKDF2 = re.compile(rf"pbkdf2_sha256\$([0-9]{{1,9}})\${_SALT}\${_B64}{{43}}=")
_SCRYPT = re.compile(
    rf"scrypt\$([0-9]{{1,9}})\${_SALT}\$([0-9]{{1,3}})\$([0-9]{{1,3}})\${_B64}{{86}}=="
)
# How Django begins those of bcrypt; others do not.
DJANGO_BCRYPT = ("bcrypt$", "bcrypt_sha256$", "")
# What a sign-in may take: of memory, in the end, and of time.
LEAST_BCRYPT_ROUNDS, MOST_BCRYPT_ROUNDS, MOST_PBKDF2_ROUNDS = 4, 15, 5_000_000
MOST_ARGON2_KIB, MOST_ARGON2_WORK, MOST_LANES = 262_144, 2_097_152, 16
SCRYPT_BYTES = 32 * 1024 * 1024  # OpenSSL's own limit, at which it refuses


def stored(text: str) -> str:
    """Return a hash as Django stores it; ValueError, which never repeats it, for what is none."""
    text = text.strip()
    for prefix, read in READERS.items():
        if text.startswith(prefix):
            found = read(text)
            if len(found) > LONGEST:
                raise ValueError(UNKNOWN)
            return found
    raise ValueError(UNKNOWN)


def _bcrypt(text: str) -> str:
    # Not by the last $2: a salt may begin with 2, too.
    prefix = next(each for each in DJANGO_BCRYPT if text.startswith(each))
    found = _BCRYPT.fullmatch(text.removeprefix(prefix))
    if found is None or int(found[2]) < LEAST_BCRYPT_ROUNDS:
        raise ValueError(UNKNOWN)
    if int(found[2]) > MOST_BCRYPT_ROUNDS:
        raise ValueError(TOO_DEAR)
    # What other languages call 2a and 2y is computed as 2b is.
    return f"{prefix or 'bcrypt$'}$2b${found[2]}${found[3]}"


def _argon2(text: str) -> str:
    found = _ARGON2.fullmatch(text.removeprefix("argon2"))
    if found is None:
        raise ValueError(UNKNOWN)
    memory, rounds, lanes = map(int, found.groups()[:3])
    if not all(map(_is_base64, found.groups()[3:])):
        raise ValueError(UNKNOWN)
    if rounds < 1 or lanes < 1 or memory < 8 * lanes:
        raise ValueError(UNKNOWN)
    if memory > MOST_ARGON2_KIB or memory * rounds > MOST_ARGON2_WORK or lanes > MOST_LANES:
        raise ValueError(TOO_DEAR)
    return f"argon2{found[0]}"


def _pbkdf2(text: str) -> str:
    found = _PBKDF2.fullmatch(text)
    if found is None or int(found[1]) < 1:
        raise ValueError(UNKNOWN)
    if int(found[1]) > MOST_PBKDF2_ROUNDS:
        raise ValueError(TOO_DEAR)
    return text


def _scrypt(text: str) -> str:
    found = _SCRYPT.fullmatch(text)
    if found is None:
        raise ValueError(UNKNOWN)
    work, block, lanes = map(int, found.groups())
    if work < 2 or work & (work - 1) or not block or not lanes:
        raise ValueError(UNKNOWN)
    if 128 * block * (work + lanes + 2) > SCRYPT_BYTES or lanes > MOST_LANES:
        raise ValueError(TOO_DEAR)
    return text


def _is_base64(text: str) -> bool:
    """Return whether the text is how bytes are written, without padding."""
    try:
        data = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return False
    return b64encode(data).decode().rstrip("=") == text


READERS: dict[str, Callable[[str], str]] = {
    "$2": _bcrypt,
    "bcrypt$": _bcrypt,
    "bcrypt_sha256$": _bcrypt,
    "$argon2": _argon2,
    "argon2$argon2": _argon2,
    "pbkdf2_sha256$": _pbkdf2,
    "scrypt$": _scrypt,
}
