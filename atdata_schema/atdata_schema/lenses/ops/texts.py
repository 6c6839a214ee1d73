"""`join`, `split` and `affix`: texts put together and taken apart at literal separators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from atdata_schema.lenses.limits import MAX_PATH
from atdata_schema.lenses.ops.domains import domain_of
from atdata_schema.lenses.ops.site import Site, fail, single
from atdata_schema.lenses.program.argument_kinds import Int, Text
from atdata_schema.lenses.program.op import Op, arg
from atdata_schema.lenses.steps.laws import ISO
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.step import SMALL, Growth, Step, Unary, Values, shown
from atdata_schema.lenses.types.lens_types import LensType, Plain, bare
from atdata_schema.model import TextType

__all__ = ["Affix", "Join", "Split", "affix", "join", "split"]

_ANY = Plain(TextType())


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Op):
    """`(first, last) | join(" ")`: texts, with a separator between them."""

    NAME: ClassVar[str] = "join"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("separator",)
    separator: str = arg(Text(empty=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Op):
    """`split("/", parts=2)`: the parts of a text; the last one may hold the separator."""

    NAME: ClassVar[str] = "split"
    POSITIONAL: ClassVar[tuple[str, ...]] = ("separator",)
    separator: str = arg(Text(empty=False))
    parts: int = arg(Int(2, MAX_PATH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Affix(Op):
    """`affix(prefix="img_", suffix=".png")`: a text with more at its ends."""

    NAME: ClassVar[str] = "affix"
    prefix: str = arg(Text(), default="")
    suffix: str = arg(Text(), default="")


def _texts(op: Op, takes: tuple[LensType, ...]) -> None:
    for kind in takes:
        if not isinstance(kind, Plain) or not isinstance(kind.type, TextType):
            fail("LN201", f"{op.NAME} takes texts, not {kind}", expected="string", actual=kind)


def join(op: Join, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at texts."""
    if len(takes) < 2:
        fail("LN108", 'join takes several texts: (first, last) | join(" ")')
    _texts(op, takes)
    fails = _holding(takes[:-1], op.separator)
    laws = replace(ISO, get_fails=fails, put_fails=_lacking(op.separator, len(takes)))
    growth = Growth(1.0, SMALL + 4 * len(op.separator) * len(takes))
    return JoinStep(
        op=op, takes=takes, gives=(_ANY,), laws=laws, growth=growth, separator=op.separator
    )


def split(op: Split, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a text."""
    single(op, takes)
    _texts(op, takes)
    laws = replace(
        ISO,
        get_fails=_lacking(op.separator, op.parts),
        put_fails=f"{op.separator!r} in a part before the last",
    )
    return SplitStep(
        op=op,
        takes=takes,
        gives=(_ANY,) * op.parts,
        laws=laws,
        separator=op.separator,
        parts=op.parts,
    )


def affix(op: Affix, takes: tuple[LensType, ...], site: Site) -> Step:
    """The operator at a text."""
    kind = single(op, takes)
    _texts(op, takes)
    if not op.prefix and not op.suffix:
        fail("LN003", 'affix needs a prefix or a suffix: affix(prefix="img_")')
    values = domain_of(kind)
    gives = _ANY
    if values is not None:
        gives = Plain(TextType(enum=tuple(f"{op.prefix}{value}{op.suffix}" for value in values)))
    laws = replace(ISO, put_fails="''")
    growth = Growth(1.0, SMALL + 4 * (len(op.prefix) + len(op.suffix)))
    return AffixStep(
        op=op,
        takes=takes,
        gives=(gives,),
        laws=laws,
        growth=growth,
        prefix=op.prefix,
        suffix=op.suffix,
    )


def _holding(kinds: tuple[LensType, ...], separator: str) -> str | None:
    """A text that holds the separator, where the types do not exclude it."""
    for kind in kinds:
        values = domain_of(kind)
        if values is None:
            return f"{separator!r} in a part before the last"
        held = next((value for value in values if separator in value), None)
        if held is not None:
            return repr(held)
    return _at_seam(kinds, separator)


def _at_seam(kinds: tuple[LensType, ...], separator: str) -> str | None:
    """A text at whose end the separator begins early, as `ab` before `bb`."""
    for kind in kinds:
        for value in domain_of(kind) or ():
            if (value + separator).index(separator) != len(value):
                return repr(value)
    return None


def _lacking(separator: str, parts: int) -> str:
    return (
        f"a text without {separator!r}"
        if parts == 2
        else f"a text with {separator!r} less than {parts - 1} times"
    )


@dataclass(frozen=True, kw_only=True)
class JoinStep(Step):
    """`join`; no part before the last holds the separator, so there is one way back."""

    separator: str
    BY_ROWS: ClassVar[bool] = True

    def forward(self, values: Values, n: int) -> Values:
        return (_joined(values, self.separator),)

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        return _split(values[0], self.separator, len(self.takes))


@dataclass(frozen=True, kw_only=True)
class SplitStep(Step):
    """`split`."""

    separator: str
    parts: int
    BY_ROWS: ClassVar[bool] = True

    def forward(self, values: Values, n: int) -> Values:
        return _split(values[0], self.separator, self.parts)

    def backward(self, values: Values, source: Values | None, n: int) -> Values:
        return (_joined(values, self.separator),)


def _joined(parts: Values, separator: str) -> str:
    """Parts and separators, of which only those parts come back.

    A part can hold no separator, nor one that begins in it and ends in the separator behind it.
    """
    for part in parts[:-1]:
        if (part + separator).index(separator) != len(part):
            raise Refused(f"{shown(part)} holds the separator {separator!r}, or runs into it", part)
    return separator.join(parts)


def _split(text: str, separator: str, parts: int) -> Values:
    found = tuple(text.split(separator, parts - 1))
    if len(found) < parts:
        raise Refused(
            f"{shown(text)} has {len(found)} parts around {separator!r}, not {parts}", text
        )
    return found


@dataclass(frozen=True, kw_only=True)
class AffixStep(Unary):
    """`affix`."""

    prefix: str
    suffix: str
    BY_ROWS: ClassVar[bool] = True

    def there(self, value: str, n: int) -> str:
        return f"{self.prefix}{value}{self.suffix}"

    def again(self, value: str, source: Any, n: int) -> str:
        whole = len(self.prefix) + len(self.suffix)
        right = value.startswith(self.prefix) and value.endswith(self.suffix)
        if not right or len(value) < whole:
            raise Refused(
                f"{shown(value)} is not {self.prefix!r}, something, {self.suffix!r}", value
            )
        return value[len(self.prefix) : len(value) - len(self.suffix)]

    def back(self, arriving: tuple[LensType, ...]) -> tuple[tuple[LensType, ...], str | None]:
        values = domain_of(bare(arriving[0]))
        if values is None:
            return (_ANY,), self.laws.put_fails
        for value in values:
            try:
                self.again(value, None, 0)
            except Refused:
                return (_ANY,), repr(value)
        return (Plain(TextType(enum=tuple(self.again(value, None, 0) for value in values))),), None
