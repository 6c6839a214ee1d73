"""Samples without a type: whatever map stands in a shard."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

from atdata.samples.dynamic_batch import DictBatch
from atdata.samples.dynamic_wire import described, opened, pack_row
from atdata_schema.errors import AtdataError
from atdata_schema.names import attribute_name
from atdata_schema.wire import rows
from atdata_schema.wire.npy import Buffer

__all__ = ["DictSample", "NoSuchField"]

T_co = TypeVar("T_co", covariant=True)


class NoSuchField(AtdataError, AttributeError, KeyError):
    """A field that the sample does not have; the message lists those it has."""

    def __str__(self) -> str:
        # A KeyError would print its message in quotes.
        return str(self.args[0])


class _Decodable(Protocol[T_co]):
    def decode(self, data: bytes, /) -> T_co: ...


class DictSample(Mapping[str, Any]):
    """One sample of no declared type: a map, whose entries are items and attributes.

    Bytes that are an array, an `.npy` file or the compact form of older shards, are given as the array; all
    else is given as msgpack has it. The attribute of an entry is its name, made an identifier where it is none:
    `seg_png` for `seg.png`, `class_` for `class`, `keys_` for `keys`.

    A sample that was read and not changed encodes to the very bytes it was read from. One that was made or
    changed is packed in msgpack's shortest forms, arrays as `.npy`.

    Args:
        values: the entries, by name.
        fields: more entries.

    >>> sample = DictSample({"label": "cat"}, score=0.5)
    >>> sample.label, sample["score"], sorted(sample)
    ('cat', 0.5, ['label', 'score'])
    >>> sample.labels
    Traceback (most recent call last):
    atdata.samples.dynamic.NoSuchField: the sample has no field 'labels'; it has label, score; did you mean 'label'?
    """

    __slots__ = ("_data", "_row", "_shared")
    _data: bytes | None
    _row: dict[str, Any]
    _shared: bool

    def __init__(self, values: Mapping[str, Any] | None = None, /, **fields: Any) -> None:
        self._begin({**(values or {}), **fields}, None)

    def _begin(self, row: dict[str, Any], data: bytes | None) -> None:
        object.__setattr__(self, "_row", row)
        object.__setattr__(self, "_data", data)
        # Whether a list or a map inside was handed out, which may have been changed since.
        object.__setattr__(self, "_shared", False)

    @classmethod
    def decode(cls, data: Buffer, *, extra: bool = True) -> Self:
        """The sample of one msgpack map; `extra` says nothing here, since every entry is kept.

        Raises:
            DecodeError: the bytes are no msgpack map with text keys.
        """
        own = bytes(data)
        sample = cls.__new__(cls)
        sample._begin(rows.unpack(own), own)
        return sample

    def encode(self) -> bytes:
        """The sample as one msgpack map.

        Raises:
            ValidationError: a value that msgpack does not hold, with its path.
        """
        if self._data is None:
            return self._packed()
        if self._shared:
            packed = self._packed()
            return self._data if packed == DictSample(rows.unpack(self._data))._packed() else packed
        return self._data

    def _packed(self) -> bytes:
        return pack_row(opened(self._row))

    def to(self, sample_type: type[T_co]) -> T_co:
        """The sample as one of a type, read as that type reads shards.

        Raises:
            DecodeError: the entries do not fit the type, with the path of what is wrong.
        """
        reader: _Decodable[T_co] = sample_type  # type: ignore[assignment]  # sample classes decode
        return reader.decode(self.encode())

    def to_dict(self) -> dict[str, Any]:
        """The entries as a plain dict, arrays as arrays."""
        return dict(self.items())

    @classmethod
    def collate(cls, samples: Sequence[DictSample], keys: Sequence[str] | None = None) -> DictBatch:
        """Many samples as one batch: a column for every name that any of them has, `None` where one lacks it."""
        names = [str(index) for index in range(len(samples))] if keys is None else keys
        return DictBatch(samples, names)

    def __getitem__(self, name: str) -> Any:
        if name not in self._row:
            raise NoSuchField(self._no_such(name))
        value = self._row[name]
        if isinstance(value, bytes | list | dict):
            value = self._row[name] = opened(value)
            if isinstance(value, list | dict):
                object.__setattr__(self, "_shared", True)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        object.__setattr__(self, "_data", None)
        self._row[name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self._row:
            raise NoSuchField(self._no_such(name))
        object.__setattr__(self, "_data", None)
        del self._row[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in DictSample.__slots__:
            raise AttributeError(name)
        return self[self._key(name)]

    def __setattr__(self, name: str, value: Any) -> None:
        self[self._key(name)] = value

    def __delattr__(self, name: str) -> None:
        del self[self._key(name)]

    def _key(self, attribute: str) -> str:
        """The name of the entry that an attribute is: `seg_png` may be `seg.png`, and `class_` `class`."""
        if attribute in self._row:
            return attribute
        return next((key for key in self._row if attribute_name(key) == attribute), attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, name: object) -> bool:
        return name in self._row

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *map(attribute_name, self._row)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DictSample):
            return NotImplemented
        return self is other or self._packed() == other._packed()

    __hash__ = None  # type: ignore[assignment]  # its entries can be changed

    def __repr__(self) -> str:
        return f"DictSample({', '.join(f'{name}={described(self[name])}' for name in self)})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._data is not None and not self._shared:
            return type(self).decode, (self._data,)
        return type(self), (self._row,)

    def _no_such(self, name: object) -> str:
        known = ", ".join(self._row) or "none"
        near = difflib.get_close_matches(str(name), self._row, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"the sample has no field {name!r}; it has {known}{hint}"
