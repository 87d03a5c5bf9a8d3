"""Keys of tokens: one signs, all that are known verify, each by its own algorithm and its kid.

HS256 signs with the service's secret key, and verifies with earlier ones too. RS256 and EdDSA have
keys in files, made when there is none; the newest signs. A key is picked by the kid of a token's
header alone, so neither another algorithm nor a foreign key has a say.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm
from rest_framework_simplejwt.settings import api_settings

from usersvc import clock
from usersvc.ids import short_id

HMAC, RSA, EDDSA = "HS256", "RS256", "EdDSA"
RSA_BITS = 3072
MADE_AT = "%Y%m%dT%H%M%S%f"  # how the names of files begin
ALGORITHMS: Mapping[type, str] = {rsa.RSAPrivateKey: RSA, ed25519.Ed25519PrivateKey: EDDSA}


@dataclass(frozen=True)
class Key:
    """A key that verifies, and may sign; public is what anybody may know of it."""

    kid: str
    algorithm: str
    signs: Any
    verifies: Any
    public: Mapping[str, Any] | None = None


def signing_key() -> Key:
    """Return the key that signs from now on: the newest one of the algorithm in use."""
    ours = [key for key in keys().values() if key.algorithm == settings.TOKEN_ALGORITHM]
    if not ours:
        generate()
        return signing_key()
    return ours[0]


def keys() -> dict[str, Key]:
    """Return the keys that verify by their kids, the newest first."""
    if settings.TOKEN_ALGORITHM == HMAC:
        return _of_secrets(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    folder: Path = settings.TOKEN_KEYS
    return _of_files(folder, _names(folder))


def public_keys() -> dict[str, Any]:
    """Return the public keys as a JSON Web Key Set; none of what signs with a secret."""
    return {"keys": [dict(key.public) for key in keys().values() if key.public]}


def generate() -> Path:
    """Make another key, which signs from now on in every process, and return its file."""
    folder: Path = settings.TOKEN_KEYS
    folder.mkdir(mode=0o700, exist_ok=True)
    key: Any = (
        rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        if settings.TOKEN_ALGORITHM == RSA
        else ed25519.Ed25519PrivateKey.generate()
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # Names sort by time: the last one signs.
    file = folder / f"{clock.now():{MADE_AT}}-{short_id('key')}.pem"
    with NamedTemporaryFile("wb", dir=folder) as draft:  # mode 0600
        draft.write(pem)
        draft.flush()
        os.link(draft.name, file)
    return file


def forget_old() -> list[Path]:
    """Remove the keys whose last tokens are over, and return their files."""
    oldest = clock.now() - api_settings.REFRESH_TOKEN_LIFETIME
    files = sorted(settings.TOKEN_KEYS.glob("*.pem"))
    # A key signed until the next one was made.
    over = [file for file, successor in pairwise(files) if _made_at(successor) < oldest]
    for file in over:
        file.unlink()
    return over


def _made_at(file: Path) -> datetime:
    return datetime.strptime(file.name.partition("-")[0], MADE_AT).replace(tzinfo=UTC)


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted((path.name for path in folder.glob("*.pem")), reverse=True))


@lru_cache
def _of_secrets(*secrets: str) -> dict[str, Key]:
    made = [
        Key(salted_hmac("users.signing", "kid", secret).hexdigest()[:16], HMAC, secret, secret)
        for secret in secrets
    ]
    return {key.kid: key for key in made}


@lru_cache(maxsize=4)
def _of_files(folder: Path, names: tuple[str, ...]) -> dict[str, Key]:
    made = [_of_file(folder / name) for name in names]
    return {key.kid: key for key in made}


def _of_file(file: Path) -> Key:
    try:
        private: Any = load_pem_private_key(file.read_bytes(), None)
        algorithm = next(name for kind, name in ALGORITHMS.items() if isinstance(private, kind))
    except (ValueError, TypeError, StopIteration) as error:
        raise ImproperlyConfigured(f"{file} holds no private key for RS256 or EdDSA.") from error
    writer: Any = RSAAlgorithm if algorithm == RSA else OKPAlgorithm
    public = private.public_key()
    written: dict[str, Any] = writer.to_jwk(public, as_dict=True)
    written.pop("key_ops", None)
    kid = _thumbprint(written)
    return Key(
        kid, algorithm, private, public, {**written, "kid": kid, "alg": algorithm, "use": "sig"}
    )


def _thumbprint(written: Mapping[str, Any]) -> str:
    """Return the thumbprint of a public key, which is its kid (RFC 7638)."""
    needed = json.dumps(written, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(sha256(needed.encode()).digest()).rstrip(b"=").decode()
