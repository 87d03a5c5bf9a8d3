"""Signatures of the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA256."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime


def headers(message_id: str, body: bytes, keys: Iterable[bytes], at: datetime) -> dict[str, str]:
    """Return the headers by which a receiver knows that the notice is ours, new and unchanged."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: bytes, signed: bytes) -> str:
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
