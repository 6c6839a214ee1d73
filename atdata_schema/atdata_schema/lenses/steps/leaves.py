"""Fields of the source and of the view: from what a sample holds to what a pipe carries, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from atdata_schema import model
from atdata_schema.errors import ValidationError
from atdata_schema.fields.field import Field, given
from atdata_schema.fields.of_model import field_of
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.steps.equality import attribute_of, is_object
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain, bare

__all__ = ["Leaf", "guard_of", "read_at"]

_BUILTIN: Final[dict[type, type]] = {
    model.TextType: str,
    model.DatetimeType: datetime,
    model.BytesType: bytes,
    model.MapType: dict,
    model.UnknownType: dict,
}


@dataclass(frozen=True)
class Leaf:
    """One field that a clause reads or writes.

    Attributes:
        path: where it stands.
        type: what is known of its values; optional where the field, or an object around it, may be missing.
        guard: checks what types cannot prove; `None` where there is nothing to check.
        needed: whether it has a value wherever the object around it is there.
    """

    path: Path
    type: LensType
    guard: Field[Any] | None = None
    needed: bool = False

    def read(self, holder: Any) -> Any:
        """The value in an object; `None` where it is missing."""
        return read_at(holder, self.path)

    def read_holder(self, holder: Any) -> Any:
        """The object that the field is in; `None` where that is missing."""
        return read_at(holder, self.path[:-1])

    @property
    def is_array(self) -> bool:
        """Whether its values are arrays that are always there."""
        return isinstance(self.type, Nd) and not self.type.scalar

    @cached_property
    def _form(self) -> tuple[np.dtype[Any] | None, tuple[int | None, ...] | None]:
        """The element type and the sizes of an array, as far as they are known."""
        kind = bare(self.type)
        assert isinstance(kind, Nd)  # of arrays only
        sizes = kind.sizes
        dtype = None if kind.dtype == "*" else np.dtype(kind.dtype)
        return dtype, None if sizes is None else tuple(size.constant for size in sizes)

    def fits(self, array: NDArray[Any], n: int = 0) -> bool:
        """Whether an array is of the element type and the sizes that are known; `n` axes stand before its own."""
        dtype, sizes = self._form
        if dtype is not None and array.dtype != dtype:
            return False
        if sizes is None:
            return True
        shape = array.shape[n:]
        if len(shape) != len(sizes):
            return False
        for size, actual in zip(sizes, shape, strict=True):
            if size is not None and size != actual:
                return False
        return True

    def into(self, value: Any) -> Any:
        """What a pipe carries, of what a sample holds.

        Raises:
            Refused: the value is not of the type.
        """
        if value is None:
            if isinstance(self.type, Maybe):
                return None
            raise Refused(f"{self.type} is wanted, and there is nothing", None)
        kind = bare(self.type)
        if isinstance(kind, Nd) and not kind.scalar:
            return self._array(value, kind)
        return _into(value, kind)

    def _array(self, value: Any, kind: Nd) -> Any:
        right = isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray)
        if not right or not self.fits(value):
            raise Refused(f"{kind} is wanted, not {_named(value)}", value)
        return value

    def out(self, value: Any) -> Any:
        """What a sample holds, of what a pipe carries.

        Raises:
            Refused: the value is not one that the field allows.
        """
        if value is None:
            return None
        kind = bare(self.type)
        if isinstance(kind, Nd) and isinstance(value, np.ndarray | np.generic):
            value = value.item() if kind.scalar else np.asarray(value)
        if self.guard is not None:
            self.check(value)
        return value

    def check(self, value: Any) -> None:
        """Hold a value against what types could not prove.

        Raises:
            Refused: the field does not allow it.
        """
        if self.guard is None or value is None:
            return
        try:
            self.guard.pack(value, [])
        except ValidationError as error:
            raise Refused(str(error), value) from None


def read_at(holder: Any, path: Path) -> Any:
    """The value at a path of an object; `None` where it, or an object around it, is missing."""
    for name in path:
        if holder is None:
            return None
        holder = attribute_of(holder, name)
    return holder


def guard_of(kind: LensType, wanted: model.Type) -> Field[Any] | None:
    """A field that checks a value of a type of the schema; `None` for kinds whose values are taken as they are."""
    inner = bare(kind)
    if isinstance(inner, Many) and isinstance(wanted, model.ListType) and _holds_objects(wanted):
        # Objects are equal on both sides; nothing but their number is held against the type.
        return _Lengths(wanted)
    if isinstance(inner, Nd | Plain | Many) and not _holds_objects(wanted):
        return field_of(wanted, _nobody)
    return None


def _holds_objects(kind: model.Type) -> bool:
    """Whether values of a type are objects or hold some."""
    match kind:
        case model.ListType(items=inner) | model.MapType(values=inner):
            return _holds_objects(inner)
        case _:
            return isinstance(kind, model.RefType | model.UnionType)


def _nobody(ref: str) -> type[Any]:
    raise LookupError(ref)


class _Lengths(Field[Any]):
    """The length of a list, without its items."""

    def __init__(self, kind: model.ListType) -> None:
        self._kind = kind

    def pack(self, value: Any, out: list[Any]) -> None:
        low, high = self._kind.min_length, self._kind.max_length
        if (low is not None and len(value) < low) or (high is not None and len(value) > high):
            raise ValidationError(f"expected {self._kind}, got {len(value)} items")

    def unpack(self, value: object) -> Any:
        return value

    def to_record(self, value: Any) -> Any:
        return value

    def from_record(self, value: Any) -> Any:
        return value


def _into(value: Any, kind: Nd | Plain | Obj | Many) -> Any:
    match kind:
        case Nd():
            return _number(value, kind)
        case Obj():
            if is_object(value):
                return value
        case Many():
            if isinstance(value, list | tuple):
                return list(value)
        case Plain():
            wanted = _BUILTIN.get(type(kind.type))
            if wanted is None or isinstance(value, wanted):
                return value
    raise Refused(f"{kind} is wanted, not {given(value)}", value)


def _named(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.name}{list(value.shape)}"
    return given(value)


def _number(value: Any, kind: Nd) -> Any:
    make = _MAKERS.get(kind.kind)
    made = None if make is None else make(value)
    if made is None:
        raise Refused(f"{kind} is wanted, not {given(value)}", value)
    bounds = kind.bounds
    if bounds is not None and not bounds[0] <= made <= bounds[1]:
        raise Refused(f"{kind} is wanted, not {given(value)}", value)
    if kind.values is not None and made not in kind.values:
        raise Refused(f"{kind} is wanted, not {given(value)}", value)
    return np.asarray(made, kind.dtype)


def _boolean(value: Any) -> bool | None:
    return bool(value) if isinstance(value, bool | np.bool_) else None


def _whole(value: Any) -> int | None:
    if type(value) is int:  # nearly always, and asking for a protocol takes long
        return value
    if isinstance(value, bool | np.bool_ | np.ndarray) or not isinstance(value, SupportsIndex):
        return None
    return int(value.__index__())


def _real(value: Any) -> float | None:
    if type(value) is float:
        return value
    if isinstance(value, bool | np.bool_ | str | bytes | np.ndarray | complex | np.complexfloating):
        return None
    return float(value) if isinstance(value, SupportsFloat) else None


_MAKERS: Final[dict[str, Callable[[Any], Any]]] = {
    "b": _boolean,
    "i": _whole,
    "u": _whole,
    "f": _real,
}
