"""What went wrong with a call, in words that are safe to show: what a stranger's server says is quoted, short, and without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from atdata.atmosphere.xrpc.secret import Secret
from atdata.atmosphere.xrpc.waits import asked_wait
from atdata.errors import XrpcError
from atdata.shards.sources.redirects import Streamed
from atdata.shards.sources.retrying import Passing

__all__ = ["Answered", "check_answer"]

_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_READ: Final = 16 * 1024  # of the body of an error
_SHOWN: Final = 240  # characters of what it says
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.#-]{0,63}")


class Answered(Passing):
    """An error that a server answered, and that may pass.

    Attributes:
        error: the error, where it does not pass.
    """

    def __init__(self, error: XrpcError, after: float | None) -> None:
        # A server that has too many requests has not looked at this one.
        super().__init__(str(error), after, sent=error.status != 429)
        self.error = error


def check_answer(response: Any, where: str, secrets: Sequence[Secret]) -> None:
    """Refuse an answer that is an error.

    Args:
        response: the answer, its body unread.
        where: what was asked of whom.
        secrets: what must not be shown, should the server repeat it.

    Raises:
        Answered: an error that may pass.
        XrpcError: one that will not.
    """
    status = int(response.status)
    if status == 200:
        return
    name, said = _read(response, secrets)
    parts = [f"{where}: {name or f'the server answered {status}'}", f" ({status})" if name else ""]
    error = XrpcError("".join(parts) + (f": {said}" if said else ""), status, name)
    if status in _PASSING:
        raise Answered(error, asked_wait(response.headers))
    raise error


def _read(response: Any, secrets: Sequence[Secret]) -> tuple[str | None, str]:
    """The name of an error and what is said of it, as far as they can be shown."""
    body = Streamed(response)
    try:
        data = bytearray()
        while len(data) <= _READ and (piece := body.read(_READ + 1 - len(data))):
            data += piece
        text = data.decode("utf-8", "replace") if len(data) <= _READ else ""
    except Passing:
        text = ""
    finally:
        body.close()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(found, dict):
        return None, ""
    return _name(found.get("error"), secrets), _message(found.get("message"), secrets)


def _name(found: object, secrets: Sequence[Secret]) -> str | None:
    if not isinstance(found, str) or _NAME.fullmatch(found) is None:
        return None
    # A password of a letter is in every word.
    said = any(found == secret.reveal() or secret.is_long_and_in(found) for secret in secrets)
    return None if said else found


def _message(found: object, secrets: Sequence[Secret]) -> str:
    if not isinstance(found, str) or not found:
        return ""
    for secret in secrets:
        found = secret.hide_in(found)
    return _shown(found)


def _shown(text: str) -> str:
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return repr(short)
