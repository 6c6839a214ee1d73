"""What can be said of a dataset without reading its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata.cli.targets import Target
from atdata.errors import AtdataError
from atdata.shards.sources.hosted_blob import HostedBlob
from atdata.shards.sources.place import Place

if TYPE_CHECKING:
    from atdata.index.entry import Entry
    from atdata.shards.reader import ShardFile

__all__ = ["Anatomy", "Split", "anatomy_of"]


@dataclass(frozen=True, slots=True)
class Split:
    """One split.

    Attributes:
        name: the split.
        shards: how many files.
        samples: how many there are; `None` where nobody knows before all is read.
        bytes: the size of the files; `None` where that is not known.
    """

    name: str
    shards: int
    samples: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What is said of a dataset.

    Attributes:
        target: the dataset.
        splits: each split.
        places: the folders that the shards lie in, without secrets.
        missing: local shards that are not there, or of another size than they should be.
        digests: shards whose sha-256 is known.
        indexes: shards whose sample index is known.
        manifests: shards with a manifest.
        labels: the labels of this version.
        history: every version, the newest first.
    """

    target: Target
    splits: tuple[Split, ...]
    places: tuple[str, ...]
    missing: tuple[str, ...]
    digests: int
    indexes: int
    manifests: int
    labels: tuple[str, ...] = ()
    history: tuple[Entry, ...] = field(default=())

    @property
    def shards(self) -> int:
        """How many files there are."""
        return sum(split.shards for split in self.splits)

    @property
    def total(self) -> Split:
        """All splits together."""
        samples = [split.samples for split in self.splits]
        sizes = [split.bytes for split in self.splits]
        return Split("", self.shards, _sum(samples), _sum(sizes))


def anatomy_of(target: Target) -> Anatomy:
    """What is said of a dataset; samples of plain local shards that nobody counted are counted."""
    files = [file for files in target.splits.values() for file in files]
    entries = [file.entry for file in files if file.entry is not None]
    labels, history = _said(target)
    return Anatomy(
        target,
        tuple(_split(target, name) for name in target.splits),
        _places(files),
        tuple(text for text in map(_fault, files) if text is not None),
        sum(entry.sha256 is not None for entry in entries),
        sum(entry.index is not None for entry in entries),
        sum(entry.manifest is not None for entry in entries),
        labels,
        history,
    )


def _split(target: Target, name: str) -> Split:
    files = target.splits[name]
    sizes = [_size(file) for file in files]
    counts = [None if file.entry is None else file.entry.samples for file in files]
    samples = _sum(counts)
    if samples is None and all(_is_plain(file) for file in files):
        try:
            located = [item for item in target.located if item.file in files]
            samples = len(target.whole(located, name))
        except AtdataError:  # a damaged shard: what is known is said all the same
            samples = None
    return Split(name, len(files), samples, _sum(sizes))


def _is_plain(file: ShardFile) -> bool:
    return isinstance(file.place, Path) and file.place.suffix == ".tar" and file.place.exists()


def _size(file: ShardFile) -> int | None:
    if file.entry is not None:
        return file.entry.bytes
    return (
        file.place.stat().st_size if isinstance(file.place, Path) and file.place.exists() else None
    )


def _fault(file: ShardFile) -> str | None:
    """What is wrong with a local file, as far as that is seen from outside."""
    if not isinstance(file.place, Path) or file.entry is None:
        return None
    try:
        size = file.place.stat().st_size
    except FileNotFoundError:
        return f"{file.place}: is not there"
    except OSError as error:
        return f"{file.place}: {error.strerror}"
    wanted = file.entry.bytes
    return None if size == wanted else f"{file.place}: has {size} bytes, not {wanted}"


def _places(files: Sequence[ShardFile]) -> tuple[str, ...]:
    """The folder of each file, each once."""
    return tuple(dict.fromkeys(_folder(file.place) for file in files))


def _folder(place: Place) -> str:
    if isinstance(place, Path):
        return str(place.parent)
    if isinstance(place, HostedBlob):
        return f"{place.server} (blobs)"
    return place.url.rpartition("/")[0]


def _said(target: Target) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Labels and versions, where the dataset is one of an Index."""
    entry, index = target.entry, target.index
    if entry is None or index is None:
        return (), ()
    labels = [item.label for item in index.labels(entry.name) if item.version == entry.version]
    return tuple(labels), tuple(index.history(entry.name))


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
