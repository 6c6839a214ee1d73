"""What `Index.write` and `Index.add` are asked for, checked before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from atdata.errors import WriteError
from atdata.index.names import check_name, check_version
from atdata.index.said import Said
from atdata.index.writing import Wanted
from atdata.shards.names import check_split
from atdata.shards.shard_sequence import Limits, Options
from atdata.shards.sizes import bytes_of, count_of

__all__ = ["MAXSIZE", "options_of", "wanted_of"]

MAXSIZE: Final = 256_000_000
"""Bytes of a shard where nobody says another limit: a few seconds of any network, and few files of any dataset."""


def wanted_of(
    name: str,
    split: str | None,
    version: str | None,
    schema_version: str | None,
    description: str | None,
    license: str | None,
    tags: Iterable[str] | None,
    metadata: Mapping[str, Any] | None,
) -> Wanted:
    """The new version that is asked for.

    Raises:
        NameRefused: the name or a version cannot be one.
        WriteError: the name of the split cannot be one.
        CatalogError: what is said about it cannot be stored.
    """
    return Wanted(
        check_name(name),
        None if split is None else check_split(split),
        None if version is None else check_version(version),
        None if schema_version is None else check_version(schema_version),
        Said.of(description, license, tags, metadata),
    )


def options_of(
    maxcount: int | None, maxsize: int | str | None, columns: bool, workers: int
) -> Options:
    """How the shards are written.

    Raises:
        WriteError: a number that says nothing.
    """
    if maxcount is None and maxsize is None:
        maxsize = MAXSIZE
    limits = Limits(
        None if maxcount is None else count_of("maxcount", maxcount, WriteError),
        None if maxsize is None else bytes_of(maxsize),
    )
    return Options(limits, columns=columns, workers=count_of("workers", workers, WriteError))
