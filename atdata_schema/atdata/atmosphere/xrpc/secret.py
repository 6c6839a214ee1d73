"""Texts that nothing shows: tokens and passwords."""

from __future__ import annotations

import hmac
from typing import Any, Final, NoReturn, final

__all__ = ["Secret"]

_LONG: Final = 8


@final
class Secret:
    """A text that stands in no repr, and in no pickle. Equal to another one with the same text.

    >>> Secret("hunter2")
    Secret(…)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text, for where it has to go."""
        return self._text

    def hide_in(self, text: str) -> str:
        """A text of a stranger's, without this one in it: a server may repeat what it was sent.

        >>> Secret("hunter2").hide_in("no such password: hunter2")
        'no such password: …'
        """
        return text.replace(self._text, "…") if self._text else text

    def is_long_and_in(self, text: str) -> bool:
        """Whether a text has this one in it, and not by chance."""
        return len(self._text) >= _LONG and self._text in text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"),
            other._text.encode("utf-8", "surrogatepass"),
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a password or a token is not pickled")
