"""How a sample class reads what a dataset holds, where that is not by plain `decode`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atdata.sample_type import SampleType, sample_type_of
from atdata.samples.member_sample import MemberSample
from atdata.samples.member_values import decode_as, decode_member
from atdata.shards.grouped.parts import Part, parts_of
from atdata_schema.errors import DecodeError
from atdata_schema.fields.fieldset import Fields
from atdata_schema.names import attribute_name
from atdata_schema.wire.npy import Buffer

__all__ = ["reader_of"]


def reader_of(cls: type[Any], *, grouped: bool = False, extra: bool = False) -> SampleType[Any]:
    """What reads the samples of a dataset as a class; equal ones for equal arguments.

    Args:
        cls: the class.
        grouped: whether a sample is several members of an archive, one field an extension.
        extra: whether entries that the class does not declare are kept in `sample.extra`.

    Raises:
        LoadError: it is no sample class.
    """
    plain = sample_type_of(cls)
    if not grouped and not extra:
        return plain
    fields = getattr(cls, "FIELDS", None)
    if not isinstance(fields, Fields):
        return _Untyped(cls) if grouped else plain  # an untyped sample keeps every entry as it is
    return _Typed(cls, extra) if grouped else _Extra(cls)


@dataclass(frozen=True)
class _Reader:
    """Stands in for a class.

    Attributes:
        cls: the class.
    """

    cls: Any

    @property
    def __name__(self) -> str:
        return str(self.cls.__name__)

    def collate(self, samples: Sequence[Any], keys: Sequence[str], /) -> Any:
        """The batch of some samples."""
        return self.cls.collate(samples, keys)


class _Extra(_Reader):
    """Reads rows with all that they hold beside the fields of the class."""

    @property
    def FIELDS(self) -> Fields:  # noqa: N802  # as sample classes have it
        """The codecs of the class: batches are made by them, column by column."""
        fields: Fields = self.cls.FIELDS
        return fields

    @property
    def BATCH(self) -> Any:  # noqa: N802  # as sample classes have it
        """Its batch class."""
        return self.cls.BATCH

    def decode(self, data: Buffer, /) -> Any:
        """The sample in a payload."""
        return self.cls.decode(data, extra=True)


class _Untyped(_Reader):
    """Reads members as untyped samples."""

    def decode(self, data: Buffer | list[Part], /) -> MemberSample:
        """The sample of some members."""
        return MemberSample.of(_parts(data))


@dataclass(frozen=True)
class _Typed(_Reader):
    """Reads members as the fields that have their extensions for names.

    Attributes:
        extra: whether members that no field declares are kept in `sample.extra`.
    """

    extra: bool

    def decode(self, data: Buffer | list[Part], /) -> Any:
        """The sample of some members.

        Raises:
            DecodeError: they do not fit the class, with the path of what is wrong.
        """
        fields: Fields = self.cls.FIELDS
        row: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for part in _parts(data):
            name = self._field(part.extension)
            if name is None:
                if self.extra:
                    rest[part.extension] = decode_member(part.extension, part.payload)
            elif name in row:
                raise DecodeError(f"two members are this field; one is {part.name!r}", [name])
            else:
                row[name] = decode_as(fields[name], part.extension, part.payload)
        sample = self.cls(**fields.unpack(row))
        if self.extra:
            object.__setattr__(sample, "_extra", rest)
        return sample

    def _field(self, extension: str) -> str | None:
        """The field that an extension is: `seg.png` may be `seg_png`, or `segPng` of a class that has it."""
        found = self._names.get(extension)
        return self._names.get(attribute_name(extension)) if found is None else found

    @cached_property
    def _names(self) -> dict[str, str]:
        fields: Fields = self.cls.FIELDS
        pairs = zip(fields.names, fields.attributes, strict=True)
        spelt = {
            name: (name, attribute, *fields.aliases.get(name, ())) for name, attribute in pairs
        }
        return {word: name for name, words in spelt.items() for word in _lower(words)}


def _lower(words: Iterable[str]) -> list[str]:
    """Words as extensions are read: in small letters."""
    return [word.lower() for word in words]


def _parts(data: Buffer | list[Part]) -> list[Part]:
    return data if isinstance(data, list) else parts_of(data)
