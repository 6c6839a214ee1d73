"""What is said to a server, and what it answers, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from atdata.atmosphere.xrpc.asking import read_all
from atdata.atmosphere.xrpc.secret import Secret
from atdata.shards.sources.network import Refused

__all__ = ["JSON", "Params", "json_bytes", "query_of", "read_object", "secrets_of"]

Params: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]
"""Parameters of a query; what is None is left out, lists are repeated."""

JSON: Final = "application/json"
"""The type of what is said and answered."""


def query_of(params: Params) -> str:
    """Parameters as they stand in an address.

    >>> query_of({"repo": "alice.test", "limit": 50, "reverse": True, "cursor": None})
    'repo=alice.test&limit=50&reverse=true'
    """
    return urlencode(list(_pairs(params)), quote_via=quote)


def _pairs(params: Params) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        if isinstance(value, bool):
            yield name, "true" if value else "false"
        elif isinstance(value, str | int):
            yield name, str(value)
        elif value is not None:
            for item in value:
                yield name, item


def json_bytes(body: Mapping[str, Any]) -> bytes:
    """What is said to a procedure."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def secrets_of(body: Mapping[str, Any]) -> list[Secret]:
    """What a server must not make us show that was sent to it."""
    password = body.get("password")
    return [Secret(password)] if isinstance(password, str) else []


def read_object(response: Any, most: int, *, empty: bool = False) -> dict[str, Any]:
    """The object that an answer is.

    Raises:
        Passing: it broke off.
        Refused: it is none.
    """
    data = read_all(response, most)
    if empty and not data:
        return {}
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Refused(
            f"the answer is {kind[:40]!r}, where {JSON} was expected: is this a server of the network?"
        )
    try:
        found = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused("the answer is no JSON") from None
    if not isinstance(found, dict):
        raise Refused("the answer is no JSON object")
    return found


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)
