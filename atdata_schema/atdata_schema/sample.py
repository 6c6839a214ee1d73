"""The bases of sample classes: generated ones, `@packable` ones and those built at run time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, cast

import numpy as np

from atdata_schema import data
from atdata_schema.batch import Batch, SampleColumns, batches_of
from atdata_schema.errors import DecodeError, ValidationError
from atdata_schema.fields.field import Json, given
from atdata_schema.fields.fieldset import Fields
from atdata_schema.schema import Schema
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["CompiledSample", "Record", "Sample", "TOO_DEEP"]

B_co = TypeVar("B_co", bound=Batch, covariant=True)
TOO_DEEP: Final = "objects nested too deeply, or one that holds itself"
"""What is wrong with a sample that Python cannot walk through."""


class Sample(Generic[B_co]):
    """One sample: fields with values, bytes in a shard, an object in a record. `B_co` is its batch class.

    Two samples are equal where their classes and their bytes are.

    Attributes:
        FIELDS: the codecs of its fields by property name, in field order.
        SCHEMA: its documents and their CID.
        TYPE: its full name, which `$type` holds in a union.
        BATCH: its typed batch class; `None` where columns are found at run time.
    """

    __slots__ = ()
    FIELDS: ClassVar[Fields]
    SCHEMA: ClassVar[Schema]
    TYPE: ClassVar[str]
    BATCH: ClassVar[type[Batch] | None] = None

    def encode(self) -> bytes:
        """The sample as one msgpack map (FORMATS, section 2).

        Raises:
            ValidationError: a value that its field does not allow, with its path.
        """
        try:
            return self.FIELDS.encoder.whole(self)
        except RecursionError:
            raise ValidationError(TOO_DEEP) from None

    @classmethod
    def decode(cls, data: Buffer, *, extra: bool = False) -> Self:
        """The sample of one msgpack map. Arrays are read-only views of it where they can be.

        Args:
            data: the bytes.
            extra: keep keys that the type does not declare in `extra`.

        Raises:
            DecodeError: not a sample of this type, with the path of what is wrong.
        """
        try:
            sample = cls(**cls.FIELDS.decode(data))
        except RecursionError:
            raise DecodeError(TOO_DEEP) from None
        if extra:
            object.__setattr__(sample, "_extra", cls.FIELDS.undeclared(rows.unpack(data)))
        return sample

    def to_record(self) -> dict[str, Json]:
        """The record form as JSON objects: what a lexicon validator sees.

        Raises:
            ValidationError: a value that its field does not allow.
            IntegerTooLarge: an integer beyond 2^53 - 1.
            RecordTooLarge: more than one mebibyte of DAG-CBOR.
            DataError: something else that no record holds: the key `$type` in a map, 65 levels of nesting.
        """
        try:
            record = self.FIELDS.to_record(self)
        except RecursionError:
            raise ValidationError(TOO_DEEP) from None
        data.check_record(data.as_value(record))
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The sample of a record form, as JSON objects or as values of the data model.

        Raises:
            DecodeError: not a record form of this type, with the path of what is wrong.
        """
        try:
            return cls(**cls.FIELDS.from_record(record))
        except RecursionError:
            raise DecodeError(TOO_DEEP) from None

    @classmethod
    def collate(cls, samples: Sequence[Self], keys: Sequence[str] | None = None) -> B_co:
        """Many samples as one batch; without `keys` they are numbered."""
        names = [str(index) for index in range(len(samples))] if keys is None else keys
        source = SampleColumns(cls.FIELDS, samples, names)
        return cast("B_co", batches_of(cls)(source))

    @property
    def extra(self) -> dict[str, Any]:
        """Entries that the type does not declare, where they were asked for on reading."""
        found: dict[str, Any] = getattr(self, "_extra", {})
        return found

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or not isinstance(other, Sample):
            return NotImplemented
        try:
            return self.encode() == other.encode()
        except ValidationError:
            return False

    __hash__ = None  # type: ignore[assignment]  # samples hold arrays, which change

    def __repr__(self) -> str:
        fields = zip(self.FIELDS.attributes, self.FIELDS.names, strict=True)
        values = (f"{attribute}={_shown(getattr(self, attribute, ...))}" for attribute, _ in fields)
        return f"{type(self).__name__}({', '.join(values)})"


class CompiledSample(Sample[B_co], Generic[B_co]):
    """The base of generated sample classes, and of those built at run time."""

    __slots__ = ("_extra",)

    def __reduce__(self) -> tuple[Any, ...]:
        values = [getattr(self, attribute) for attribute in self.FIELDS.attributes]
        return _rebuilt, (type(self), values, self.extra)


class Record(CompiledSample[B_co], Generic[B_co]):
    """The base of generated record classes: the record form names its `$type`.

    Attributes:
        KEY: the record key specification: `tid`, `nsid`, `any` or `literal:...`
    """

    __slots__ = ()
    KEY: ClassVar[str]

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The record of its JSON objects, or of values of the data model.

        Raises:
            DecodeError: not a record of this type, with the path of what is wrong.
        """
        whole: object = record
        kind = whole.get("$type", cls.TYPE) if isinstance(whole, Mapping) else cls.TYPE
        if kind != cls.TYPE:
            raise DecodeError(f"expected {cls.TYPE}, got {given(kind)}", ["$type"])
        return super().from_record(record)

    def to_record(self) -> dict[str, Json]:
        """The record as JSON objects, its `$type` first.

        Raises:
            ValidationError: a value that its field does not allow.
            IntegerTooLarge: an integer beyond 2^53 - 1.
            RecordTooLarge: more than one mebibyte of DAG-CBOR.
        """
        return {"$type": self.TYPE, **super().to_record()}


def _rebuilt(cls: type[Sample[Any]], values: list[Any], extra: dict[str, Any]) -> Sample[Any]:
    sample = cls(**dict(zip(cls.FIELDS.attributes, values, strict=True)))
    if extra:
        object.__setattr__(sample, "_extra", extra)
    return sample


def _shown(value: object) -> str:
    """A value on one short line: arrays by dtype and shape."""
    if isinstance(value, np.ndarray) and value.size > 4:
        return f"{value.dtype.name}{list(value.shape)}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
