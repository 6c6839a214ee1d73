"""The body of an answer, received into memory that is given: no copy of it is made in between."""

from __future__ import annotations

import http.client
from typing import Any

from atdata.shards.sources.retrying import Passing

__all__ = ["receive"]


def receive(response: Any, out: memoryview) -> int:
    """Receive the next bytes of an answer of urllib3, as they are stored, until `out` is full or no more come.

    urllib3 itself makes an object of bytes of what it reads, of memory that is new to the processor each time; so what it
    reads from is asked, and it is told what was read.

    Args:
        response: the answer, of which nothing was unpacked.
        out: what is written to.

    Returns:
        How many bytes came; none at the end.

    Raises:
        Passing: it breaks off.
    """
    below = getattr(response, "_fp", None)
    try:
        if not isinstance(below, http.client.HTTPResponse):
            return _copied(response, out)
        count = below.readinto(out)
    except TimeoutError:
        raise Passing("the server stopped sending") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise Passing("the connection broke off") from None
    if response.length_remaining is not None:
        response.length_remaining -= count
    # A body that ended early is no end: such a connection is left to be closed.
    if below.isclosed() and not response.length_remaining:
        response.release_conn()
    return count


def _copied(response: Any, out: memoryview) -> int:
    data: bytes = response.read(len(out), decode_content=False)
    out[: len(data)] = data
    return len(data)
