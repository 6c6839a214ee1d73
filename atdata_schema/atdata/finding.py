"""Finding the shards of what `load_dataset` is given: paths, addresses, names in an Index or on the network, and lists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from atdata.errors import DatasetNotFound, LoadError
from atdata.located import Located
from atdata.location import common_splits, locate
from atdata.network_options import NetworkOptions, is_published, resolve
from atdata.remote_location import shown

if TYPE_CHECKING:
    from atdata.index.index import Index
    from atdata.remote.s3_access import S3Access

__all__ = ["find"]


def find(
    path: object,
    index: Index | str | None,
    access: S3Access | None,
    network: NetworkOptions,
    *,
    strict: bool,
) -> list[Located]:
    """The shards that a path names, or each of a list of paths in its order.

    Args:
        path: what to find.
        index: the Index that `@local` means, or its URL.
        access: how an S3 service is reached.
        network: what is said about datasets of the network.
        strict: whether splits matter, so that a list in which they are unclear is an error.

    Raises:
        DatasetNotFound: there is nothing, or the list is empty.
        CatalogError: the Index has no such dataset, or cannot be read.
        ProofError, RecordError, IdentityError, LockError: a dataset of the network that cannot be read as asked.
        LoadError: as `locate`; or it is no path.
    """
    listed: list[object] = [path] if isinstance(path, str | Path) else _items(path)
    if not any(map(is_published, listed)):
        network.check_unused(shown(path))
    if isinstance(path, str | Path):
        return _one(path, index, access, network)
    found: list[Located] = []
    plain: list[int] = []
    for item in listed:
        if not isinstance(item, str | Path):
            raise LoadError(f"a path is a {type(item).__name__}: give a path or a list of paths")
        items = _one(item, index, access, network)
        if len(items) == 1 and items[0].schema is None and items[0].file.is_local:
            plain.append(len(found))
        found.extend(items)
    if not found:
        raise DatasetNotFound("the list of paths is empty")
    return common_splits(found, plain, strict=strict)


def _items(path: object) -> list[object]:
    return list(path) if isinstance(path, Iterable) else [path]


def _one(
    path: str | Path,
    index: Index | str | None,
    access: S3Access | None,
    network: NetworkOptions,
) -> list[Located]:
    if isinstance(path, str) and is_published(path):
        return resolve(path, access, network).located()
    if isinstance(path, str) and path.startswith("@"):
        return _in_index(path, index)
    return locate(path, access)


def _in_index(reference: str, index: Index | str | None) -> list[Located]:
    """The shards of a dataset in an Index."""
    # Imported where it is needed: who loads files needs no Index.
    from atdata.index.resolve import resolve as resolve_name

    if isinstance(index, str):
        from atdata.index.index import Index

        index = Index(index)
    found = resolve_name(reference, index)
    return [
        Located(file, split, found.schema.schema, file.place)
        for split, files in found.splits.items()
        for file in files
    ]
