"""Values that are nested in samples, and those that no column file holds, for a manifest that is written.

Only what is wanted is decoded: arrays, images and whatever else stands between is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from atdata.manifest.query.kinds import FieldKind
from atdata.manifest.query.spelling import Path

__all__ = ["LONGEST", "gathered"]

LONGEST: Final = 1024
"""Bytes that texts or lists have on average; of longer ones there is no column."""

_REGION: Final = 8 << 20  # bytes of a shard that are looked at together
_NIL: Final = msgspec.Raw(b"\xc0")
_NUMBER: Final = 8  # bytes that a number in a list counts


def gathered(
    file: FilePath,
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    wanted: Mapping[Path, FieldKind],
) -> dict[Path, list[Any]]:
    """The values of some fields of all samples, `None` where there is none; fields that are too long are left out.

    Of a field that conditions cannot look into it is told only whether there is a value.

    Args:
        file: the shard, under whichever name.
        offsets: int64[n], where each payload begins.
        sizes: int64[n], bytes of each payload.
        wanted: the fields.

    Raises:
        msgspec.MsgspecError: a payload is no sample.
    """
    opaque = frozenset(path for path, kind in wanted.items() if kind.is_opaque)
    decoder = _decoder(tuple(wanted), opaque)
    places = {path: _attributes(tuple(wanted), path) for path in wanted}
    found: dict[Path, list[Any]] = {path: [] for path in wanted}
    sizes_of = dict.fromkeys(wanted, 0)
    for payloads in _regions(file, offsets, sizes):
        rows = [decoder.decode(payload) for payload in payloads]
        for path, attributes in places.items():
            if path not in found:
                continue
            values = [_at(row, attributes) for row in rows]
            if path in opaque:
                values = [value is not None and value != _NIL for value in values]
            found[path].extend(values)
            sizes_of[path] += _bytes_of(values, wanted[path])
            if sizes_of[path] > LONGEST * len(found[path]):
                del found[path]
    return found


@lru_cache(maxsize=64)
def _decoder(wanted: tuple[Path, ...], opaque: frozenset[Path]) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(_struct((), wanted, opaque))


def _struct(above: Path, wanted: Sequence[Path], opaque: frozenset[Path]) -> type[msgspec.Struct]:
    """A struct that has the wanted fields, those of objects inside as structs of their own."""
    depth = len(above)
    within = [path for path in wanted if path[:depth] == above and len(path) > depth]
    names = list(dict.fromkeys(path[depth] for path in within))
    fields: list[tuple[str, Any, Any]] = []
    for number, name in enumerate(names):
        place = (*above, name)
        type_: Any = msgspec.Raw if place in opaque else Any
        if any(path[: depth + 1] == place and len(path) > depth + 1 for path in within):
            type_ = _struct(place, wanted, opaque) | None
        fields.append((f"f{number}", type_, None))
    renamed = {f"f{number}": name for number, name in enumerate(names)}
    return msgspec.defstruct("Row", fields, rename=renamed)


def _attributes(wanted: Sequence[Path], path: Path) -> tuple[str, ...]:
    """The attributes on the way to a field, as `_struct` calls them."""
    found: list[str] = []
    for depth, name in enumerate(path):
        before = [other for other in wanted if other[:depth] == path[:depth] and len(other) > depth]
        beside = dict.fromkeys(other[depth] for other in before)
        found.append(f"f{list(beside).index(name)}")
    return tuple(found)


def _at(row: Any, attributes: tuple[str, ...]) -> Any:
    for attribute in attributes:
        if row is None:
            return None
        row = getattr(row, attribute)
    return row


def _bytes_of(values: list[Any], kind: FieldKind) -> int:
    if kind.kind == "list":
        items = [item for value in values if value is not None for item in value]
        is_text = kind.items in ("text", "datetime")
        return sum(map(_length, items)) if is_text else _NUMBER * len(items)
    if kind.kind in ("text", "datetime"):
        return sum(_length(value) for value in values if value is not None)
    return 0


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _regions(
    file: FilePath, offsets: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Iterator[list[memoryview]]:
    """The payloads of stretches of samples that lie near each other."""
    with file.open("rb") as source:
        begin = 0
        while begin < len(offsets):
            limit = int(offsets[begin]) + _REGION
            end = max(int(np.searchsorted(offsets, limit, "right")), begin + 1)
            first = int(offsets[begin])
            source.seek(first)
            data = memoryview(source.read(int(offsets[end - 1] + sizes[end - 1]) - first))
            starts = (offsets[begin:end] - first).tolist()
            lengths = sizes[begin:end].tolist()
            yield [data[at : at + size] for at, size in zip(starts, lengths, strict=True)]
            begin = end
