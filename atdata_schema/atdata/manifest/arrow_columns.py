"""Columns of Arrow's as those that conditions are asked of."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.checking import instant_of
from atdata.manifest.query.columns import Column, Lists, Numbers, Present, Texts, coded
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata_schema.errors import DecodeError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_instants", "column_of", "is_text", "scalars_of", "whole"]


def column_of(chunked: Any, kind: FieldKind) -> Column | None:
    """A column, if it is of the kind that it should be."""
    import pyarrow as pa

    array = whole(chunked)
    if kind.is_opaque:
        there = scalars_of(array, "boolean")
        return Present(there.values) if isinstance(there, Numbers) and there.valid is None else None
    if kind.kind == "list":
        assert kind.items is not None
        if not isinstance(array, pa.ListArray | pa.LargeListArray):
            return None
        items = scalars_of(array.flatten(), kind.items)
        valid = _valid(array)
        lengths = np.zeros(len(array), np.int64)
        lengths[...] = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return None if items is None else Lists(items, starts, valid)
    return scalars_of(array, kind.kind)


def scalars_of(given: Any, kind: Kind) -> Numbers | Texts | None:
    """A column of Arrow's as one that conditions are asked of, if it is of a kind."""
    import pyarrow as pa

    array = whole(given)
    if kind in ("text", "datetime"):
        return _texts(array, kind)
    types = {
        "integer": pa.int64(),
        "float64": pa.float64(),
        "float32": pa.float32(),
        "boolean": pa.bool_(),
    }
    if array.type != types[kind]:
        return None
    valid = _valid(array)
    filled = array if valid is None else array.fill_null(False if kind == "boolean" else 0)
    return Numbers(kind, filled.to_numpy(zero_copy_only=False), valid)


def _texts(array: Any, kind: Kind) -> Numbers | Texts | None:
    import pyarrow as pa

    is_coded = isinstance(array.type, pa.DictionaryType)
    if not is_text(array.type.value_type if is_coded else array.type):
        return None
    if not is_coded:
        array = array.dictionary_encode()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    found = _sorted(codes, array.dictionary)
    return found if kind == "text" else as_instants(found)


def is_text(type_: pa.DataType) -> bool:
    """Whether values of a type are texts."""
    import pyarrow as pa

    return pa.types.is_string(type_) or pa.types.is_large_string(type_)


def _sorted(codes: NDArray[np.int32], dictionary: Any) -> Texts:
    """Words in the order of their code points, each once."""
    import pyarrow.compute as pc

    order = pc.sort_indices(dictionary).to_numpy()
    words: list[str] = dictionary.take(order).to_pylist()
    if any(map(operator.eq, words, itertools.islice(words, 1, None))):
        texts = dictionary.to_pylist()
        return coded([None if code < 0 else texts[code] for code in codes.tolist()])
    ranks = np.empty(len(order) + 1, np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    ranks[-1] = -1
    return Texts(ranks[codes], words)


def as_instants(texts: Texts) -> Numbers | None:
    """Texts of datetimes as microseconds since 1970; `None` where one is no datetime."""
    try:
        instants = np.fromiter(map(instant_of, texts.words), np.int64, len(texts.words))
    except (DecodeError, OverflowError):
        return None
    values = np.append(instants, 0)[texts.codes]
    valid = texts.codes >= 0
    return Numbers("datetime", values, None if valid.all() else valid)


def whole(chunked: Any) -> Any:
    """A column in one piece; the dictionaries of its pieces as one."""
    import pyarrow as pa

    if not isinstance(chunked, pa.ChunkedArray):
        return chunked
    if isinstance(chunked.type, pa.DictionaryType):
        chunked = chunked.unify_dictionaries()
    found = chunked.combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _valid(array: Any) -> NDArray[np.bool_] | None:
    if not array.null_count:
        return None
    valid: NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return valid
