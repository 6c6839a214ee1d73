"""Lenses as they could be written: every operator, with any arguments, whether or not they fit any type."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from hypothesis import strategies as st

from atdata_schema.lenses.ops.externs import ExternOp, NamedLiterals
from atdata_schema.lenses.ops.mapping import Map, Pair
from atdata_schema.lenses.ops.nesting import Each, With
from atdata_schema.lenses.ops.pattern import Pattern
from atdata_schema.lenses.ops.rearranging import Rearrange
from atdata_schema.lenses.ops.registry import BY_RECORD
from atdata_schema.lenses.program import literals
from atdata_schema.lenses.program.argument_kinds import (
    Flag,
    Int,
    Ints,
    LiteralKind,
    Number,
    Numbers,
    Text,
    Word,
)
from atdata_schema.lenses.program.axis_kinds import Axes, AxisKind, AxisValue, PerAxis, Stretch
from atdata_schema.lenses.program.clauses import (
    Bind,
    Block,
    Clause,
    Const,
    Derive,
    Drop,
    Extern,
    Program,
    SchemaRef,
)
from atdata_schema.lenses.program.notation import (
    ArrayNotation,
    ListNotation,
    MapNotation,
    NamedNotation,
)
from atdata_schema.lenses.program.op import Op, Spec, specs
from atdata_schema.lenses.program.values import Slice

__all__ = ["NUMBERS", "clauses", "literal_values", "ops", "programs"]

Strategy = st.SearchStrategy[Any]

NUMBERS: Final = (
    st.fractions(max_denominator=10**6).filter(lambda n: abs(n) < 10**20)
    | st.integers(-(2**62), 2**62).map(Fraction)
    | st.decimals(-1, 1, places=12).map(Fraction)
    | st.sampled_from([Fraction(1, 255), Fraction(-3, 2000), Fraction(10) ** 300, Fraction(1, 3)])
)
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES: Final = st.sampled_from(
    [
        "a",
        "label",
        "drop",
        "auto",
        "const",
        "from",
        "map",
        "x-ray",
        "a b",
        "`",
        "ü",
        "0",
        "#",
        "\\",
        "true",
        "nan",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
WORDS: Final = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True)
PATHS: Final = st.lists(NAMES, min_size=1, max_size=3).map(tuple)


def literal_values() -> Strategy:
    """Literals of every kind."""
    return (
        TEXTS.map(literals.text)
        | st.integers(-(2**63), 2**64 - 1).map(literals.integer)
        | NUMBERS.map(literals.number)
        | st.sampled_from(["nan", "inf", "-inf"]).map(literals.special)
        | st.booleans().map(literals.boolean)
        | st.just(literals.NONE)
    )


def _slices() -> Strategy:
    ends = st.none() | st.integers(-50, 50)
    made = st.builds(Slice, ends, ends, st.none() | st.integers(2, 5))
    return made.map(lambda s: Slice(None if s.start == 0 else s.start, s.stop, s.step))


def _values(spec: Spec) -> Strategy:
    """Values of one kind of argument."""
    kind: Any = spec.kind
    whole: Any = kind  # as it is before it is known to be one of some type
    match kind:
        case PerAxis():
            values = _values(Spec("", "", whole.kind, None))
            if len(kind.keys) > 1:
                values = st.tuples(st.integers(0, 9), st.integers(0, 9))
            axes = st.lists(
                st.integers(0, 7), min_size=1, max_size=3 if kind.many else 1, unique=True
            )
            return axes.flatmap(
                lambda found: st.tuples(
                    *(st.builds(AxisValue, st.just(axis), values) for axis in sorted(found))
                )
            )
        case Int():
            return st.integers(max(kind.low, -100), min(kind.high, 100))
        case Ints():
            return st.lists(st.integers(max(kind.low, 0), 50), min_size=1, max_size=4).map(tuple)
        case Number():
            return NUMBERS
        case Numbers():
            return st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)
        case Text():
            return TEXTS if kind.empty else TEXTS.filter(bool)
        case Word():
            return st.sampled_from(kind.words)
        case Flag():
            return st.booleans()
        case LiteralKind():
            return literal_values()
        case AxisKind():
            return st.integers(0, 7)
        case Axes():
            return st.lists(st.integers(0, 7), min_size=1, max_size=3, unique=True).map(tuple)
        case Stretch():
            return _slices()
        case NamedLiterals():
            return st.dictionaries(WORDS, literal_values(), max_size=3).map(
                lambda d: tuple(sorted(d.items()))
            )
        case _:
            raise NotImplementedError(type(kind).__name__)


def _optional(spec: Spec) -> Strategy:
    values = _values(spec)
    return (
        values if type(spec.default).__name__ == "_MISSING_TYPE" else st.just(spec.default) | values
    )


@st.composite
def _patterns(draw: st.DrawFn) -> Op:
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5, unique=True))

    def side(order: list[str]) -> tuple[tuple[str, ...], ...]:
        groups: list[tuple[str, ...]] = []
        rest = list(order)
        while rest:
            size = draw(st.integers(1, 2))
            groups.append(tuple(rest[:size]))
            rest = rest[size:]
            if draw(st.booleans()) and len(groups) < 6:
                groups.append(())
        return tuple(groups)

    pattern = Pattern(side(names), side(draw(st.permutations(names))))
    chosen = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    sizes = tuple((name, draw(st.integers(1, 9))) for name in sorted(chosen))
    return Rearrange(pattern=pattern, sizes=sizes)


_PAIRS: Final = st.lists(
    st.builds(Pair, literal_values(), literal_values(), st.booleans()), min_size=1, max_size=5
).map(tuple)


def ops(depth: int = 0) -> Strategy:
    """Operators of every family."""
    made: list[Strategy] = []
    for cls in BY_RECORD.values():
        if cls is Rearrange:
            made.append(_patterns())
        elif cls is Map:
            made.append(st.builds(Map, pairs=_PAIRS, otherwise=st.none() | literal_values()))
        elif cls in (Each, With):
            if depth < 2:
                blocks = st.lists(clauses(depth + 1), max_size=3).map(tuple).map(Block)
                made.append(st.builds(cls, block=blocks))
        else:
            fields: dict[str, Strategy] = {spec.name: _optional(spec) for spec in specs(cls)}
            if cls is ExternOp:
                fields["name"] = WORDS
            made.append(st.builds(cls, **fields))
    return st.one_of(made)


def clauses(depth: int = 0) -> st.SearchStrategy[Clause]:
    """Clauses of the canonical form."""
    paths = st.lists(PATHS, min_size=1, max_size=3).map(tuple)
    pipes = st.lists(st.deferred(lambda: ops(depth)), max_size=3).map(tuple)
    return (
        st.builds(Bind, paths, pipes, paths)
        | st.builds(Derive, paths, pipes, paths)
        | st.builds(Const, literal_values(), PATHS)
        | st.builds(Drop, PATHS, st.none() | literal_values())
    )


_NOTATIONS: Final = st.recursive(
    st.builds(NamedNotation, st.sampled_from(["bytes", "string", "org.example.box"]), st.booleans())
    | st.builds(
        ArrayNotation,
        st.sampled_from(["uint8", "float32", "*"]).filter(lambda d: d != "*"),
        st.lists(st.sampled_from(["H", "W", 3, "*"]), max_size=3).map(tuple),
        st.booleans(),
    ),
    lambda inner: st.builds(ListNotation, inner, st.booleans())
    | st.builds(MapNotation, inner, st.booleans()),
    max_leaves=3,
)
_CIDS: Final = st.sampled_from(
    [
        "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua",
        "bafyreibfcfaas6ls5x2utx7myadwevwvirp4xms4pb5rnv4s5ivdgorw4a",
    ]
)


def programs() -> st.SearchStrategy[Program]:
    """Lenses, pinned as the canonical form is."""
    refs = st.builds(
        SchemaRef, st.sampled_from(["org.example.a", "org.my-lab.b", "org.example.c#part"]), _CIDS
    )
    externs = st.lists(
        st.builds(Extern, WORDS, _NOTATIONS, _NOTATIONS, st.booleans(), st.none() | TEXTS),
        max_size=2,
        unique_by=lambda item: item.name,
    ).map(lambda found: tuple(sorted(found, key=lambda item: item.name)))
    return st.builds(
        Program,
        name=WORDS,
        source=refs,
        view=refs,
        clauses=st.lists(clauses(), max_size=5).map(tuple),
        externs=externs,
        description=st.none() | TEXTS,
    )
