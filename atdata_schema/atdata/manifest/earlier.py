"""Manifests that the earlier release wrote: what of them can be used.

Their places are no places in the shard, the shard that they name is another one, and of a dataset of several
shards the last manifest is empty. So keys decide: the rows are those of the samples that have these very keys.
A missing number was written as NaN, and lists as texts; such columns are read from the shard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.arrow_columns import scalars_of
from atdata.manifest.beside import read_beside
from atdata.manifest.form import ManifestFault
from atdata.manifest.query.columns import Column, Numbers, Texts, taken
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata.manifest.query.spelling import Path
from atdata.manifest.row_reading import open_table
from atdata.manifest.rows import KEY
from atdata.shards.reader import ShardFile, ShardIndex
from atdata.shards.sidecars import MANIFEST_ROWS, sidecar_name

__all__ = ["EarlierRows", "is_earlier"]

_MARK: Final = b'"manifest_version"'
_HEAD: Final = (
    128  # bytes among which it stands, which in a manifest of ours hold nothing from samples
)
_MOST_ROWS: Final = 2 << 30


def is_earlier(data: bytes) -> bool:
    """Whether a manifest is one of the earlier release."""
    return _MARK in data[:_HEAD]


class EarlierRows:
    """The rows of a manifest of the earlier release, for the samples of one shard.

    Args:
        shard: the shard.
        index: gives its index.
    """

    def __init__(self, shard: ShardFile, index: Callable[[], ShardIndex]) -> None:
        self._shard = shard
        self._index = index

    def columns(self, wanted: Mapping[Path, FieldKind | None]) -> dict[Path, Column]:
        """The values of some fields, as far as they can be used.

        Raises:
            ManifestFault: the rows are not those of the shard.
        """
        names = [path[0] for path in wanted if len(path) == 1]
        keys = list(self._index().keys)
        table = open_table(self._data(), len(keys), [KEY, *names], names)
        if KEY not in table.column_names:
            raise ManifestFault("has no keys")
        order = _order(table.column(KEY).to_pylist(), keys)
        found: dict[Path, Column] = {}
        for path, kind in wanted.items():
            if len(path) == 1 and path[0] in table.column_names:
                column = _column(table.column(path[0]), kind)
                if column is not None:
                    found[path] = column if order is None else taken(column, order)
        return found

    def _data(self) -> bytes:
        name = sidecar_name(self._shard.place.name, MANIFEST_ROWS)
        data = read_beside(self._shard, name, _MOST_ROWS)
        if data is None:
            raise ManifestFault("has no rows beside it")
        return data


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
