"""The look-ups that identities need, over the network: DNS, and small files of strangers' hosts."""

from __future__ import annotations

from collections.abc import Sequence

from atdata.atmosphere.settings import Settings

__all__ = ["LiveResolver"]


class LiveResolver:
    """Look-ups over the network; a `Resolver` of `identity`.

    Args:
        settings: TXT records that are known without DNS, and whether private hosts may be reached.
    """

    def __init__(self, settings: Settings) -> None:
        raise NotImplementedError

    def dns_txt(self, name: str) -> Sequence[str]:
        """The TXT records of a name; none where there are none.

        Raises:
            SourceError: no answer came.
            LoadError: dnspython is not installed.
        """
        raise NotImplementedError

    def https_get(self, url: str, max_bytes: int) -> bytes | None:
        """What a URL answers; None where it says that there is nothing.

        Raises:
            SourceError: no answer came, or one that is too large or an error.
        """
        raise NotImplementedError
