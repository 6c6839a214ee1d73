"""One version of a dataset, as an Index knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from atdata.quantities import counted

__all__ = ["Entry", "JsonObject", "SchemaKey", "ShardRecord", "later_entries"]

JsonObject: TypeAlias = dict[str, Any]
"""An object of a JSON document."""


@dataclass(frozen=True, slots=True)
class SchemaKey:
    """Which schema the samples have.

    Attributes:
        id: the NSID.
        version: the version that its author gave it, as semver without build metadata.
        cid: the type CID; a version, once used, never names another one.
    """

    id: str
    version: str
    cid: str


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """One shard of an entry.

    Attributes:
        url: where it lies: an absolute path as `file://`, `s3://bucket/key` or `https://`; never with credentials.
        bytes: the size of the file.
        samples: how many it holds.
        sha256: the digest of the file, in hexadecimal digits, where it is known.
        index: the digest of its `.idx`, where one lies beside it.
        manifest: the digest of its `.manifest.json`, where one lies beside it.
        key: the name that the shard has in the store that owns it, `None` for data that lies elsewhere.
    """

    url: str
    bytes: int
    samples: int
    sha256: str | None = None
    index: str | None = None
    manifest: str | None = None
    key: str | None = None


class _Later:
    """What reads an entry when it is first asked for more than its name and version.

    Whoever lists ten thousand entries looks at most of them for a name only, and reading the JSON of one takes ten
    times as long as all else.
    """

    __slots__ = ("_body", "_decode")

    if not TYPE_CHECKING:  # a checker would take any attribute to be there

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in Entry.__dataclass_fields__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            whole = self._decode(self._body)
            for attribute in Entry.__dataclass_fields__:
                object.__setattr__(self, attribute, getattr(whole, attribute))
            return getattr(self, name)


@dataclass(frozen=True, slots=True, repr=False)
class Entry(_Later):
    """One version of a dataset. Entries never change: a new version is a new entry.

    >>> key = SchemaKey("org.example.digit", "1.0.0", "bafyreih4nhkxhtgm2cchlv4vnvkxh6gbm4oyb5g4lzr5sy2rcv2uvhqiea")
    >>> shard = ShardRecord("file:///data/digits.tar", 1536, 10)
    >>> Entry("digits", "1.0.0", key, {"train": (shard, shard), "test": (shard,)}, "2026-01-02T03:04:05.000006Z")
    <Entry digits@1.0.0: 30 samples of org.example.digit 1.0.0, 3 shards, splits train, test>

    Attributes:
        name: what it is called, without `@local/`.
        version: semver without build metadata.
        schema: which schema its samples have.
        splits: the shards of each split, in order.
        store: the URL of the store that owns its shards, without credentials; `None` where it owns none.
        created: when it was made, RFC 3339 in UTC with microseconds and `Z`.
        description: what it is, for people.
        license: an SPDX identifier or another text.
        tags: words to find it by, in order, each once.
        metadata: what else its author says, as JSON.
    """

    name: str
    version: str
    schema: SchemaKey
    splits: Mapping[str, tuple[ShardRecord, ...]]
    created: str
    store: str | None = None
    description: str | None = None
    license: str | None = None
    tags: tuple[str, ...] = ()
    metadata: JsonObject = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many samples there are in all splits."""
        return sum(shard.samples for shards in self.splits.values() for shard in shards)

    @property
    def bytes(self) -> int:
        """The size of all shards."""
        return sum(shard.bytes for shards in self.splits.values() for shard in shards)

    def __repr__(self) -> str:
        # Thousands of shards are no help to whoever looks at an entry.
        shards = sum(map(len, self.splits.values()))
        counts = f"{counted(self.samples, 'sample')} of {self.schema.id} {self.schema.version}, {counted(shards, 'shard')}"
        splits = f"split{'' if len(self.splits) == 1 else 's'} {', '.join(self.splits)}"
        return f"<Entry {self.name}@{self.version}: {counts}, {splits}>"


# What frozen classes set their attributes by, without looking each up by its name.
_SETTERS: Final = tuple(
    vars(cls)[name].__set__
    for cls, name in (
        *((Entry, "name"), (Entry, "version")),
        *((_Later, "_body"), (_Later, "_decode")),
    )
)


def later_entries(
    rows: Iterable[tuple[str, str, bytes]], decode: Callable[[bytes], Entry]
) -> Iterator[Entry]:
    """Entries of which the rest is read when it is asked for.

    Args:
        rows: the name and the version of each, and what the whole of it is read from.
        decode: reads it.
    """
    # With everything at hand: tens of thousands are made at once.
    new, set_name, set_version, set_body, set_decode = object.__new__, *_SETTERS
    for name, version, body in rows:
        made = new(Entry)
        set_name(made, name)
        set_version(made, version)
        set_body(made, body)
        set_decode(made, decode)
        yield made
