"""`unwrap`, `some` and `expect`: values that may be missing, and values that may not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar

import numpy as np

from atdata_schema.lenses.ops.domains import fitted, value_of
from atdata_schema.lenses.ops.site import Site, fail, held, single, static_shape
from atdata_schema.lenses.program.argument_kinds import LiteralKind
from atdata_schema.lenses.program.literals import Literal
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.equality import same
from atdata_schema.lenses.steps.laws import ISO, StepLaws
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import SMALL, Growth, Step, Unary, Values
from atdata_schema.lenses.types.lens_types import (
    LensType,
    Maybe,
    Nd,
    Plain,
    bare,
    optional,
    together,
    with_elements,
)
from atdata_schema.model import TextType

__all__ = ["Expect", "Some", "Unwrap", "expect", "some", "unwrap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrap(Op):
    """`unwrap(default=1.0)`: the value, or a default where it is missing."""

    NAME: ClassVar[str] = "unwrap"
    SEES_MISSING: ClassVar[bool] = True
    default: Literal = arg(LiteralKind())


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(Op):
    """`some`: a value that is always there, where one may be missing."""

    NAME: ClassVar[str] = "some"
    SEES_MISSING: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Op):
    """`expect`: the value; a sample without one has no view."""

    NAME: ClassVar[str] = "expect"
    SEES_MISSING: ClassVar[bool] = True


def unwrap(op: Unwrap, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a value that may be missing."""
    kind = _maybe(op, takes)
    default = fitted(op.default, kind, "the default")
    value = value_of(default, kind)
    growth = Growth()
    if isinstance(kind, Nd) and not kind.scalar:
        shape = static_shape(kind)
        if shape is None:
            fail(
                "LN205", f"unwrap makes an array, and the shape of {kind} is not known", actual=kind
            )
        growth = Growth(1.0, held(op, prod(shape), value.dtype.itemsize) + SMALL)
        value = np.full(shape, value)
    gives = _with(kind, default, value)
    laws = StepLaws(exact=True, loses=f"a missing value and {default} both become {default}")
    return UnwrapStep(
        op=Unwrap(default=default),
        takes=takes,
        gives=(gives,),
        laws=laws,
        growth=growth,
        default=value,
    )


def _with(kind: LensType, default: Literal, value: Any) -> LensType:
    """The type with the default among its values."""
    if isinstance(kind, Plain) and isinstance(kind.type, TextType) and kind.type.enum is not None:
        enum = tuple(dict.fromkeys((*kind.type.enum, str(default.value))))
        return replace(kind, type=replace(kind.type, enum=enum))
    if isinstance(kind, Plain) and isinstance(kind.type, TextType):
        return replace(kind, type=TextType())
    if isinstance(kind, Nd) and kind.is_integral:
        number = int(default.python)
        return with_elements(
            kind, together([kind, replace(kind, low=number, high=number, values=(number,))])
        )
    return kind


def some(op: Some, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a value that is always there."""
    kind = single(op, takes)
    if isinstance(kind, Maybe):
        fail(
            "LN201",
            f"some takes a value that is always there, not {kind}",
            help="leave it out",
            actual=kind,
        )
    laws = replace(ISO, put_fails="none")
    return SomeStep(op=op, takes=takes, gives=(optional(kind),), laws=laws)


def expect(op: Expect, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a value that may be missing."""
    kind = _maybe(op, takes)
    return ExpectStep(op=op, takes=takes, gives=(kind,), laws=replace(ISO, get_fails="none"))


def _maybe(op: Op, takes: tuple[LensType, ...]) -> LensType:
    kind = single(op, takes)
    if not isinstance(kind, Maybe):
        fail(
            "LN201",
            f"{op.NAME} takes a value that may be missing, not {kind}",
            help="leave it out: the value is always there",
            actual=kind,
        )
    return kind.inner


@dataclass(frozen=True, kw_only=True)
class UnwrapStep(Unary):
    """`unwrap`; the source stays without a value where the view is still the default."""

    default: Any

    def get(self, values: Values, n: int = 0) -> Values:
        return values if n and isinstance(values[0], np.ndarray) else super().get(values, n)

    def there(self, value: Any, n: int) -> Any:
        return self.default if value is None else value

    def again(self, value: Any, source: Any, n: int) -> Any:
        if n == 0 and source is None and same(value, self.default):
            return None
        return value

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        if (
            n
            and source is not None
            and isinstance(source[0], list)
            and any(x is None for x in source[0])
        ):
            rows = [self.again(v, s, 0) for v, s in zip(values[0], source[0], strict=True)]
            return (rows,)
        return values if n else super().put(values, source, n)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        return tuple(map(optional, arriving)), None


@dataclass(frozen=True, kw_only=True)
class SomeStep(Unary):
    """`some`."""

    def get(self, values: Values, n: int = 0) -> Values:
        return values

    def there(self, value: Any, n: int) -> Any:
        return value

    def again(self, value: Any, source: Any, n: int) -> Any:
        return _there(value)

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        return (_all_there(values[0]),) if n else super().put(values, source, n)

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        fails = "none" if isinstance(arriving[0], Maybe) else None
        return tuple(map(bare, arriving)), fails


@dataclass(frozen=True, kw_only=True)
class ExpectStep(Unary):
    """`expect`."""

    def get(self, values: Values, n: int = 0) -> Values:
        return (_all_there(values[0]),) if n else super().get(values, n)

    def there(self, value: Any, n: int) -> Any:
        return _there(value)

    def again(self, value: Any, source: Any, n: int) -> Any:
        return value

    def put(self, values: Values, source: Values | None, n: int = 0) -> Values:
        return values

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        return tuple(map(optional, arriving)), None


def _there(value: Any) -> Any:
    if value is None:
        raise Refused("a value is wanted, and it is missing", None)
    return value


def _all_there(column: Any) -> Any:
    if isinstance(column, list):
        for row, value in enumerate(column):
            if value is None:
                raise Refused("a value is wanted, and it is missing", None, row)
    return column
