"""The schema of a dataset's samples, as an Index keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from atdata.index.entry import JsonObject, SchemaKey

__all__ = ["StoredSchema"]


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """A schema as an Index keeps it.

    Attributes:
        key: NSID, version and type CID.
        schema: `{"id", "cid", "documents"}`, all documents that the type reaches.
        created: when it was stored, RFC 3339 in UTC.
    """

    key: SchemaKey
    schema: JsonObject = field(repr=False)  # long
    created: str
