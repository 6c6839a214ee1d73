"""Samples of other WebDataset writers: untyped, one entry a member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from atdata.samples.dynamic import DictSample
from atdata.samples.dynamic_wire import pack_row
from atdata.samples.member_values import decode_member
from atdata.shards.grouped.parts import Part
from atdata_schema.errors import DecodeError

__all__ = ["MemberSample"]


class MemberSample(DictSample):
    """A sample whose entries are the members of an archive that share a key, by extension.

    A member is decoded when it is first asked for. What stays bytes stays bytes, whatever they look like.

    >>> sample = MemberSample.of([Part("dir/1.cls", "cls", b"7"), Part("dir/1.seg.png", "seg.png", b"...")])
    >>> sample.cls, sample["seg.png"], sample.seg_png
    (7, b'...', b'...')
    """

    __slots__ = ("_parts",)
    _parts: dict[str, Part]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Self:
        """The sample that some members are."""
        sample = cls.__new__(cls)
        # The order of the entries is that of the members.
        sample._begin(dict.fromkeys(part.extension for part in parts), None)
        object.__setattr__(sample, "_parts", {part.extension: part for part in parts})
        return sample

    def __getitem__(self, name: str) -> Any:
        part = self._parts.get(name)
        if part is not None:
            self._row[name] = _decoded(part)
            del self._parts[name]
        return self._row[name] if name in self._row else super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._parts.pop(name, None)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._parts.pop(name, None)

    def _packed(self) -> bytes:
        return pack_row(dict(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = [part._replace(payload=bytes(part.payload)) for part in self._parts.values()]
        return _rebuilt, (self._row, parts)


def _decoded(part: Part) -> Any:
    try:
        return decode_member(part.extension, part.payload)
    except DecodeError as error:
        error.reason = f"{error.reason} (member {part.name!r})"
        error.args = (error.reason, error.path)
        raise


def _rebuilt(row: dict[str, Any], parts: Sequence[Part]) -> MemberSample:
    sample = MemberSample.of(parts)
    object.__setattr__(sample, "_row", row)
    return sample
