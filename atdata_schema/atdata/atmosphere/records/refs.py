"""A record in one exact state."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StrongRef"]


@dataclass(frozen=True, slots=True)
class StrongRef:
    """A record in one exact state.

    Attributes:
        uri: where the record is: an AT-URI.
        cid: the CID that it had.
    """

    uri: str
    cid: str
