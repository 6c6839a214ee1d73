"""Entries and schemas for tests: small, made from a few words, different wherever their arguments are."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from atdata.index.entry import Entry, JsonObject, SchemaKey, ShardRecord
from atdata.index.providers.provider import Lease
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema

__all__ = [
    "a_digest",
    "a_lease",
    "a_lens",
    "a_schema",
    "an_entry",
    "entries",
    "stored_lenses",
    "stored_schemas",
]

STORE = "file:///data/store"


def a_digest(text: object) -> str:
    """The sha-256 of something."""
    return hashlib.sha256(str(text).encode()).hexdigest()


def a_schema(
    nsid: str = "org.example.note",
    version: str = "1.0.0",
    fields: Mapping[str, str] | None = None,
) -> StoredSchema:
    """A schema with fields of these names and descriptions."""
    described = {"text": "What it says."} if fields is None else fields
    properties = {name: {"type": "string", "description": text} for name, text in described.items()}
    main = {"type": "object", "properties": properties}
    document: JsonObject = {"lexicon": 1, "id": nsid, "defs": {"main": main}}
    cid = "bafyrei" + a_digest(document)[:52]
    schema = {"id": nsid, "cid": cid, "documents": {nsid: document}}
    return StoredSchema(SchemaKey(nsid, version, cid), schema, "2026-01-31T12:00:00.000000Z")


def an_entry(
    name: str,
    version: str = "1.0.0",
    *,
    schema: StoredSchema | None = None,
    digests: Iterable[str] = (),
    created: str = "2026-01-31T12:00:00.000000Z",
    **more: Any,
) -> Entry:
    """An entry, whose shards have these digests and lie in a store."""
    shards = tuple(
        ShardRecord(f"{STORE}/shards/{digest}.tar", 10240, 5, digest, key=f"shards/{digest}.tar")
        for digest in digests
    )
    key = (schema or a_schema()).key
    splits = {"train": shards} if shards else {}
    return Entry(name, version, key, splits, created, STORE, **more)


def a_lease(kind: str = "write", store: str = STORE) -> Lease:
    """A lease of a new token."""
    return Lease(secrets.token_hex(16), store, kind, "host", 1, 0.0)


def a_lens(
    name: str,
    cid: str = "bafyrei1",
    source: str = "bafyreia",
    view: str = "bafyreib",
) -> StoredLens:
    """A lens of a name, whose record and types nobody could check."""
    record: JsonObject = {"$type": "dev.atdata.lens", "name": name, "clauses": []}
    begin, end = (
        {"id": f"org.example.{cid}", "cid": cid, "documents": {}} for cid in (source, view)
    )
    return StoredLens(name, cid, record, begin, end, "2026-01-31T12:00:00.000000Z")


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAME = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)
_NUMBER = st.integers(0, 12).map(str)
_PART = _NUMBER | st.from_regex(r"[0-9]?[A-Za-z-][0-9A-Za-z-]{0,3}", fullmatch=True)
_SIZE = st.integers(0, (1 << 63) - 1)
_DIGEST = st.integers(0, 1 << 20).map(a_digest)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_OBJECT = st.dictionaries(_TEXT, _JSON, max_size=3)
_CREATED = st.datetimes().map(lambda time: time.isoformat("T", "microseconds") + "Z")


def versions() -> st.SearchStrategy[str]:
    """Versions: semver without build metadata, pre-releases among them."""
    numbers = st.tuples(_NUMBER, _NUMBER, _NUMBER).map(".".join)
    parts = st.lists(_PART, min_size=1, max_size=3).map(".".join)
    return numbers | st.tuples(numbers, parts).map("-".join)


def entries() -> st.SearchStrategy[Entry]:
    """Entries of any content that an Index may hold."""
    shard = st.builds(
        ShardRecord,
        url=_TEXT,
        bytes=_SIZE,
        samples=_SIZE,
        sha256=st.none() | _DIGEST,
        index=st.none() | _DIGEST,
        manifest=st.none() | _DIGEST,
        key=st.none() | _TEXT,
    )
    return st.builds(
        Entry,
        name=_NAME,
        version=versions(),
        schema=st.builds(SchemaKey, id=_NAME, version=versions(), cid=_NAME),
        splits=st.dictionaries(_TEXT, st.lists(shard, max_size=3).map(tuple), max_size=3),
        created=_CREATED,
        store=st.none() | _TEXT,
        description=st.none() | _TEXT,
        license=st.none() | _TEXT,
        tags=st.lists(_TEXT, max_size=3, unique=True).map(tuple),
        metadata=_OBJECT,
    )


def stored_schemas(key: SchemaKey) -> st.SearchStrategy[StoredSchema]:
    """Schemas of one key, whose documents nobody has checked."""
    return st.builds(StoredSchema, st.just(key), _OBJECT, _CREATED)


def stored_lenses() -> st.SearchStrategy[StoredLens]:
    """Lenses of any content that an Index may hold."""
    end = st.builds(lambda rest, cid: {**rest, "cid": cid}, _OBJECT, _NAME)
    return st.builds(
        StoredLens, name=_NAME, cid=_NAME, record=_OBJECT, source=end, view=end, created=_CREATED
    )
