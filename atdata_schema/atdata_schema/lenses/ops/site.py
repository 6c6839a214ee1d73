"""What an operator is told about the place it stands at, and how it says that it cannot stand there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from atdata_schema.lenses.limits import MAX_CONSTANT, MAX_RANK
from atdata_schema.lenses.program.axis_kinds import Axis, axis_text
from atdata_schema.lenses.program.clauses import Block, Extern
from atdata_schema.lenses.program.op import Op
from atdata_schema.lenses.steps.body import Body
from atdata_schema.lenses.types.lens_types import LensType, Nd, Obj
from atdata_schema.lenses.types.sizes import Size

__all__ = [
    "Fault",
    "Site",
    "Unfinished",
    "axis_number",
    "fail",
    "known_rank",
    "named_axis",
    "numbers",
    "single",
    "static_shape",
]


class Fault(Exception):
    """An operator that cannot stand where it stands: a finding, but for its place."""

    def __init__(
        self,
        rule: str,
        message: str,
        *,
        help: str | None = None,
        expected: object = None,
        actual: object = None,
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.help = help
        self.expected = None if expected is None else str(expected)
        self.actual = None if actual is None else str(actual)


class Unfinished(Exception):
    """A block with findings of its own, which are told already."""


def fail(
    rule: str,
    message: str,
    *,
    help: str | None = None,
    expected: object = None,
    actual: object = None,
) -> NoReturn:
    """Refuse an operator.

    Raises:
        Fault: always.
    """
    raise Fault(rule, message, help=help, expected=expected, actual=actual)


class Implementation(Protocol):
    """The code of an `extern` operator, given by whoever runs the lens."""

    @property
    def get(self) -> Callable[..., Any]:
        """`get(value, **arguments)`: the view of a value."""
        ...

    @property
    def put(self) -> Callable[..., Any]:
        """`put(view, source, **arguments)`: the value of a view; `source` was there before, or is `None`."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operator stands.

    Attributes:
        two_way: whether its clause is written back.
        wanted: the types of the view, where the operator is the last one.
        discrete: whether the source has fewer numbers than there are here, such as integers before a cast.
        rounds: whether an operator that stands behind it rounds on put.
        block: makes the body of a block between two objects.
        externs: the declared operators.
        code: the code of those that have some.
        warn: takes a warning: rule, message, help.
    """

    two_way: bool
    wanted: tuple[LensType, ...] | None
    discrete: bool
    rounds: bool
    block: BlockMaker
    externs: Mapping[str, Extern]
    code: Mapping[str, Implementation]
    warn: Warn


class BlockMaker(Protocol):
    """Makes the body of a block."""

    def __call__(self, block: Block, source: Obj, view: Obj) -> Body: ...


class Warn(Protocol):
    """Takes a warning."""

    def __call__(self, rule: str, message: str, help: str | None = None) -> None: ...


def single(op: Op, takes: Sequence[LensType]) -> LensType:
    """The one input of an operator.

    Raises:
        Fault: there are several.
    """
    if len(takes) != 1:
        fail(
            "LN108",
            f"{op.NAME} takes one value, not {len(takes)}",
            help="bring them together first: join, stack or concat",
        )
    return takes[0]


def numbers(op: Op, takes: Sequence[LensType], *, array: bool = False) -> Nd:
    """The one input of an operator of numbers.

    Raises:
        Fault: it is of another kind.
    """
    kind = single(op, takes)
    if not isinstance(kind, Nd) or (array and kind.scalar):
        what = "an array" if array else "numbers"
        fail("LN201", f"{op.NAME} takes {what}, not {kind}", expected=what, actual=kind)
    return kind


def known_rank(op: Op, kind: Nd) -> tuple[Size, ...]:
    """The sizes of all axes.

    Raises:
        Fault: their number is not known, or too large.
    """
    sizes = kind.sizes
    if sizes is None:
        fail(
            "LN205",
            f"{op.NAME} names axes, and the rank of {kind} is not known",
            help="declare the shape in the schema of the source",
            actual=kind,
        )
    if len(sizes) > MAX_RANK:
        fail("LN260", f"{op.NAME} at an array of {len(sizes)} axes; at most {MAX_RANK} are allowed")
    return sizes


def axis_number(op: Op, kind: Nd, axis: Axis) -> int:
    """The number of an axis.

    Raises:
        Fault: there is no such axis.
    """
    rank = len(known_rank(op, kind))
    if isinstance(axis, int) and axis < rank:
        return axis
    if isinstance(axis, str) and axis in kind.labels:
        return kind.labels.index(axis)
    names = [f"d{i}" if name is None else name for i, name in enumerate(kind.labels)]
    fail(
        "LN203",
        f"{kind} has no axis {axis_text(axis)}; its axes are {', '.join(names) or 'none'}",
        help="axes have the names of their dimensions in lower case, and the numbers d0, d1, ...",
        actual=kind,
    )


def named_axis(kind: Nd, axis: int) -> str:
    """An axis in messages."""
    name = kind.labels[axis] if axis < len(kind.labels) else None
    return name or f"d{axis}"


def static_shape(kind: Nd) -> tuple[int, ...] | None:
    """The shape, where all of it is numbers."""
    sizes = kind.sizes
    if sizes is None:
        return None
    fixed = [size.constant for size in sizes]
    found = tuple(size for size in fixed if size is not None)
    return found if len(found) == len(fixed) else None


def held(op: Op, elements: int, itemsize: int) -> int:
    """The bytes of elements that a lens makes whatever it reads.

    Raises:
        Fault: too many.
    """
    total = elements * itemsize
    if total > MAX_CONSTANT:
        fail(
            "LN262",
            f"{op.NAME} would make {total} bytes whatever it reads; at most {MAX_CONSTANT} are allowed",
        )
    return total
