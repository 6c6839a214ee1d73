"""From a name such as `@local/training-v1@1.2.0` to the shards to open, and what they hold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata.errors import EntryNotFound, LoadError, NameRefused
from atdata.home import home
from atdata.index.entry import Entry, ShardRecord
from atdata.index.finding import find_entry
from atdata.index.places import Reach
from atdata.index.providers.provider import StoredSchema
from atdata.shards.description import ShardEntry
from atdata.shards.reader import ShardFile
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.index.index import Index

__all__ = ["Resolved", "aliases", "index_of", "is_reference", "resolve"]

_LOCAL: Final = "local"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A dataset that was found by its name.

    Attributes:
        entry: the version of the dataset.
        schema: what its samples are.
        splits: the shards of each split, in order, to be opened.
    """

    entry: Entry
    schema: StoredSchema
    splits: Mapping[str, tuple[ShardFile, ...]]


def is_reference(text: str) -> bool:
    """Whether a text names a dataset in an Index, or a record of the network, rather than files.

    >>> is_reference("@local/training-v1"), is_reference("out/data.tar")
    (True, False)
    """
    return text.startswith(("@", "at://"))


def resolve(reference: str, index: Index | None = None) -> Resolved:
    """Find a dataset by its name.

    Args:
        reference: `@local/name`, `@local/name@1.2.0`, `@local/name@label`, or the same with an alias in the
            place of `local`: a line of `ATDATA_HOME/config.toml`, `[index] lab = "postgresql://..."`.
        index: the Index that `@local` means; without it the one in `ATDATA_HOME`.

    Raises:
        EntryNotFound: there is no such dataset, version or label.
        NameRefused: the text cannot name one.
        LoadError: there is no such alias, or the text names a dataset of the network.
        ProviderError: the Index cannot be read.
    """
    authority, name = _parts(reference)
    catalogue = _index(authority, index)
    entry = find_entry(catalogue.provider, name)
    schema = catalogue.provider.schema(entry.schema.id, entry.schema.version)
    if schema is None:
        raise EntryNotFound(
            f"{reference}: its schema {entry.schema.id}@{entry.schema.version} is not in {catalogue.url}"
        )
    reach = Reach(entry, catalogue.data_store)
    splits = {
        split: tuple(_shard(shard, reach) for shard in shards)
        for split, shards in entry.splits.items()
    }
    return Resolved(entry, schema, splits)


def index_of(path: object, index: Index | str | None) -> Index | None:
    """The Index that a path of `load_dataset` leads through, or that is given with it; `None` where there is none."""
    if isinstance(path, str) and is_reference(path):
        from atdata.index.index import Index

        return _index(_parts(path)[0], Index(index) if isinstance(index, str) else index)
    if isinstance(index, str):
        from atdata.index.index import Index

        return Index(index)
    return index


def aliases() -> dict[str, str]:
    """The Indexes that the user's configuration names, by alias.

    Raises:
        LoadError: the file is no TOML, or not as it should be.
    """
    path = home() / "config.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LoadError(f"{path}: cannot be read: {error}") from None
    table: Any = content.get("index", {})
    if not isinstance(table, dict) or not all(isinstance(url, str) for url in table.values()):
        raise LoadError(f'{path}: [index] has lines such as lab = "postgresql://host/database"')
    return dict(table)


def _parts(reference: str) -> tuple[str, str]:
    if reference.startswith("at://"):
        raise _of_the_network(reference)
    authority, slash, name = reference.removeprefix("@").partition("/")
    if not reference.startswith("@") or not authority or not slash:
        raise NameRefused(
            f"{quoted(reference)} names no dataset: give @local/name, @local/name@1.2.0 or @local/name@label"
        )
    if "." in authority or ":" in authority:
        raise _of_the_network(reference)
    return authority, name


def _of_the_network(reference: str) -> LoadError:
    return LoadError(
        f"{quoted(reference)} names a dataset of the AT Protocol network, which is none of an Index: "
        "load_dataset reads it, with pip install 'atdata[atmosphere]', and `atdata pull` brings it here. Datasets of an Index are @local/name, or "
        "@alias/name without a dot"
    )


def _index(authority: str, index: Index | None) -> Index:
    # Imported where it is needed: who loads files needs no Index.
    from atdata.index.index import Index

    if authority == _LOCAL:
        return Index() if index is None else index
    known = aliases()
    if authority not in known:
        others = f"; it has {', '.join(sorted(known))}" if known else ""
        raise LoadError(
            f"{quoted('@' + authority)} is no alias: put a line such as "
            f'{authority[:20]} = "postgresql://host/database" under [index] in {home() / "config.toml"}{others}'
        )
    return Index(known[authority])


def _shard(shard: ShardRecord, reach: Reach) -> ShardFile:
    place = reach.place(shard.url)
    name = shard.url.rpartition("/")[2]
    digests = (shard.sha256, shard.index, shard.manifest)
    entry = ShardEntry(name, shard.bytes, shard.samples, *digests)
    return ShardFile(place, entry)
