"""Whether data keep a verdict of comparing: written with the class of one side, and read with that of the other."""

from __future__ import annotations

from typing import Any, Final

from atdata.samples.build import sample_class
from atdata_schema.errors import DataError, DecodeError, ValidationError
from atdata_schema.fields.objects import Unknown
from atdata_schema.schema import Schema
from reading_across import difference

__all__ = ["TypeSide", "check_verdict"]

_MANY: Final = 5


class TypeSide:
    """One of both types of a case, its class, and samples of it.

    Args:
        schema: the type.
        values: the fields of its samples; an object is a map with the full name of its type under an empty name.
        beside: further fields of each sample.
    """

    def __init__(
        self, schema: Schema, values: Any, beside: list[dict[str, Any]] | None = None
    ) -> None:
        self.schema = schema
        self.cls: Any = sample_class(schema)
        own = {name: self._made(value) for name, value in values.items()}
        made = [self.cls(**own, **more) for more in beside or [{}] * _MANY]
        self.samples = [self.cls.decode(sample.encode()) for sample in made]  # floats rounded

    def _made(self, value: Any) -> Any:
        if issubclass(type(value), list):
            return [self._made(item) for item in value]
        if not issubclass(type(value), dict):
            return value
        rest = {key: self._made(item) for key, item in value.items() if key != ""}
        if "" not in value:
            return rest
        name = value[""]
        if name is None:
            return Unknown(**rest)
        full = name if "." in name else f"{self.schema.id.partition('#')[0]}#{name}"
        cls: Any = sample_class(Schema(full, self.schema.documents))
        return cls(**rest)


def check_verdict(word: str, writer: TypeSide, reader: TypeSide, record: Any = None) -> None:
    """Check what becomes of a sample: `reads`, or the category of the break.

    Args:
        word: the verdict.
        writer: the side whose data are read.
        reader: the side whose code reads them.
        record: the record form that proves a break which our own writer never makes.
    """
    sample = writer.samples[1]
    payload = sample.encode()
    if word == "meaning":
        kinds: list[Any] = [side.schema.model.main.fields[0].type for side in (writer, reader)]
        assert any(a != b for a, b in zip(kinds[0].classes, kinds[1].classes, strict=True))
        return
    if word == "wire":
        assert _is_lost(sample, payload, reader), "it is read, with equal values"
        return
    read = reader.cls.decode(payload)
    assert difference(sample, read) is None
    if word == "strict":
        assert _is_refused(
            sample, read, reader, record
        ), "it may be written, and its record is read"
        return
    read.encode()
    own = _record(sample)
    if own is not None:
        assert difference(sample, reader.cls.from_record(own)) is None


def _is_lost(sample: Any, payload: bytes, reader: TypeSide) -> bool:
    try:
        read = reader.cls.decode(payload)
    except DecodeError:
        return True
    return difference(sample, read) is not None or _unread(sample, read)


def _unread(sample: Any, read: Any) -> bool:
    """Whether a value has no place in what was read."""
    lost = [name for name in sample.FIELDS if name not in read.FIELDS]
    return any(getattr(sample, sample.FIELDS.attribute(name)) is not None for name in lost)


def _is_refused(sample: Any, read: Any, reader: TypeSide, more: Any) -> bool:
    try:
        read.encode()
    except ValidationError:
        return True
    record = _record(sample)
    if more is not None:
        record = {**(record or {}), **more}
    try:
        return difference(sample, reader.cls.from_record(record)) is not None
    except DecodeError:
        return True


def _record(sample: Any) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = sample.to_record()
    except DataError:
        return None
    return record
