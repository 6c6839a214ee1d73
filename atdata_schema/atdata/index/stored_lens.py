"""A lens, as an Index keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from atdata.index.entry import JsonObject

__all__ = ["StoredLens"]


@dataclass(frozen=True, slots=True)
class StoredLens:
    """A lens as an Index keeps it: data alone, which nobody has checked since it was stored.

    Attributes:
        name: what it is called here.
        cid: the CID of what it says.
        record: the record `dev.atdata.lens`.
        source: the type that it leads from, `{"id", "cid", "documents"}`.
        view: the type that it leads to, likewise.
        created: when it was stored, RFC 3339 in UTC.
    """

    name: str
    cid: str
    record: JsonObject
    source: JsonObject
    view: JsonObject
    created: str
