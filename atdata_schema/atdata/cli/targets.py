"""From what a user types to a dataset: a path, an address, or a name of an Index."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata.cli.catalogue import index_and_name
from atdata.errors import EntryNotFound, LoadError, NameRefused
from atdata.network_options import NetworkOptions, is_published

if TYPE_CHECKING:
    from atdata.atmosphere.reading.published import Published
    from atdata.dataset import Dataset
    from atdata.index.entry import Entry
    from atdata.index.index import Index
    from atdata.located import Located
    from atdata.shards.reader import ShardFile
    from atdata_schema.schema import Schema

__all__ = ["Target", "find_target", "is_path"]

_UNCLEAR: Final = "?"
"""The split of a single file whose name says two."""


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset that was found.

    Attributes:
        said: as it may be shown.
        located: its shards.
        schema: what its samples are, where that is known.
        entry: what the Index says of it, where it was found there.
        index: that Index.
        published: what is known of it, where it is one of the network.
    """

    said: str
    located: tuple[Located, ...]
    schema: Schema | None
    entry: Entry | None = None
    index: Index | None = None
    published: Published | None = None

    @property
    def splits(self) -> Mapping[str, tuple[ShardFile, ...]]:
        """The shards of each split, in order."""
        from atdata.shards.splits import in_order

        groups: dict[str, list[ShardFile]] = {}
        for item in self.located:
            groups.setdefault(item.split or _UNCLEAR, []).append(item.file)
        return {name: tuple(groups[name]) for name in in_order(groups)}

    def read(self, split: str | None) -> tuple[str, Dataset[Any]]:
        """A dataset to be read once through from the front, and the split that it is.

        Args:
            split: a split, or an expression such as `train[:10%]`; without it the one for training, or the
                first.

        Raises:
            SplitError: there is no such split, or it is no expression.
        """
        from atdata.splits import Splits

        names = list(self.splits)
        if split is None and (len(names) == 1 or "train" not in names):
            split = names[0]
        wanted = "train" if split is None else split
        if wanted == _UNCLEAR:
            return wanted, self.whole(self.located, None, streaming=True)

        def made(found: Sequence[Located], name: str | None) -> Dataset[Any]:
            # A part of a split is found by its position.
            return self.whole(found, name, streaming=wanted in names)

        return wanted, Splits(self.located, made, self.said).read(wanted)

    def whole(
        self, found: Sequence[Located], split: str | None, *, streaming: bool = False
    ) -> Dataset[Any]:
        """Some of the shards as one dataset, of a class that is made for it."""
        from atdata.dataset import Dataset
        from atdata.resolving import class_for

        files = tuple(item.file for item in found)
        cls = class_for(self.schema)
        return Dataset(files, cls, schema=self.schema, split=split, streaming=streaming)


def find_target(said: str, index: str | None, network: NetworkOptions | None = None) -> Target:
    """The dataset that a text names.

    A text with a slash, `://`, a wildcard or the ending of a shard is a path or an address; `@local/name` and
    `@alias/name` are names of an Index, `@handle/name` (with a dot) and `at://…` datasets of the network. Anything else is looked for in both, and must not be in both.

    Args:
        said: the text.
        index: the Index that was asked for.
        network: what is said about datasets of the network.

    Raises:
        LoadError: it is a file and a name, or nothing is read from such a path.
        DatasetNotFound, EntryNotFound: there is nothing.
    """
    if is_published(said):
        return _published(said, network or NetworkOptions())
    if said.startswith("@"):
        return _named(said, index)
    if is_path(said):
        return _at_path(said)
    there = os.path.lexists(said)
    try:
        found = _named(said, index)
    except (EntryNotFound, NameRefused) as error:
        if there:
            return _at_path(said)
        raise type(error)(f"there is no file or folder {said!r} here, and {error}") from None
    if there:
        kind = "folder" if Path(said).is_dir() else "file"
        where = "" if found.index is None else f" of {found.index.url}"
        raise LoadError(
            f"{said!r} is a {kind} here and a dataset{where}: say ./{said} or @local/{said}"
        )
    return found


def is_path(said: str) -> bool:
    """Whether a text can only be a path or an address.

    >>> is_path("out/digits"), is_path("digits.tar"), is_path("digits@1.0.0")
    (True, True, False)
    """
    endings = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".json")
    marks = ("/", os.sep, "*", "?", "{", "[")
    plain = said.endswith(endings) or said in (".", "..") or said.startswith("~")
    return plain or any(mark in said for mark in marks)


def _named(said: str, index: str | None) -> Target:
    from atdata.index.resolve import resolve
    from atdata.located import Located
    from atdata_schema.schema import Schema

    catalogue, name = index_and_name(said, index)
    found = resolve(f"@local/{name}", catalogue)
    located = tuple(
        Located(file, split, found.schema.schema, file.place)
        for split, files in found.splits.items()
        for file in files
    )
    return Target(said, located, Schema.from_json(found.schema.schema), found.entry, catalogue)


def _published(said: str, network: NetworkOptions) -> Target:
    from atdata.network_options import resolve
    from atdata.stored_schema import with_form

    found = resolve(said, None, network, pins=False)  # who looks pins nothing
    located = tuple(with_form(found.located()))
    return Target(found.reference, located, found.schema.schema, published=found)


def _at_path(said: str) -> Target:
    from atdata.location import locate
    from atdata.shards.sources.place import RemotePlace, is_address
    from atdata.stored_schema import stored_schema, with_form

    located = locate(said)
    # An address may hold a password or a signature, which is not shown.
    shown = RemotePlace(said).url if is_address(said) else said
    return Target(shown, tuple(with_form(located)), stored_schema(located))
