"""Finding the shards of a folder: by its descriptions, or by the names in it and below it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from atdata.errors import DatasetNotFound, LoadError, SplitError
from atdata.local_files import described, in_files, is_shard, relative, with_folder
from atdata.located import Located
from atdata.shards.description import SUFFIX
from atdata.shards.patterns import MOST
from atdata.shards.splits import said_by_folders
from atdata.stores.layout import is_root

__all__ = ["in_descriptions", "in_folder"]

_LISTED: Final = 5  # names that a message lists


def in_folder(folder: Path) -> list[Located]:
    """The shards of a folder.

    It is the set of its `*.dataset.json`. Where it has none, it is what is found in it and below it:
    described datasets and plain shards. Hidden folders and such as `__cache__` are passed over.

    Raises:
        DatasetNotFound: it holds no shard.
        DatasetIncomplete: a dataset whose writing never came to its end.
        DescriptionError: a `dataset.json` that cannot be read.
        SplitError: names that say their splits unclearly.
        LoadError: it is the root of a store, or holds more than a hundred thousand shards.
    """
    own = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    if own:
        return in_descriptions(own, folder)
    if is_root(folder):
        raise LoadError(
            f"{folder} is the root of a store, which holds many datasets; "
            "load one by its name, or by its folder below datasets/"
        )
    found = _below(folder)
    descriptions = [path for path in found if path.name.endswith(SUFFIX)]
    listed = in_descriptions(descriptions, folder)
    owned = {item.file.path for item in listed}
    bare = [path for path in found if path not in owned and not path.name.endswith(SUFFIX)]
    if not found:
        raise _no_dataset(folder)
    return [*listed, *in_files(bare, folder)]


def in_descriptions(paths: Iterable[Path], base: Path) -> list[Located]:
    """The shards of several described datasets; what their paths say from a folder on tells the splits.

    Raises:
        DatasetIncomplete, DescriptionError, SplitError: as for `in_folder`.
    """
    datasets = [[with_folder(item, path, base) for item in described(path)] for path in paths]
    return _named_apart(datasets, base)


def _below(folder: Path) -> list[Path]:
    """Every shard and description in a folder and below it, in the order of their paths."""
    found: list[Path] = []
    for path in _walked(folder):
        found.append(path)
        if len(found) > MOST:
            raise LoadError(
                f"there are more than {MOST:,} shards below {folder}: give a folder in it"
            )
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def _walked(folder: Path) -> Iterator[Path]:
    # Links to folders are not followed: they may lead in a circle.
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for name in names:
            if is_shard(name) or (name.endswith(SUFFIX) and not name.startswith(".")):
                yield Path(place, name)


def _named_apart(datasets: Sequence[list[Located]], folder: Path) -> list[Located]:
    """Datasets of one folder: each keeps its splits' names, or has its stem where two have the same.

    Datasets whose folders say a split are parts of it, and keep it.
    """
    parts = [items for items in datasets if _said(items, folder)]
    alone = [items for items in datasets if not _said(items, folder)]
    taken = {item.split for items in parts for item in items}
    counts = Counter([*taken, *(split for items in alone for split in {i.split for i in items})])
    stems = Counter(_stem(items[0]) for items in alone)
    found = [item for items in parts for item in items]
    for items in alone:
        named = [
            item if counts[item.split] == 1 else _with_stem(item, stems, folder) for item in items
        ]
        own = {item.split for item in named}
        if own & taken:
            raise SplitError(
                f"{folder} has two datasets with the split {', '.join(map(str, own & taken))}, one of them "
                f"{items[0].origin}: load them by their own paths"
            )
        taken |= own
        found.extend(named)
    return found


def _said(items: Sequence[Located], folder: Path) -> str | None:
    return said_by_folders(relative(items[0].origin, folder))


def _with_stem(item: Located, stems: Counter[str], folder: Path) -> Located:
    stem = _stem(item)
    if stems[stem] > 1:
        stem = relative(item.origin, folder).removesuffix(SUFFIX)
    return replace(item, split=stem)


def _stem(item: Located) -> str:
    return item.origin.name.removesuffix(SUFFIX)


def _no_dataset(folder: Path) -> LoadError:
    inside = sorted(path.name for path in folder.iterdir() if path.is_dir())[:_LISTED]
    hint = f"; it has the folders {', '.join(inside)}" if inside else ""
    return DatasetNotFound(
        f"{folder} holds neither *{SUFFIX} nor *.tar, nor does a folder in it{hint}"
    )
