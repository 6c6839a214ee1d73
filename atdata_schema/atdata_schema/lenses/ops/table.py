"""How a table of values runs: on numbers at once, on other values one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from atdata_schema.lenses.ops.domains import domain_of
from atdata_schema.lenses.steps.elements import Elements, ElementStep, nd_of
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import NOTHING, Unary, shown
from atdata_schema.lenses.types.lens_types import LensType, Nd, bare, is_exact

__all__ = ["MapNumbers", "MapValues", "Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Values to values.

    Attributes:
        there: from each value of the source that is named.
        back: from each value of the view that leads back.
        other: the value for all that are not named, in a tuple of its own; `None` where there is none.
    """

    there: Mapping[Any, Any]
    back: Mapping[Any, Any]
    other: tuple[Any] | None


def refused_by(table: Table, arriving: LensType) -> str | None:
    """A value of a type that does not lead back, in words."""
    domain = domain_of(arriving)
    if domain is None:
        return "a value that no pair leads back from"
    return next((repr(value) for value in domain if value not in table.back), None)


@dataclass(frozen=True, kw_only=True)
class MapNumbers(ElementStep):
    """A table from integers to numbers."""

    table: Table

    def apply(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        made, found = _looked_up(value, self.table.there, nd_of(self.gives[0]).dtype)
        if self.table.other is None:
            return made, ~found
        return np.where(found, made, np.asarray(self.table.other[0], made.dtype)), None

    def invert(self, value: Elements, n: int) -> tuple[Elements, NDArray[np.bool_] | None]:
        made, found = _looked_up(value, self.table.back, nd_of(self.takes[0]).dtype)
        return made, ~found

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        return self.takes, refused_by(self.table, arriving[0])

    def why(self, value: str, *, back: bool) -> str:
        return f"{value} is on the {'right' if back else 'left'} of no pair"


def _looked_up(
    value: Elements, table: Mapping[Any, Any], dtype: str
) -> tuple[Elements, NDArray[np.bool_]]:
    """The entry of each number, and which have one."""
    entries = sorted((key, item) for key, item in table.items() if _comparable(key, value.dtype))
    if not entries:
        return np.zeros(value.shape, dtype), np.zeros(value.shape, np.bool_)
    keys = np.asarray([key for key, _ in entries], value.dtype)
    made = np.asarray([item for _, item in entries], dtype)
    at = np.minimum(np.searchsorted(keys, value), len(keys) - 1)
    return np.asarray(made[at]), np.asarray(keys[at] == value)


def _comparable(key: Any, dtype: np.dtype[Any]) -> bool:
    """Whether a key is a number of that type, exactly."""
    if dtype.kind == "f":
        return bool(key == key) and (not isinstance(key, int) or is_exact(dtype.name, key, key))
    if dtype.kind == "b":
        return key in (0, 1)
    info = np.iinfo(dtype)
    return bool(key == int(key) and int(info.min) <= key <= int(info.max))


@dataclass(frozen=True, kw_only=True)
class MapValues(Unary):
    """A table between any values."""

    table: Table
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: Any, n: int) -> Any:
        key = _key(value)
        if key in self.table.there:
            found = self.table.there[key]
        elif self.table.other is not None:
            found = self.table.other[0]
        else:
            raise Refused(f"{shown(value)} is on the left of no pair", key)
        return _value(found, self.gives[0])

    def again(self, value: Any, source: Any, n: int) -> Any:
        if source is not NOTHING and not self.laws.injective and same(self.there(source, n), value):
            return source
        key = _key(value)
        if key not in self.table.back:
            raise Refused(f"{shown(value)} is on the right of no pair that leads back", key)
        return _value(self.table.back[key], self.takes[0])

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        return self.takes, refused_by(self.table, arriving[0])


def _key(value: Any) -> Any:
    return value.item() if isinstance(value, np.ndarray | np.generic) else value


def _value(found: Any, kind: LensType) -> Any:
    inner = bare(kind)
    if found is None or not isinstance(inner, Nd):
        return found
    return np.asarray(found, inner.dtype)
