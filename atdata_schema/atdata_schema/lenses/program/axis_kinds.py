"""Kinds of arguments that name axes: by number, or by the name of a dimension until types are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from atdata_schema.lenses.limits import MAX_RANK
from atdata_schema.lenses.program.argument_kinds import Int, Kind, items, whole
from atdata_schema.lenses.program.values import Slice, Symbol, Value, described

__all__ = ["Axes", "Axis", "AxisKind", "AxisValue", "PerAxis", "Stretch", "axis_of", "axis_text"]

Axis: TypeAlias = int | str
"""An axis by number, from 0, or by name. The canonical form has numbers only."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_NUMBERED: Final = re.compile(r"d(\d{1,2})")


def axis_of(name: str) -> Axis:
    """The axis that a word names: `d0`, `d1`, ... are numbers.

    >>> axis_of("d2"), axis_of("h")
    (2, 'h')
    """
    found = _NUMBERED.fullmatch(name)
    return int(found[1]) if found else name


def axis_text(axis: Axis) -> str:
    """The word for an axis."""
    return f"d{axis}" if isinstance(axis, int) else axis


class AxisKind(Kind[Axis]):
    """One axis."""

    def parse(self, value: Value) -> Axis:
        if isinstance(value, Symbol):
            return axis_of(value.name)
        return Int(0, 63).parse(value)

    def text(self, value: Axis) -> str:
        return str(value)

    def record(self, value: Axis) -> Any:
        return value

    def of_record(self, obj: object) -> Axis:
        return whole(obj, 0, 63)


class Axes(Kind[tuple[Axis, ...]]):
    """One axis or more."""

    def parse(self, value: Value) -> tuple[Axis, ...]:
        many = value if isinstance(value, tuple) else (value,)
        return tuple(_AXIS.parse(item) for item in items(many, MAX_RANK))

    def text(self, value: tuple[Axis, ...]) -> str:
        return f"[{', '.join(map(_AXIS.text, value))}]"

    def record(self, value: tuple[Axis, ...]) -> Any:
        return list(value)

    def of_record(self, obj: object) -> tuple[Axis, ...]:
        return tuple(_AXIS.of_record(item) for item in items(obj, MAX_RANK))


_AXIS: Final = AxisKind()


class Stretch(Kind[Slice]):
    """A stretch of an axis; an object of `start`, `stop` and `step` in a record."""

    def parse(self, value: Value) -> Slice:
        if not isinstance(value, Slice):
            raise ValueError(f"a stretch such as 16:240 is wanted, not {described(value)}")
        return self._checked(value)

    def text(self, value: Slice) -> str:
        return str(value)

    def record(self, value: Slice) -> Any:
        ends = {"start": value.start, "stop": value.stop, "step": value.step}
        return {key: end for key, end in ends.items() if end is not None}

    def of_record(self, obj: object) -> Slice:
        if not isinstance(obj, Mapping) or not set(obj) <= {"start", "stop", "step"}:
            raise ValueError("a stretch is an object of start, stop and step")
        return self._checked(Slice(*map(obj.get, ("start", "stop", "step"))))

    def _checked(self, value: Slice) -> Slice:
        for end in (value.start, value.stop):
            if end is not None:
                whole(end, -(2**31), 2**31 - 1)
        if value.step is not None:
            whole(value.step, 1, 2**31 - 1)
        start = None if value.start == 0 else value.start
        return Slice(start, value.stop, None if value.step == 1 else value.step)


@dataclass(frozen=True, slots=True)
class AxisValue(Generic[T_co]):
    """Something about one axis."""

    axis: Axis
    value: T_co


@dataclass(frozen=True, slots=True)
class PerAxis(Generic[T]):
    """Keywords that are axes: `h=16:240, w=0:320`; a list of objects with `axis` in a record.

    Attributes:
        kind: what each value is.
        keys: the keys of a value in a record; none where the value is an object itself.
        many: whether more than one axis may be named.
    """

    kind: Kind[T]
    keys: tuple[str, ...] = ()
    many: bool = True

    def text(self, value: AxisValue[T]) -> str:
        """One keyword and its value."""
        return f"{axis_text(value.axis)}={self.kind.text(value.value)}"

    def record(self, values: tuple[AxisValue[T], ...]) -> Any:
        """All of them, by axis."""
        ordered = sorted(values, key=lambda item: (str(type(item.axis)), item.axis))
        return [{"axis": item.axis, **self._object(item.value)} for item in ordered]

    def of_record(self, obj: object) -> tuple[AxisValue[T], ...]:
        """All of them, of a record."""
        return tuple(map(self._one, items(obj, MAX_RANK)))

    def _object(self, value: T) -> Mapping[str, Any]:
        made = self.kind.record(value)
        if not self.keys:
            return dict(made)
        return dict(zip(self.keys, made if len(self.keys) > 1 else [made], strict=True))

    def _one(self, obj: object) -> AxisValue[T]:
        if not isinstance(obj, Mapping) or "axis" not in obj:
            raise ValueError("what is said about an axis is an object with its number under axis")
        axis = whole(obj["axis"], 0, 63)
        rest = {key: value for key, value in obj.items() if key != "axis"}
        if not self.keys:
            return AxisValue(axis, self.kind.of_record(rest))
        if set(rest) != set(self.keys):
            raise ValueError(f"an axis has the keys axis, {', '.join(self.keys)}")
        values = [rest[key] for key in self.keys]
        return AxisValue(axis, self.kind.of_record(values if len(self.keys) > 1 else values[0]))


def unique(values: tuple[AxisValue[T], ...]) -> tuple[AxisValue[T], ...]:
    """The same values, each axis once.

    Raises:
        ValueError: an axis is named twice.
    """
    axes = [item.axis for item in values]
    for axis in axes:
        if axes.count(axis) > 1:
            raise ValueError(f"the axis {axis_text(axis)} is named twice")
    return values
