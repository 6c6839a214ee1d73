"""Manifests that the earlier release wrote: what of them can be used, and which shard they are about.

Their places are no places in the shard, and of a dataset of several shards each manifest stands under the name
of the shard before, the first one under the stem, while the last one is empty. So the keys decide: the rows are
those of the shard that has these very keys, and a file under another name is looked for where it may be.

A missing number was written as NaN, and lists as texts; such columns are read from the shard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.beside import read_beside
from atdata.manifest.form import ManifestFault
from atdata.manifest.query.columns import Column, Numbers, Texts, taken
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata.manifest.query.spelling import Path
from atdata.manifest.row_columns import open_table, scalars_of
from atdata.manifest.rows import KEY, OFFSET, SIZE
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sidecars import MANIFEST, MANIFEST_ROWS

__all__ = ["EarlierRows", "is_earlier"]

_MARK: Final = b'"manifest_version"'
_HEAD: Final = 128  # bytes among which it stands, which in a manifest of ours hold nothing from samples
_MOST: Final = 64 << 20
_MOST_ROWS: Final = 2 << 30
_NUMBERED: Final = re.compile(r"(.+)-([0-9]{6,})")


def is_earlier(data: bytes) -> bool:
    """Whether a manifest is one of the earlier release."""
    return _MARK in data[:_HEAD]


class EarlierRows:
    """The rows of a manifest of the earlier release, for the samples of one shard."""

    def __init__(self, shard: ShardFile, base: str, index: ShardIndex) -> None:
        self._shard = shard
        self._base = base
        self._index = index

    @classmethod
    def find(cls, shard: ShardFile, index: ShardIndex) -> EarlierRows | None:
        """The rows that are about the samples of a shard."""
        for base in _bases(shard.path.name.removesuffix(".tar")):
            head = read_beside(shard, base + MANIFEST, _MOST)
            if head is not None and is_earlier(head):
                found = cls(shard, base, index)
                try:
                    found.columns({})
                except ManifestFault:
                    continue
                return found
        return None

    def columns(self, wanted: Mapping[Path, FieldKind | None]) -> dict[Path, Column]:
        """The values of some fields, as far as they can be used.

        Raises:
            ManifestFault: the rows are not those of the shard.
        """
        names = [path[0] for path in wanted if len(path) == 1]
        table = open_table(self._data(), len(self._index.keys), [KEY, *names], names)
        order = _order(table.column(KEY).to_pylist(), list(self._index.keys))
        found: dict[Path, Column] = {}
        for path, kind in wanted.items():
            if len(path) == 1 and path[0] in table.column_names:
                column = _column(table.column(path[0]), kind)
                if column is not None:
                    found[path] = column if order is None else taken(column, order)
        return found

    def names(self) -> list[Path]:
        """The fields that they have columns of."""
        table = open_table(self._data(), len(self._index.keys), None, [])
        return [(name,) for name in table.column_names if name not in (KEY, OFFSET, SIZE)]

    def _data(self) -> bytes:
        data = read_beside(self._shard, self._base + MANIFEST_ROWS, _MOST_ROWS)
        if data is None:
            raise ManifestFault("has no rows beside it")
        return data


def _bases(base: str) -> Iterator[str]:
    """The names under which the manifest of a shard may stand."""
    yield base
    numbered = _NUMBERED.fullmatch(base)
    if numbered is not None:
        number = int(numbered[2])
        yield f"{numbered[1]}-{number - 1:06d}" if number else numbered[1]


def _order(given: list[Any], wanted: list[str]) -> NDArray[np.int64] | None:
    """Where the row of each sample stands; `None` where they stand in order.

    Raises:
        ManifestFault: they are the rows of other samples.
    """
    if given == wanted:
        return None
    places = {key: place for place, key in enumerate(given)}
    if len(places) != len(given) or set(places) != set(wanted):
        raise ManifestFault("is about other samples")
    return np.fromiter(map(places.__getitem__, wanted), np.int64, len(wanted))


def _column(chunked: Any, kind: FieldKind | None) -> Numbers | Texts | None:
    """A column that says what the samples say."""
    wanted: Kind | None = _kind_of(chunked.type) if kind is None else kind.kind
    if wanted is None or wanted in ("list", "object", "other"):
        return None
    found = scalars_of(chunked, wanted)
    if not isinstance(found, Numbers):
        return found
    # In a column of numbers NaN stands for what is missing, and missing values make floats of integers.
    is_float = found.values.dtype.kind == "f"
    unclear = found.valid is not None or (is_float and bool(np.isnan(found.values).any()))
    return None if unclear else found


def _kind_of(type_: Any) -> Kind | None:
    import pyarrow as pa

    kinds: dict[str, Kind] = {
        str(pa.int64()): "integer",
        str(pa.float64()): "float64",
        str(pa.bool_()): "boolean",
    }
    if isinstance(type_, pa.DictionaryType):
        type_ = type_.value_type
    return "text" if pa.types.is_string(type_) else kinds.get(str(type_))
