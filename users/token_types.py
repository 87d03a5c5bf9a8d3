"""The tokens of simplejwt, signed and read with the keys of users/signing.py."""

from typing import Any

import jwt
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken
from rest_framework_simplejwt.settings import api_settings

from . import signing

NEEDED = ["exp", "iat", "sub", "jti"]


class Backend(TokenBackend):
    """Signs with the newest key, and reads with the one that a token's kid names."""

    def __init__(self) -> None:
        super().__init__(signing.HMAC, audience=api_settings.AUDIENCE, issuer=api_settings.ISSUER)

    def encode(self, payload: dict[str, Any]) -> str:
        key = signing.signing_key()
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        return jwt.encode(claims, key.signs, key.algorithm, headers={"kid": key.kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        try:
            key = signing.keys()[str(jwt.get_unverified_header(token).get("kid"))]
            claims: dict[str, Any] = jwt.decode(
                token,
                key.verifies,
                algorithms=[key.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": NEEDED, "verify_signature": verify},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenBackendExpiredToken("Token is expired") from error
        except (jwt.InvalidTokenError, KeyError) as error:
            raise TokenBackendError("Token is invalid") from error
        return claims


BACKEND = Backend()


class AccessToken(tokens.AccessToken):
    """A token that speaks for its person."""

    _token_backend = BACKEND


class RefreshToken(tokens.RefreshToken):
    """A token that is exchanged for a new pair, once."""

    _token_backend = BACKEND
    access_token_class = AccessToken
