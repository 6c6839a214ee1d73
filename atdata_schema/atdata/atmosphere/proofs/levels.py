"""How much is proved about a record."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Level"]


class Level(StrEnum):
    """How much is proved. Each level proves what the ones before it do.

    >>> Level("signed") is Level.SIGNED
    True
    """

    UNVERIFIED = "unverified"
    """The server said so. The blocks are those of their CIDs and the tree has its form; anybody can make such a proof."""

    CID = "cid"
    """The record has the CID of a reference that you hold: it is what the reference means, whoever wrote it."""

    SIGNED = "signed"
    """The record is in the repository of its account, by the signature of the account's key over the whole."""
