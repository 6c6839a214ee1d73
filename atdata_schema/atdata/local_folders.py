"""Finding the shards of a folder: by its descriptions, or by the names in it and below it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from atdata.described_splits import named_apart
from atdata.errors import DatasetNotFound, LoadError
from atdata.local_files import described, in_files, relative
from atdata.located import Located, is_shard
from atdata.shards.description import SUFFIX
from atdata.shards.patterns import MOST
from atdata.stores.layout import VERSION_FILE, is_root, is_version

__all__ = ["in_descriptions", "in_folder"]

_LISTED: Final = 5  # names that a message lists


def in_folder(folder: Path) -> list[Located]:
    """The shards of a folder.

    It is the set of its `*.dataset.json`, or a version in a store. Where it has none, it is what is found in it and below it:
    described datasets and plain shards. Hidden folders and such as `__cache__` are passed over.

    Raises:
        DatasetNotFound: it holds no shard.
        DatasetIncomplete: a dataset whose writing never came to its end.
        DescriptionError: a `dataset.json` that cannot be read.
        SplitError: names that say their splits unclearly.
        LoadError: it is the root of a store, or holds more than a hundred thousand shards.
    """
    version = folder / VERSION_FILE
    if is_version(version.as_posix()) and version.exists():
        return described(version)
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
    return named_apart([(relative(path, base), described(path)) for path in paths], base)


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


def _no_dataset(folder: Path) -> LoadError:
    inside = sorted(path.name for path in folder.iterdir() if path.is_dir())[:_LISTED]
    hint = f"; it has the folders {', '.join(inside)}" if inside else ""
    return DatasetNotFound(
        f"{folder} holds neither *{SUFFIX} nor *.tar, nor does a folder in it{hint}"
    )
