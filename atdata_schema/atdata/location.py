"""Finding the shards of a dataset, wherever they lie, with the split and the schema of each."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from atdata.errors import LoadError, SplitError
from atdata.local_files import described, in_file, in_files, relative
from atdata.local_folders import in_descriptions, in_folder
from atdata.located import Located, is_shard
from atdata.remote_location import locate_remote
from atdata.shards.description import SUFFIX
from atdata.shards.patterns import expand, fixed_part, has_pattern
from atdata.shards.sources.place import is_address
from atdata.shards.splits import splits_of
from atdata.stores.layout import is_version

if TYPE_CHECKING:
    from atdata.remote.s3_access import S3Access

__all__ = ["Located", "common_splits", "locate"]


def locate(path: str | Path, access: S3Access | None = None) -> list[Located]:
    """The shards that a path, a folder, a pattern or an address names.

    Args:
        path: what to find.
        access: how an S3 service is reached.

    Raises:
        DatasetNotFound: there is nothing.
        DatasetIncomplete: a dataset whose writing never came to its end.
        DescriptionError: a `dataset.json` that cannot be read.
        SplitError: names that say their split unclearly.
        SourceError: a server cannot be reached, or denies.
        LoadError: nothing is read from such a path, or it is a folder that is no dataset.
    """
    if isinstance(path, str) and is_address(path):
        return locate_remote(path, access)
    text = _local(path)
    # Absolute, so that a dataset stays the same when the working folder changes.
    plain = _absolute(text)
    if plain.is_dir():
        return in_folder(plain)
    if has_pattern(text) and not plain.exists():
        return _matching(text)
    if plain.name.endswith(SUFFIX) or is_version(plain.as_posix()):
        return described(plain)
    return in_file(plain)


def common_splits(found: list[Located], plain: Collection[int], *, strict: bool) -> list[Located]:
    """Shards of a list, of whose plain files the paths from their common folder on tell the splits.

    Args:
        found: the shards.
        plain: which of them are local files that were named one by one.
        strict: whether their splits matter, so that what is unclear is an error.

    Raises:
        SplitError: the names say their splits unclearly.
    """
    files = {number: found[number].file.path for number in plain}
    base = _common_folder(files.values())
    try:
        splits = splits_of([relative(file, base) for file in files.values()])
    except SplitError:
        if strict:
            raise
        return found
    told = dict(zip(files, splits, strict=True))
    return [
        replace(item, split=told[number]) if number in told else item
        for number, item in enumerate(found)
    ]


def _local(path: str | Path) -> str:
    """The local path in a text."""
    text = str(path)
    if not isinstance(path, str) or "://" not in text:
        return text
    parts = urlsplit(text)
    if parts.scheme != "file":
        raise LoadError(
            f"{parts.scheme[:20]!r} is no kind of address that is read: give https://…, s3://bucket/… or a path"
        )
    if parts.netloc not in ("", "localhost"):
        raise LoadError(f"{text!r} names a file of another machine: give a path")
    # Imported where it is needed: it brings the HTTP client of the standard library with it.
    from urllib.request import url2pathname

    return url2pathname(parts.path)


def _matching(pattern: str) -> list[Located]:
    """The shards that a pattern names, or those of the datasets whose descriptions it names."""
    pattern = os.path.expanduser(pattern)  # noqa: PTH111  # `Path` would change the pattern
    base = _absolute(fixed_part(pattern))
    if pattern.endswith(SUFFIX):
        return in_descriptions([_absolute(path) for path in expand(pattern)], base)
    return in_files([_absolute(path) for path in expand(pattern, is_shard)], base)


def _common_folder(files: Collection[Path]) -> Path:
    try:
        return Path(os.path.commonpath([file.parent for file in files]))
    except ValueError:  # no files, or files on several drives
        return Path()


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()
