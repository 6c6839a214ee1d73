"""Finding shards by their own paths, and what the `dataset.json` beside them says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from atdata.described_splits import with_folder
from atdata.errors import DatasetNotFound, LoadError, SplitError
from atdata.located import ENDINGS, Located, check_complete
from atdata.shards.description import SUFFIX, Description, ShardEntry
from atdata.shards.description_file import read_description, shards_of
from atdata.shards.names import stems_of
from atdata.shards.reader import ShardFile
from atdata.shards.splits import DEFAULT, split_in_name, splits_of
from atdata.stores.layout import SHARDS, is_version

__all__ = ["described", "in_file", "in_files", "relative"]


def in_file(path: Path) -> list[Located]:
    """One shard, or the dataset whose stem the path has.

    Raises:
        DatasetNotFound: there is nothing.
        LoadError: it is not clear which of two is meant, or the file is no shard by its name.
    """
    listed = _Beside().entry(path)
    if listed is not None:
        return [listed]
    own = path.with_name(path.name.partition(".tar")[0] + SUFFIX)
    if own.exists() and path.suffix == ".tar":
        if path.exists():
            raise LoadError(
                f"{path}: {own.name} beside it does not list it, so it is not clear which is meant; "
                f"load {own.name}, or move one of them"
            )
        return described(own)
    _check_shard(path)
    try:
        split: str | None = split_in_name(path.name) or DEFAULT
    except SplitError:
        split = None  # its name does not matter, as long as nobody asks for a split
    return [Located(ShardFile(path), split, None, path.parent)]


def in_files(paths: Iterable[Path], base: Path) -> list[Located]:
    """Shards in their order; what their paths say from a folder on tells their splits.

    Raises:
        DatasetNotFound: one is not there.
        SplitError: their paths say their splits unclearly.
        LoadError: one is no shard by its name.
    """
    beside = _Beside()
    found: list[Located | Path] = []
    for path in paths:
        listed = beside.entry(path)
        if listed is None:
            _check_shard(path)
        found.append(path if listed is None else with_folder(listed, relative(path, base)))
    bare = [item for item in found if isinstance(item, Path)]
    splits = iter(splits_of([relative(path, base) for path in bare]))
    return [
        (
            Located(ShardFile(item), next(splits), None, item.parent)
            if isinstance(item, Path)
            else item
        )
        for item in found
    ]


def described(path: Path) -> list[Located]:
    """The shards that a `dataset.json` lists.

    Raises:
        DatasetNotFound: it is not there.
        DatasetIncomplete: the writing of its dataset never came to its end.
        DescriptionError: it cannot be read, or lists none.
    """
    description = _complete(path)
    # What says which shards a version in a store has lies apart from them.
    folder = path.parents[3] / SHARDS if is_version(path.as_posix()) else path.parent
    return [
        Located(ShardFile(folder / entry.file, entry), split, description.schema, path)
        for split, entries in shards_of(description, path).items()
        for entry in entries
    ]


def relative(path: Path, base: Path) -> str:
    """A path from a folder on; the name alone where it does not lie below."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name


class _Beside:
    """The descriptions beside shards, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[Description, dict[str, tuple[str, ShardEntry]]] | None] = {}

    def entry(self, shard: Path) -> Located | None:
        """A shard as the `dataset.json` beside it lists it, if one does."""
        for stem in stems_of(shard):
            path = shard.with_name(stem + SUFFIX)
            if path not in self._read:
                self._read[path] = _by_name(_complete(path)) if path.exists() else None
            known = self._read[path]
            if known is not None and shard.name in known[1]:
                split, entry = known[1][shard.name]
                return Located(ShardFile(shard, entry), split, known[0].schema, path)
        return None


def _by_name(
    description: Description,
) -> tuple[Description, dict[str, tuple[str, ShardEntry]]]:
    entries: dict[str, tuple[str, ShardEntry]] = {}
    for split, listed in description.splits.items():
        for entry in listed:
            entries.setdefault(entry.file, (split, entry))
    return description, entries


def _complete(path: Path) -> Description:
    if not path.exists():
        raise DatasetNotFound(f"there is no file {path}")
    return check_complete(read_description(path), path)


def _check_shard(path: Path) -> None:
    if not path.exists():
        raise DatasetNotFound(f"there is no file {path}")
    if not path.name.endswith(ENDINGS):
        raise LoadError(f"{path}: shards are named *{', *'.join(ENDINGS)}")
