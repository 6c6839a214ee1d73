"""Finding the shards of a dataset from a path, with the split and the schema of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from atdata.errors import (
    DatasetIncomplete,
    DatasetNotFound,
    DescriptionError,
    LoadError,
    SplitError,
)
from atdata.shards.description import SUFFIX, Description, JsonObject
from atdata.shards.description_file import read_description
from atdata.shards.names import stems_of
from atdata.shards.patterns import expand, has_pattern
from atdata.shards.reader import ShardFile
from atdata.shards.sources.place import Place
from atdata.shards.splits import splits_by_name

__all__ = ["ENDINGS", "Located", "check_complete", "choose", "locate", "named_apart"]

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.zst")
"""What the names of shards end in."""


@dataclass(frozen=True, slots=True)
class Located:
    """A shard that was found.

    Attributes:
        file: the shard.
        split: the split that it belongs to.
        schema: the stored schema of its dataset, where it has a `dataset.json`.
        origin: the description or folder that it was found by.
    """

    file: ShardFile
    split: str
    schema: JsonObject | None
    origin: Place


_DERIVED: Final = (".idx", ".cols")


def locate(path: str | Path) -> list[Located]:
    """The shards that a path, a folder or a pattern names.

    Raises:
        DatasetNotFound: there is nothing.
        DatasetIncomplete: a dataset whose writing never came to its end.
        DescriptionError: a `dataset.json` that cannot be read.
        SplitError: names that say their split unclearly.
        LoadError: the path is no local one, or a folder that is no dataset.
    """
    text = str(path)
    _check_local(text)
    # Absolute, so that a dataset stays the same when the working folder changes.
    plain = Path(text).expanduser().absolute()
    if plain.is_dir():
        return _in_folder(plain)
    if has_pattern(text) and not plain.exists():
        # A wildcard may find what lies beside shards, made from them.
        items = (item for item in expand(text) if not item.endswith(_DERIVED))
        return _in_files(Path(item).absolute() for item in items)
    if plain.name.endswith(SUFFIX):
        return _in_description(plain)
    return _in_file(plain)


def _check_local(text: str) -> None:
    if "://" in text or text.startswith("@"):
        raise LoadError(f"{text!r} is no local path: this version loads files and folders")


def _in_file(path: Path) -> list[Located]:
    """One shard, or the dataset whose stem the path has."""
    described = _description_of(path)
    if described is not None:
        return [described]
    own = path.with_name(path.name.partition(".tar")[0] + SUFFIX)
    if own.exists() and path.suffix == ".tar":
        if path.exists():
            raise LoadError(
                f"{path}: {own.name} beside it does not list it, so it is not clear which is meant; "
                f"load {own.name}, or move one of them"
            )
        return _in_description(own)
    return _by_name([path])


def _in_files(paths: Iterable[Path]) -> list[Located]:
    found: list[Located] = []
    bare: list[Path] = []
    for path in paths:
        described = _description_of(path)
        if described is not None:
            found.append(described)
        else:
            bare.append(path)
    return found + _by_name(bare)


def _by_name(paths: Sequence[Path]) -> list[Located]:
    for path in paths:
        if not path.exists():
            raise DatasetNotFound(f"there is no file {path}")
        if not path.name.endswith(ENDINGS):
            raise LoadError(f"{path}: shards are named *{', *'.join(ENDINGS)}")
    return [
        Located(ShardFile(path), split, None, path.parent)
        for split, group in splits_by_name(paths).items()
        for path in group
    ]


def _description_of(shard: Path) -> Located | None:
    """A shard as the `dataset.json` beside it lists it, if one does."""
    for stem in stems_of(shard):
        path = shard.with_name(stem + SUFFIX)
        if not path.exists():
            continue
        description = _complete(path)
        listed = description.entry(shard.name)
        if listed is not None:
            split, entry = listed
            return Located(ShardFile(shard, entry), split, description.schema, path)
    return None


def _in_description(path: Path) -> list[Located]:
    description = _complete(path)
    return [
        Located(ShardFile(path.with_name(entry.file), entry), split, description.schema, path)
        for split, entries in description.splits.items()
        for entry in entries
    ]


def _complete(path: Path) -> Description:
    if not path.exists():
        raise DatasetNotFound(f"there is no file {path}")
    return check_complete(read_description(path), path)


def check_complete(description: Description, path: object) -> Description:
    """A description of a dataset that can be read.

    Raises:
        DatasetIncomplete: its writing never came to its end.
        DescriptionError: it lists no shard.
    """
    if not description.complete:
        raise DatasetIncomplete(
            f"{path}: the dataset is incomplete: it is still being written, or its writer was stopped; "
            "writing it again replaces it"
        )
    if not description.files:
        raise DescriptionError(f"{path}: lists no shard")
    return description


def _in_folder(folder: Path) -> list[Located]:
    descriptions = sorted(folder.glob(f"*{SUFFIX}"))
    if descriptions:
        return named_apart([_in_description(path) for path in descriptions])
    shards = sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith(ENDINGS) and not path.name.startswith(".")
    )
    if shards:
        return _by_name(shards)
    raise _no_dataset(folder)


def named_apart(datasets: Sequence[list[Located]]) -> list[Located]:
    """Several datasets of a folder: each keeps its splits' names, or has its stem where two are the same."""
    counts: dict[str, int] = {}
    for dataset in datasets:
        for split in {item.split for item in dataset}:
            counts[split] = counts.get(split, 0) + 1
    return [
        item if counts[item.split] == 1 else _with_stem(item)
        for dataset in datasets
        for item in dataset
    ]


def _with_stem(item: Located) -> Located:
    stem = item.origin.name.removesuffix(SUFFIX)
    return Located(item.file, stem, item.schema, item.origin)


def _no_dataset(folder: Path) -> LoadError:
    if (folder / "datasets").is_dir() and (folder / "shards").is_dir():
        return LoadError(
            f"{folder} is the root of a store, which holds many datasets; "
            "load one by its name, or by its folder below datasets/"
        )
    inside = sorted(path.name for path in folder.iterdir() if path.is_dir())[:5]
    hint = f"; it has the folders {', '.join(inside)}" if inside else ""
    return DatasetNotFound(f"{folder} holds neither *{SUFFIX} nor *.tar{hint}")


def choose(found: Sequence[Located], split: str | None, path: object) -> list[Located]:
    """The shards of one split.

    Raises:
        SplitError: there is no such split, or several and none is asked for.
    """
    names = list(dict.fromkeys(item.split for item in found))
    if split is None and len(names) > 1:
        raise SplitError(
            f"{path} has the splits {', '.join(names)}: give split=, such as {names[0]!r}"
        )
    if split is not None and split not in names:
        raise SplitError(f"{path} has no split {split!r}; it has {', '.join(names)}")
    return [item for item in found if split is None or item.split == split]
