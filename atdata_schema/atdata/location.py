"""Finding the shards of a dataset, wherever they lie, with the split and the schema of each."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from atdata.errors import DatasetNotFound, LoadError, SplitError
from atdata.local_files import described, in_file, in_files, is_shard, relative
from atdata.local_folders import in_descriptions, in_folder
from atdata.located import Located
from atdata.shards.description import SUFFIX
from atdata.shards.patterns import expand, fixed_part, has_pattern
from atdata.shards.splits import splits_of

__all__ = ["Located", "locate", "locate_list"]


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
    plain = _absolute(text)
    if plain.is_dir():
        return in_folder(plain)
    if has_pattern(text) and not plain.exists():
        return _matching(text)
    if plain.name.endswith(SUFFIX):
        return described(plain)
    return in_file(plain)


def locate_list(paths: Sequence[str | Path], *, strict: bool) -> list[Located]:
    """The shards of several paths, in their order.

    Of plain files in a list, what their paths say from their common folder on tells the splits.

    Args:
        paths: paths of any form.
        strict: whether their splits matter, so that what is unclear is an error.

    Raises:
        DatasetNotFound: the list is empty, and as for `locate`.
        SplitError, DatasetIncomplete, DescriptionError, LoadError: as for `locate`.
    """
    found: list[Located] = []
    plain: dict[int, Path] = {}
    for path in paths:
        items = locate(path)
        if len(items) == 1 and items[0].schema is None:
            plain[len(found)] = items[0].file.path
        found.extend(items)
    if not found:
        raise DatasetNotFound("the list of paths is empty")
    base = _common_folder(plain.values())
    try:
        splits = splits_of([relative(file, base) for file in plain.values()])
    except SplitError:
        if strict:
            raise
        return found
    for number, split in zip(plain, splits, strict=True):
        found[number] = replace(found[number], split=split)
    return found


def _common_folder(files: Collection[Path]) -> Path:
    try:
        return Path(os.path.commonpath([file.parent for file in files]))
    except ValueError:  # no files, or files on several drives
        return Path()


def _check_local(text: str) -> None:
    if "://" in text or text.startswith("@"):
        raise LoadError(f"{text!r} is no local path: this version loads files and folders")


def _matching(pattern: str) -> list[Located]:
    """The shards that a pattern names, or those of the datasets whose descriptions it names."""
    pattern = os.path.expanduser(pattern)  # noqa: PTH111  # `Path` would change the pattern
    base = _absolute(fixed_part(pattern))
    if pattern.endswith(SUFFIX):
        return in_descriptions([_absolute(path) for path in expand(pattern)], base)
    return in_files([_absolute(path) for path in expand(pattern, is_shard)], base)


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()
