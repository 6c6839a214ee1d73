"""What providers keep of an entry beside its JSON: keys, digests, and what `search` looks at.

Words and values to find an entry by are encoded so that they consist of `a-z 0-9 _` (and `:` and `#` in
values) alone: no character of them means anything to a database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

from atdata.errors import CatalogError
from atdata.index.entry import Entry, JsonObject, SchemaKey
from atdata.index.entry_json import encode_entry, encode_lens, encode_schema
from atdata.index.providers.checks import check_digests, check_text
from atdata.index.providers.provider import Label
from atdata.index.sort_keys import sort_key
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema
from atdata.words import LONGEST, encoded, parts_of, words_of
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "PLACES",
    "EntryRow",
    "LensRow",
    "SchemaRow",
    "digests_of",
    "entry_row",
    "fields_of",
    "label_row",
    "lens_row",
    "rows_of",
    "schema_row",
    "value",
]

PLACES: Final = ("name", "tags", "type", "text")
"""Where words stand: the name; the tags; the NSID and the names of fields; all descriptions. The first is the best."""

_MOST: Final = 1_000_000
"""Bytes of the different words of an entry; PostgreSQL holds no more."""

_FEW: Final = _MOST // (12 + 12 * LONGEST)
"""So few words are never more than that: each has so many characters at most, of twelve bytes when encoded."""

_SHORT: Final = 120

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """A schema as a provider stores it.

    Attributes:
        key: NSID, version and type CID.
        sort: its version as a text that sorts as versions do.
        schema: the schema itself.
        fields: the values to find it by: `value` of the name of each field.
        names: words of the NSID and of the names of fields, each once.
        texts: the other words of the descriptions of fields, each once.
        words: all of these.
    """

    key: SchemaKey
    sort: str
    schema: StoredSchema
    fields: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]
    words: frozenset[str]

    @property
    def body(self) -> str:
        """The schema in JSON; only one that is new has to be written.

        Raises:
            CatalogError: it holds what JSON does not.
        """
        return encode_schema(self.schema)


class EntryRow(NamedTuple):
    """An entry as a provider stores it.

    Attributes:
        name: what the dataset is called.
        version: its version.
        sort: the version as a text that sorts as versions do.
        created: when it was made.
        body: the entry in JSON.
        digests: of all shards of which they are known.
        kept: those of them that a store holds.
        tags: `value` of each tag.
        words: for each of `PLACES` the words that stand there, each one once and in the best place alone.
    """

    name: str
    version: str
    sort: str
    created: str
    body: str
    digests: tuple[str, ...]
    kept: tuple[str, ...]
    tags: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class LensRow:
    """A lens as a provider stores it.

    Attributes:
        name: what it is called.
        cid: the CID of what it says.
        source: the CID of the type that it leads from.
        view: that of the type that it leads to.
        body: the lens in JSON.
    """

    name: str
    cid: str
    source: str
    view: str
    body: str


def rows_of(
    items: Iterable[tuple[Entry, StoredSchema]],
) -> list[tuple[EntryRow, SchemaRow]]:
    """Entries and their schemas, made ready to be stored.

    Raises:
        CatalogError: one cannot be stored, or the schema is another one than the entry says.
        NameRefused: a name, a version or an NSID cannot be one.
    """
    global _LAST
    found: list[tuple[EntryRow, SchemaRow]] = []
    # Entries that are added one after the other are mostly of one schema.
    row = _LAST
    for entry, schema in items:
        if row is None or row.schema is not schema:
            row = schema_row(schema)
        found.append((entry_row(entry, row), row))
    _LAST = row
    return found


_LAST: SchemaRow | None = None
"""The schema of what was added last."""


def schema_row(schema: StoredSchema) -> SchemaRow:
    """A schema, made ready to be stored.

    Raises:
        CatalogError: a field has a name that is no text.
        NameRefused: its NSID or its version cannot be one.
    """
    key = schema.key
    check_text("the NSID of a schema", key.id)
    check_text("the CID of a type", key.cid)
    fields = fields_of(schema.schema)
    try:
        values = tuple(sorted(map(value, fields)))
    except UnicodeEncodeError:
        raise CatalogError(
            f"the schema {quoted(key.id)} has a field whose name holds half of a surrogate pair, which is no "
            "character; give it another name"
        ) from None
    names = _encoded((*parts_of(key.id), *chain.from_iterable(map(parts_of, fields))))
    texts = _without(_encoded(chain.from_iterable(map(words_of, fields.values()))), set(names))
    return SchemaRow(
        key, sort_key(key.version), schema, values, names, texts, frozenset((*names, *texts))
    )


def entry_row(entry: Entry, schema: SchemaRow) -> EntryRow:
    """An entry, made ready to be stored.

    Raises:
        CatalogError: it cannot be stored, or the schema is another one than it says.
        NameRefused: its name or its version cannot be one.
    """
    name = check_text("the name of a dataset", entry.name)
    if entry.schema != schema.key:
        raise CatalogError(
            f"{quoted(name)} {entry.version} is of the schema {entry.schema}, not of {schema.key}"
        )
    sort, body = sort_key(entry.version), encode_entry(entry)
    digests = digests_of(entry)
    elsewhere = [1 for shards in entry.splits.values() for shard in shards if shard.key is None]
    return EntryRow(
        name,
        entry.version,
        sort,
        _time(entry),
        body,
        digests,
        digests_of(entry, kept=True) if elsewhere else digests,
        tuple(sorted({value(tag) for tag in entry.tags})),
        _words(entry, schema),
    )


def label_row(label: Label) -> tuple[str, str, str, str]:
    """A label, made ready to be stored.

    Raises:
        NameRefused: a part of it cannot be stored.
    """
    return (
        check_text("a label", label.label),
        check_text("the name of a dataset", label.name),
        check_text("a version", label.version),
        check_text("a time", label.created),
    )


def lens_row(lens: StoredLens) -> LensRow:
    """A lens, made ready to be stored.

    Raises:
        CatalogError: it holds what JSON does not.
        NameRefused: its name or a CID cannot be one.
    """
    return LensRow(
        check_text("the name of a lens", lens.name),
        check_text("the CID of a lens", lens.cid),
        check_text("the CID of a type", lens.source.get("cid")),
        check_text("the CID of a type", lens.view.get("cid")),
        encode_lens(lens),
    )


def digests_of(entry: Entry, *, kept: bool = False) -> tuple[str, ...]:
    """The digests of an entry's shards; with `kept` those alone that a store holds."""
    found = [
        shard.sha256
        for shards in entry.splits.values()
        for shard in shards
        if shard.sha256 is not None and (shard.key is not None or not kept)
    ]
    return tuple(check_digests(found))


def fields_of(schema: JsonObject) -> dict[str, str]:
    """The names of a type's fields with their descriptions; none where the documents say nothing of it.

    >>> main = {"type": "object", "properties": {"text": {"type": "string", "description": "What it says."}}}
    >>> document = {"lexicon": 1, "id": "org.example.note", "defs": {"main": main}}
    >>> fields_of({"id": "org.example.note", "cid": "bafyrei", "documents": {"org.example.note": document}})
    {'text': 'What it says.'}
    """
    nsid, _, name = str(schema.get("id", "")).partition("#")
    found = _at(schema, "documents", nsid, "defs", name or "main")
    if found.get("type") == "record":
        found = _at(found, "record")
    fields = _at(found, "properties")
    return {str(name): str(_at(fields, name).get("description") or "") for name in fields}


def _at(found: Any, *keys: str) -> Mapping[str, Any]:
    """The object at a place of a document that nobody has checked; an empty one where there is none."""
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


@lru_cache(maxsize=1024)
def value(text: str) -> str:
    """A text that is only ever compared whole, in few characters that mean nothing to a database.

    >>> value("best-of"), value("x" * 1000)[:12]
    (':best_2dof', '#44f8354494a')
    """
    short = ":" + encoded(text)
    if len(short) <= _SHORT:
        return short
    return "#" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def _time(entry: Entry) -> str:
    """When an entry was made: a text of one form, so that later ones sort behind earlier ones."""
    if not _TIME.fullmatch(entry.created):
        raise CatalogError(
            f"{quoted(entry.name)}: {quoted(entry.created)} is no time: one is in UTC and has microseconds, "
            "as 2026-01-31T12:00:00.000000Z"
        )
    return entry.created


def _words(entry: Entry, schema: SchemaRow) -> tuple[tuple[str, ...], ...]:
    name, known = _encoded(parts_of(entry.name)), schema.words
    seen = set(name)
    tags = _without(_encoded([part for tag in entry.tags for part in parts_of(tag)]), seen)
    seen.update(tags)
    said = _encoded(words_of(entry.description)) if entry.description else ()
    text = tuple([word for word in said if word not in seen and word not in known])
    names, texts = schema.names, schema.texts
    # Of most entries no part says what another one says.
    if not seen.isdisjoint(known):
        names, texts = _without(names, seen), _without(texts, seen)
    count = len(seen) + len(text) + len(known)
    # What PostgreSQL needs for a word beside its letters is less than twelve bytes.
    if count > _FEW and sum(map(len, (*seen, *text, *schema.words))) + 12 * count > _MOST:
        raise CatalogError(
            f"{quoted(entry.name)}: its description, tags and fields have more different words than can be "
            f"searched ({_MOST:,} bytes); shorten the description, or put it into the metadata"
        )
    return name, tags, names, text + texts


def _without(words: tuple[str, ...], seen: set[str]) -> tuple[str, ...]:
    if seen.isdisjoint(words):
        return words
    return tuple([word for word in words if word not in seen])


def _encoded(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, encoded."""
    found = tuple(dict.fromkeys(words))
    # Words in ASCII are letters and digits as they are.
    return found if "".join(found).isascii() else tuple(map(encoded, found))
