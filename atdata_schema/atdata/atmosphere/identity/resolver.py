"""The look-ups that identities need. They are made by whoever has a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["Resolver"]


class Resolver(Protocol):
    """Look-ups of names and small files.

    Both may raise `SourceError`, where no answer came: then nothing is known, which is not the same as nothing.
    """

    def dns_txt(self, name: str) -> Sequence[str]:
        """The TXT records of a domain name, each with its parts joined; none where there are none.

        Args:
            name: the name, without a dot at its end.
        """
        ...

    def https_get(self, url: str, max_bytes: int) -> bytes | None:
        """What a URL answers with status 200; None where it says that there is nothing (404, 410).

        Args:
            url: the address. It comes from a stranger: hosts that are not public are not to be reached, nor by
                redirects, unless the user allowed them.
            max_bytes: how much is read at most; more is an error.
        """
        ...
