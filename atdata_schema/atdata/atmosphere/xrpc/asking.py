"""A GET that follows redirects where that is safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atdata.atmosphere.xrpc.secret import Secret
from atdata.shards.sources.network import Refused, network
from atdata.shards.sources.pace import Pace
from atdata.shards.sources.redirects import (
    MOVED,
    REDIRECTS,
    Streamed,
    leave,
    next_address,
    origin_of,
)

__all__ = ["HEADERS", "SLOWEST", "ask", "authorized", "check_encoding", "read_all"]

HEADERS: Mapping[str, str] = {"Accept-Encoding": "identity", "User-Agent": "atdata"}
"""What every request says."""

SLOWEST = Pace(grace=30.0, slowest=4096)
"""How slowly a server of the network may answer."""


def ask(
    url: str,
    headers: Mapping[str, str],
    *,
    local: bool,
    token: Secret | None = None,
    pace: Pace = SLOWEST,
) -> Any:
    """The answer at the end of all redirects, its body unread.

    Args:
        url: the address, from a stranger.
        headers: what is said with the request, to whomever it leads.
        local: whether http and private addresses are reached.
        token: for the origin of the address alone.
        pace: how slowly the answer may come.

    Raises:
        Passing: no answer came, which may be better next time.
        Refused: none will come.
    """
    own = origin_of(url)
    for _ in range(REDIRECTS + 1):
        sent = authorized(headers, token if origin_of(url) == own else None)
        response = network().request("GET", url, sent, public_only=not local, pace=pace)
        if response.status not in MOVED or "Location" not in response.headers:
            return response
        leave(response)
        url = next_address(url, response.headers["Location"])
    raise Refused(f"redirects more than {REDIRECTS} times")


class _Headers(dict[str, str]):
    """Headers that do not show what opens an account."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


def authorized(headers: Mapping[str, str], token: Secret | None) -> Mapping[str, str]:
    """Headers with a token, where there is one."""
    made = _Headers(headers)
    if token is not None:
        made["Authorization"] = f"Bearer {token.reveal()}"
    return made


def check_encoding(response: Any) -> None:
    """Refuse an answer that is packed: it could be of any size unpacked.

    Raises:
        Refused: it is.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Refused("the answer is packed, though it was asked not to be")


def read_all(response: Any, most: int) -> bytes:
    """The body of an answer.

    Raises:
        Passing: it broke off.
        Refused: it has more than so many bytes.
    """
    body = Streamed(response)
    try:
        data = bytearray()
        while piece := body.read(min(1 << 16, most + 1 - len(data))):
            data += piece
            if len(data) > most:
                raise Refused(f"the answer has more than the {most:,} bytes that are read of it")
        return bytes(data)
    finally:
        body.close()
