"""How long a server asks to wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from atdata.shards.sources.retrying import seconds_asked

__all__ = ["asked_wait"]


def asked_wait(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds until the server wants to be asked again; None where it does not say.

    Args:
        headers: those of its answer, found in any case of letters: `Retry-After` or `RateLimit-Reset`.
        now: the time, where it is not that of the answer's `Date` or of this machine.

    >>> asked_wait({"ratelimit-reset": "1700000030"}, now=1_700_000_000.0)
    30.0
    """
    asked = seconds_asked(headers.get("Retry-After") or headers.get("retry-after"))
    if asked is not None:
        return asked
    reset = (headers.get("RateLimit-Reset") or headers.get("ratelimit-reset") or "").strip()
    if not (reset.isascii() and reset.isdigit() and len(reset) <= 12):
        return None
    seconds = float(reset)
    # An instant, by the server's clock. Others count seconds from now, as a draft of the header had it.
    return (
        seconds if seconds < 1e9 else max(0.0, seconds - (_date(headers) if now is None else now))
    )


def _date(headers: Mapping[str, str]) -> float:
    """When the server says that it is: this machine's clock may be another."""
    text = headers.get("Date") or headers.get("date")
    try:
        return time.time() if text is None else parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return time.time()
