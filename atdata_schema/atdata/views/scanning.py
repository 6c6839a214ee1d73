"""Fields of stored samples, for conditions that nothing beside the shards answers: the samples are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

import numpy as np

from atdata.manifest.answers import Fields
from atdata.manifest.query.columns import (
    Column,
    Lists,
    Mixed,
    Numbers,
    Present,
    Texts,
    coded,
    joined,
)
from atdata.manifest.query.judging import value_at
from atdata.manifest.query.kinds import FieldKind, Kind
from atdata.manifest.query.spelling import Path
from atdata.sample_type import schema_of
from atdata.shards.shard_set import ShardSet
from atdata.views.columns import selected
from atdata.views.plan import Plan, in_blocks
from atdata_schema.batch import NoSuchColumn
from atdata_schema.data import Link

__all__ = ["Scanner", "column_of", "of_batch"]

_SIZE: Final = 4096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DTYPES: Final[dict[str, Any]] = {
    "integer": np.int64,
    "float64": np.float64,
    "float32": np.float32,
    "boolean": np.bool_,
    "datetime": np.int64,
}
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


class Scanner:
    """Reads fields of the samples of single shards.

    Args:
        plan: all samples of the shards.
        shards: the shards.
    """

    def __init__(self, plan: Plan, shards: ShardSet) -> None:
        self._plan = plan
        self._shards = shards
        self._narrow: dict[tuple[str, ...], Plan] = {}

    def read(self, place: int, fields: Fields) -> dict[Path, Column]:
        """Some fields of all samples of the shard at a place.

        Raises:
            ShardError: the shard is damaged.
            DecodeError: a sample is not of its type.
        """
        starts = self._shards.starts
        numbers = np.arange(starts[place], starts[place + 1], dtype=np.int64)
        plan = self._with_fields(tuple(dict.fromkeys(path[0] for path in fields)))
        rows = plan.rows() if schema_of(plan.sample_type) is not None else None
        if rows is None or not len(numbers):
            return _of_samples(plan.entries(in_blocks(numbers)), fields)
        parts: dict[Path, list[Column]] = {path: [] for path in fields}
        for batch in rows.read(in_blocks(numbers), _SIZE):
            for path, kind in fields.items():
                parts[path].append(of_batch(batch, path, kind))
        return {path: joined(found) for path, found in parts.items()}

    def _with_fields(self, names: tuple[str, ...]) -> Plan:
        """The samples with no more than some fields, so that images are not decoded."""
        if schema_of(self._plan.sample_type) is None:
            return self._plan
        if names not in self._narrow:
            self._narrow[names] = selected(self._plan, None, names)[0]
        return self._narrow[names]


def _of_samples(entries: Iterable[tuple[str, Any]], fields: Fields) -> dict[Path, Column]:
    values: dict[Path, list[Any]] = {path: [] for path in fields}
    for _, sample in entries:
        for path, found in values.items():
            found.append(value_at(sample, path))
    return {path: column_of(found, fields[path]) for path, found in values.items()}


def of_batch(batch: Any, path: Path, kind: FieldKind | None) -> Column:
    """A field of a batch of typed samples."""
    name = path[0]
    if (
        len(path) == 1
        and kind is not None
        and kind.kind in ("integer", "float64", "float32", "boolean")
    ):
        try:
            values = np.array(batch.array(name), _DTYPES[kind.kind])
        except NoSuchColumn:  # members of an enum that are no integers
            pass
        else:
            valid = np.array(batch.valid(name), np.bool_) if kind.optional else None
            return Numbers(kind.kind, values, valid)
    column = batch.column(name)
    return column_of([value_at(value, path[1:]) for value in column], kind)


def column_of(values: Sequence[Any], kind: FieldKind | None) -> Column:
    """Values of samples as a column; without a kind, of the kind that they are found to have.

    >>> column_of([1, None], FieldKind("integer")).values.tolist()
    [1, 0]
    """
    known = kind or _found(values)
    if known is None:
        return Mixed(list(values))
    if known.kind == "list":
        assert known.items is not None
        return _lists(values, known.items)
    if known.is_opaque:
        return Present(np.asarray([value is not None for value in values], np.bool_))
    return _scalars(values, known.kind)


def _scalars(values: Sequence[Any], kind: Kind) -> Numbers | Texts:
    plain = [_plain(value) for value in values]
    if kind == "text":
        return coded(plain)
    if kind == "datetime":
        plain = [_instant(value) for value in plain]
    valid = np.asarray([value is not None for value in plain], np.bool_)
    filled = [0 if value is None else value for value in plain]
    return Numbers(kind, np.asarray(filled, _DTYPES[kind]), None if valid.all() else valid)


def _lists(values: Sequence[Any], items: Kind) -> Lists:
    valid = np.asarray([value is not None for value in values], np.bool_)
    lengths = [0 if value is None else len(value) for value in values]
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    flat = [item for value in values if value is not None for item in value]
    return Lists(_scalars(flat, items), starts, None if valid.all() else valid)


def _found(values: Sequence[Any]) -> FieldKind | None:
    """What values are that come without a type, where they are all of one kind."""
    classes = {type(value) for value in values} - {type(None)}
    if classes == {str}:
        return FieldKind("text")
    if classes == {bool}:
        return FieldKind("boolean")
    if classes == {float}:
        return FieldKind("float64")
    numbers = [value for value in values if value is not None]
    if classes == {int} and _LOWEST <= min(numbers) <= max(numbers) <= _HIGHEST:
        return FieldKind("integer")
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.text if isinstance(value, Link) else value


def _instant(value: Any) -> int | None:
    if isinstance(value, str):  # of samples that are read without their type
        from atdata.manifest.query.checking import instant_of

        return instant_of(value)
    return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)
