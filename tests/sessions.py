"""Sessions at servers of the tests: who has one, and what they would be at another time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from atdata.atmosphere import Atmosphere
from atdata.atmosphere.session.live import LiveSession
from servers.pds import JWT_SECRET

__all__ = ["asked", "ended", "live_of", "payload_of", "with_end"]

GET = "com.atproto.server.getSession"


def asked(atmosphere: Atmosphere) -> Any:
    """Whom the server takes somebody for."""
    return atmosphere.own().query(GET)["did"]


def live_of(atmosphere: Atmosphere) -> LiveSession:
    """The session that it uses."""
    found = getattr(atmosphere, "_live", None)
    assert isinstance(found, LiveSession)
    return found


def ended(text: str) -> str:
    """A session whose token of calls has ended."""
    found = json.loads(text)
    return json.dumps({**found, "access": with_end(found["access"], time.time() - 60)})


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
