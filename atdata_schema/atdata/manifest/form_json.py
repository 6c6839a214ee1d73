"""The manifest of a shard as it stands in its file, `<base>.manifest.json` (docs/FORMATS.md, section 3).

`base` is the name of the shard without its last `.tar`. The file says which shard it is about, which bytes the
rows beside it have, and what is known of each field as a whole. Keys that are not known are ignored; what is
known is read strictly.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from atdata.manifest.form import Manifest, ManifestFault, ManifestField
from atdata.manifest.query.checking import instant_of
from atdata.manifest.query.kinds import KINDS, SCALARS, Kind
from atdata.manifest.query.spelling import instant_text
from atdata.manifest.statistics import MOST_VALUES, FieldStatistics
from atdata_schema.errors import DecodeError

__all__ = ["decode", "encode"]

FORMAT: Final = "atdata.manifest"
VERSION: Final = 1

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_INFINITE: Final = {"inf": math.inf, "-inf": -math.inf}
_MOST_FIELDS: Final = 1 << 12

_Scalar = bool | int | float | str
_Pair = tuple[_Scalar, int]


class _Shard(msgspec.Struct, frozen=True):
    file: str | None
    bytes: int
    samples: int
    sha256: str
    keys: str


class _Schema(msgspec.Struct, frozen=True):
    id: str
    cid: str


class _Rows(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str


class _Field(msgspec.Struct, frozen=True, omit_defaults=True):
    path: list[str]
    kind: str
    column: str | None
    nulls: int
    items: str | None = None
    nans: int = 0
    min: _Scalar | None = None
    max: _Scalar | None = None
    values: list[_Pair] | None = None


class _File(msgspec.Struct, frozen=True):
    format: str
    version: int
    shard: _Shard
    schema: _Schema | None
    rows: _Rows
    fields: list[_Field]


class _Head(msgspec.Struct, frozen=True):
    """What every version of the file says."""

    format: str
    version: int


def encode(manifest: Manifest) -> bytes:
    """The bytes of a manifest; equal manifests have equal bytes."""
    shard = _Shard(
        manifest.shard_file,
        manifest.shard_bytes,
        manifest.samples,
        manifest.shard_sha256,
        manifest.keys,
    )
    schema = None if manifest.schema is None else _Schema(*manifest.schema)
    rows = _Rows(manifest.rows_bytes, manifest.rows_sha256)
    head = _Head(FORMAT, VERSION)
    parts = {"shard": shard, "schema": schema, "rows": rows}
    lines = [b"%s: %s" % (_json(name), _json(part)) for name, part in parts.items()]
    # One line a field, for those who look into the file.
    listed = b",\n    ".join(_json(_written(field)) for field in manifest.fields)
    said = [_json(head)[1:-1], *lines, b'"fields": [\n    %s\n  ]' % listed]
    return b"{\n  %s\n}\n" % b",\n  ".join(said)


_json: Final = msgspec.json.encode


def decode(data: bytes) -> Manifest:
    """The manifest in the bytes of a file.

    Raises:
        ManifestFault: they are none.
    """
    try:
        head = msgspec.json.decode(data, type=_Head)
        if (head.format, head.version) != (FORMAT, VERSION):
            raise ManifestFault(f"is of version {head.version}, which a newer atdata may read")
        file = msgspec.json.decode(data, type=_File)
        return _checked(file)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise ManifestFault(f"is not as the format says: {error}") from None


def _checked(file: _File) -> Manifest:
    shard, rows = file.shard, file.rows
    for digest in (shard.sha256, shard.keys, rows.sha256):
        if _DIGEST.fullmatch(digest) is None:
            raise ManifestFault("holds a digest that is none")
    if min(shard.bytes, shard.samples, rows.bytes) < 0 or len(file.fields) > _MOST_FIELDS:
        raise ManifestFault("holds a number that cannot be")
    fields = tuple(_read(field, shard.samples) for field in file.fields)
    if len({field.path for field in fields}) != len(fields):
        raise ManifestFault("names a field twice")
    schema = None if file.schema is None else (file.schema.id, file.schema.cid)
    numbers = (shard.bytes, shard.sha256, shard.samples, shard.keys)
    return Manifest(shard.file, *numbers, schema, rows.bytes, rows.sha256, fields)


def _written(field: ManifestField) -> _Field:
    known = field.statistics
    kind = known.kind
    values = None
    if known.values is not None:
        values = [(value, count) for value, count in sorted(known.values.items())]
    return _Field(
        path=list(field.path),
        kind=kind,
        column=field.column,
        nulls=known.nulls,
        items=known.items,
        nans=known.nans,
        min=_bound(known.low, kind),
        max=_bound(known.high, kind),
        values=cast("Any", values),
    )


def _bound(value: Any, kind: Kind) -> _Scalar | None:
    if value is None:
        return None
    if kind == "datetime":
        return instant_text(value)
    if kind in ("float64", "float32"):
        return float(value) if math.isfinite(value) else str(float(value))
    return cast("_Scalar", value)


def _read(field: _Field, samples: int) -> ManifestField:
    kind, items = field.kind, field.items
    if kind not in KINDS or (items is not None) != (kind == "list"):
        raise ManifestFault(f"holds a field of the kind {kind[:40]!r}")
    if items is not None and items not in SCALARS:
        raise ManifestFault(f"holds lists of the kind {items[:40]!r}")
    if not field.path or min(field.nulls, field.nans) < 0 or field.nulls + field.nans > samples:
        raise ManifestFault("holds a number that cannot be")
    low, high = _limit(field.min, kind), _limit(field.max, kind)
    if low is not None and high is not None and low > high:
        raise ManifestFault("holds bounds that cannot be")
    values = None if field.values is None else _values(field.values, items or kind)
    statistics = FieldStatistics(
        kind,
        samples,
        field.nulls,
        field.nans,
        low,
        high,
        values,
        items,
    )
    return ManifestField(tuple(field.path), field.column, statistics)


def _limit(value: _Scalar | None, kind: str) -> Any:
    if value is None:
        return None
    if kind == "datetime" and isinstance(value, str):
        try:
            return instant_of(value)
        except DecodeError as error:
            raise ManifestFault(f"holds a bound that is none: {error}") from None
    if kind in ("float64", "float32") and isinstance(value, str):
        value = _INFINITE.get(value, value)
    if not _is(value, kind):
        raise ManifestFault("holds a bound of another kind than its field")
    return value


def _values(pairs: Sequence[_Pair], kind: str) -> dict[Any, int]:
    found = {value: count for value, count in pairs if count > 0 and _is(value, kind)}
    if len(found) != len(pairs) or len(pairs) > MOST_VALUES:
        raise ManifestFault("lists values that cannot be")
    return found


def _is(value: object, kind: str) -> bool:
    match kind:
        case "integer":
            return type(value) is int
        case "float64" | "float32":
            return type(value) in (int, float)
        case "boolean":
            return type(value) is bool
        case "text":
            return isinstance(value, str)
        case _:
            return False
