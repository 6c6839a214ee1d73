"""Tokens as a server of the tests would have given them at another time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from servers.pds import JWT_SECRET

__all__ = ["payload_of", "with_end"]


def payload_of(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def with_end(token: str, end: float) -> str:
    """The token as it would be if it had another end, signed by the server's key."""
    payload = {**payload_of(token), "exp": int(end), "iat": int(end) - 7200}
    signed = f"{token.split('.')[0]}.{_spelled(json.dumps(payload).encode())}"
    digest = hmac.new(JWT_SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_spelled(digest)}"


def _spelled(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
