"""Lenses of one clause each, for tests of all operators: every one with many arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from hypothesis import strategies as st

from atdata_schema.lenses import Lens, check, parse
from atdata_schema.lenses.types.sizes import VIEW
from lens_laws import NOTHING
from lens_schemas import schema
from lens_strategies import rows

__all__ = ["CASES", "EACH", "LISTED", "Case", "compiled", "edited", "mixed", "view_sizes"]


@dataclass(frozen=True)
class Case:
    """One clause between fields of two types.

    Attributes:
        source: the fields of the source.
        clause: the clause, and others.
        view: the fields of the view.
        objects: further objects of both documents.
    """

    source: str
    clause: str
    view: str
    objects: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.source.strip()} / {self.clause.strip()} / {self.view.strip()}"


@lru_cache(maxsize=4096)
def compiled(case: Case) -> Lens[Any, Any]:
    """The lens of a case."""
    objects = dict(case.objects)
    source = schema("org.example.source", case.source, **objects)
    view = schema("org.example.view", case.view, **objects)
    found = parse(f"lens l from org.example.source to org.example.view {{ {case.clause} }}")
    assert found.lenses, found.findings
    return check(found.lenses[0].program, source, view).lens


INTS: Final = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS: Final = ("float16", "float32", "float64")


def numbers_in(dtype: str) -> st.SearchStrategy[str]:
    """A source of numbers: an array, or one number where the lexicon has it."""
    shapes = st.sampled_from([f"{dtype}[3]", f"{dtype}[H, 2]", f"{dtype}[*]"])
    scalars = {"int64": "integer", "float64": "float64", "float32": "float32", "bool": "boolean"}
    return shapes | st.just(scalars[dtype]) if dtype in scalars else shapes


def retyped(kind: str, dtype: str) -> str:
    """The same source with another element type."""
    if "[" in kind:
        return dtype + kind[kind.index("[") :]
    return {"int64": "integer", "float64": "float64", "float32": "float32", "bool": "boolean"}.get(
        dtype, f"{dtype}[]"
    )


@st.composite
def ranges(draw: st.DrawFn, kind: str) -> str:
    """Bounds of an integer, or none."""
    if kind != "integer" or draw(st.booleans()):
        return ""
    low = draw(st.integers(-300, 300))
    high = low + draw(st.integers(0, 70_000))
    return f' {{"minimum": {low}, "maximum": {high}}}'


@st.composite
def casts(draw: st.DrawFn) -> Case:
    """Casts that are allowed, with everything that makes them so."""
    source = draw(st.sampled_from((*INTS, *FLOATS, "bool")))
    targets: list[str] = [*INTS, *FLOATS, *(["bool"] if source in INTS else [])]
    target = draw(st.sampled_from(targets))
    kind = draw(numbers_in(source))
    args: list[str] = [target]
    if source in FLOATS and target in INTS:
        args.append(
            f"round={draw(st.sampled_from(['nearest_even', 'towards_zero', 'down', 'up']))}"
        )
        args.append(f"overflow={draw(st.sampled_from(['error', 'clamp']))}")
    elif source in FLOATS:
        args += draw(st.sampled_from([[], [], ["overflow=error"], ["overflow=clamp"]]))
        if FLOATS.index(target) > FLOATS.index(source):
            args = [target, *draw(st.sampled_from([[], ["on_put=round"]]))]
    elif target in FLOATS:
        args.append("lossy")
        args += draw(st.sampled_from([[], ["on_put=round"]]))
    else:
        args.append(f"overflow={draw(st.sampled_from(['error', 'clamp', 'wrap']))}")
    clause = f"x | cast({', '.join(args)}) <-> y;"
    return Case(f"x: {kind}{draw(ranges(kind))}", clause, f"y: {retyped(kind, target)}")


NUMBER: Final = st.sampled_from(
    [
        "1",
        "-1",
        "2",
        "0.5",
        "1/3",
        "1/255",
        "0.489",
        "-7/3",
        "1/8",
        "1000",
        "1e-30",
        "3",
        "0.999999999999999",
    ]
)
OFFSET: Final = st.sampled_from(["0", "0", "1", "-3", "0.1", "1e10", "-1.5e-3", "1/3"])


@st.composite
def affines_of_floats(draw: st.DrawFn) -> Case:
    """Affine functions of floats."""
    dtype = draw(st.sampled_from(FLOATS))
    kind = draw(numbers_in(dtype))
    scale, offset = draw(NUMBER.filter(lambda n: n != "1e-30")), draw(OFFSET)
    if dtype == "float16" and offset == "1e10":
        offset = "1"
    mode = draw(st.sampled_from(["", ", on_put=error", ", on_put=approx"]))
    clause = f"x | affine(scale={scale}, offset={offset}{mode}) <-> y;"
    return Case(f"x: {kind}", clause, f"y: {kind}")


@st.composite
def affines_of_integers(draw: st.DrawFn) -> Case:
    """Affine functions of integers."""
    dtype = draw(st.sampled_from(INTS))
    kind = draw(numbers_in(dtype))
    scale = draw(st.sampled_from([1, 1, -1, 2, 3, -5] if dtype[0] == "i" else [1, 1, 2, 3]))
    offset = draw(st.integers(-100, 100) if dtype[0] == "i" else st.integers(0, 50))
    return Case(
        f"x: {kind}{draw(ranges(kind))}",
        f"x | affine(scale={scale}, offset={offset}) <-> y;",
        f"y: {kind}",
    )


@st.composite
def quantised(draw: st.DrawFn) -> Case:
    """Integers as floats of a range, with and without rounding, as a training view has them."""
    source = draw(st.sampled_from(["uint8", "int8", "uint16", "int16", "int32", "bool", "int64"]))
    target = draw(st.sampled_from(["float32", "float64"]))
    kind = draw(numbers_in(source))
    exact = source not in ("int64",) and not (source == "int32" and target == "float32")
    lossy = "" if exact else ", lossy"
    scale, offset = draw(NUMBER), draw(OFFSET)
    mode = draw(st.sampled_from(["", ", on_put=error", ", on_put=round"]))
    turn = draw(st.sampled_from(["", " | flip(d0)"])) if "[" in kind else ""
    clause = (
        f"x | cast({target}{lossy}){turn} | affine(scale={scale}, offset={offset}{mode}) <-> y;"
    )
    return Case(f"x: {kind}{draw(ranges(kind))}", clause, f"y: {retyped(kind, target)}")


@st.composite
def channels(draw: st.DrawFn) -> Case:
    """A factor for each channel, as images are normalised."""
    order = draw(
        st.sampled_from(
            [("uint8[H, W, 3]", "", 2), ("uint8[H, W, 3]", " | rearrange[h w c -> c h w]", 0)]
        )
    )
    kind, turn, axis = order
    scales = ", ".join(
        draw(st.lists(NUMBER.filter(lambda n: n != "1e-30"), min_size=3, max_size=3))
    )
    offsets = ", ".join(draw(st.lists(OFFSET, min_size=3, max_size=3)))
    mode = draw(st.sampled_from(["", ", on_put=round"]))
    shape = "H, W, 3" if axis == 2 else "3, H, W"
    clause = f"x{turn} | cast(float32) | affine(scale=[{scales}], offset=[{offsets}], axis={axis}{mode}) <-> y;"
    return Case(f"x: {kind}", clause, f"y: float32[{shape}]")


@st.composite
def maps(draw: st.DrawFn) -> Case:
    """Tables from and to texts, integers, booleans and nothing."""
    names = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
    targets = draw(st.lists(st.integers(0, 3), min_size=len(names), max_size=len(names)))
    preferred: set[int] = set()
    pairs: list[str] = []
    for name, target in zip(names, targets, strict=True):
        put = target not in preferred and draw(st.booleans() | st.just(True))
        preferred |= {target} if put else set()
        pairs.append(f'"{name}" {"<->" if put else "->"} {target}')
    open_ = draw(st.booleans())
    if open_:
        pairs.append(f"else -> {draw(st.integers(0, 3))}")
        kind = "string"
    else:
        kind = 'string {"enum": [' + ", ".join(f'"{name}"' for name in names) + "]}"
    missing = draw(st.booleans())
    mark = "?" if missing else ""
    bound = draw(st.sampled_from(["", ' {"minimum": 0, "maximum": 3}']))
    return Case(
        f"x{mark}: {kind}", f"x | map {{ {', '.join(pairs)} }} <-> y;", f"y{mark}: integer{bound}"
    )


@st.composite
def maps_of_numbers(draw: st.DrawFn) -> Case:
    """Tables of the elements of arrays."""
    dtype = draw(st.sampled_from(["uint8", "int16", "int64", "bool"]))
    keys: list[str]
    if dtype == "bool":
        keys, rest = ["false", "true"], ""
    else:
        low, high = (0, 255) if dtype == "uint8" else (-300, 300)
        keys = [
            str(key)
            for key in draw(st.lists(st.integers(low, high), min_size=1, max_size=5, unique=True))
        ]
        rest = f", else -> {draw(st.integers(0, 4))}"
    targets = draw(st.permutations(range(5)))
    pairs = [f"{key} <-> {target}" for key, target in zip(keys, targets, strict=False)]
    if dtype == "bool":
        pairs = [f"{key} <-> {value}" for key, value in zip(keys, ["true", "false"], strict=True)]
    return Case(
        f"x: {dtype}[H, 2]", f"x | map {{ {', '.join(pairs)}{rest} }} <-> y;", f"y: {dtype}[H, 2]"
    )


_MOVED: Final = [
    ("float32[H, W, 3]", "rearrange[h w c -> c h w]", "float32[3, H, W]"),
    ("float32[H, W, 3]", "rearrange[h w c -> (h w) c]", "float32[N, 3]"),
    ("uint8[H, 4]", "rearrange[h (a b) -> a h b](a=2)", "uint8[2, H, 2]"),
    ("uint8[6, 4]", "rearrange[(a b) c -> a b c](b=3)", "uint8[2, 3, 4]"),
    ("uint8[N]", "rearrange[(t c) -> t c](c=2)", "uint8[T, 2]"),
    ("uint8[2, 3]", "rearrange[h w -> (w h)]", "uint8[6]"),
    ("uint8[H, W]", "rearrange[h w -> 1 h w]", "uint8[1, H, W]"),
    ("uint8[1, W]", "rearrange[1 w -> w]", "uint8[W]"),
    ("uint8[H, W]", "flip(h)", "uint8[H, W]"),
    ("uint8[H, W]", "flip(d0, d1)", "uint8[H, W]"),
    ("int16[H, W, 3]", "take(d2=[2, 1, 0])", "int16[H, W, 3]"),
    ("int16[H, W, 3]", "take(d2=[2, 0])", "int16[H, W, 2]"),
    ("int16[H, 3]", "take(d1=[1], fill=7)", "int16[H, 1]"),
    ("int16[2, 3]", "take(d1=[1], fill=7)", "int16[2, 1]"),
    ("float64[H, W]", "crop(h=0:1, w=1:2)", "float64[1, 1]"),
    ("float64[4, 6]", "crop(d0=1:3, d1=::2, fill=0.5)", "float64[2, 3]"),
    ("float64[H, W]", "crop(h=1:)", "float64[M, W]"),
    ("float64[H]", "crop(h=-1:)", "float64[1]"),
    ("float64[5]", "crop(d0=1:-1)", "float64[3]"),
    ("bool[T, H]", "index(t=0)", "bool[H]"),
    ("bool[3, H]", "index(d0=-1)", "bool[H]"),
    ("bool[3]", "index(d0=1, fill=1)", "bool[]"),
    ("uint8[H, W]", "pad(h=[1, 0], w=[0, 2], value=9)", "uint8[A, B]"),
    ("float32[2, 2]", "pad(d0=[1, 1])", "float32[4, 2]"),
    ("complex64[2]", "cast(complex128)", "complex128[2]"),
    ("float32[2]", "cast(complex64)", "complex64[2]"),
    ("uint8[2]", "cast(complex64)", "complex64[2]"),
    ("uint8[H, W, 3]", "rearrange[h w c -> c h w] | crop(h=0:1) | flip(d0)", "uint8[3, 1, W]"),
    ("uint8[4]", "crop(d0=1:3) | cast(float32) | affine(scale=1/255)", "float32[2]"),
    (
        "uint8[4]",
        "crop(d0=1:3) | cast(float32) | affine(scale=1/255, on_put=round)",
        "float32[2]",
    ),
    ("int16[H, 4]", "take(d1=[0, 2]) | cast(int8, overflow=clamp)", "int8[H, 2]"),
    ("float64[H, 4]", "index(d1=0) | cast(float32) | affine(scale=2)", "float32[H]"),
    ("integer", "onehot(4)", "float32[4]"),
    ("uint8[H]", "onehot(256, dtype=uint8)", "uint8[H, 256]"),
    ("integer", "cast(float64, lossy) | affine(scale=2)", "float64"),
]
_MOVES: Final = [
    Case(f"x: {kind}", f"x | {ops} <-> y;", f"y: {seen}") for kind, ops, seen in _MOVED
]
MOVES: Final = st.sampled_from(_MOVES)


_OTHERS: Final = [
    Case("x: string", "x <-> y;", "y: string"),
    Case('x: string {"maxLength": 3}', "x <-> y;", "y: string"),
    Case("x: string", "x <-> y;", 'y: string {"maxLength": 3}'),
    Case('x: integer {"minimum": 0, "maximum": 9}', "x <-> y;", "y: integer"),
    Case("x: integer", "x <-> y;", 'y: integer {"minimum": 0}'),
    Case("x?: integer", "x <-> y;", "y?: integer"),
    Case("x: float32[H, W]\nz: uint8[H]", "x <-> y; drop z;", "y: float32[A, B]"),
    Case("x: float32[H, W]", "x <-> y;", "y: float32[A, A]"),
    Case("x: float32[...]", "x <-> y;", "y: float32[A, B]"),
    Case("x: *[H]", "x <-> y;", "y: float32[H]"),
    Case("x?: float64", "x | unwrap(default=1.0) <-> y;", "y: float64"),
    Case("x?: string", 'x | unwrap(default="cat") <-> y;', "y: string"),
    Case("x?: float32[2]", "x | unwrap(default=0.5) <-> y;", "y: float32[2]"),
    Case("x: string", "x | some <-> y;", "y?: string"),
    Case("x?: string", "x | expect <-> y;", "y: string"),
    Case("x?: uint8[H]", "x | cast(float32) <-> y;", "y?: float32[H]"),
    Case("x?: uint8[H]", "x | crop(h=0:1) <-> y;", "y?: uint8[1]"),
    Case("x?: uint8[2]", "x | crop(d0=0:1, fill=3) <-> y;", "y?: uint8[1]"),
    Case("x?: uint8[H]", "x | cast(float32) | affine(scale=1/255) <-> y;", "y?: float32[H]"),
    Case("a: string\nb: string", '(a, b) | join(" ") <-> y;', "y: string"),
    Case("a: string\nb: string\nc: string", '(a, b, c) | join("//") <-> y;', "y: string"),
    Case('a: string {"enum": ["a", "b"]}\nb: string', '(a, b) | join("/") <-> y;', "y: string"),
    Case("x: string", 'x | split("/", parts=2) <-> (a, b);', "a: string\nb: string"),
    Case(
        "x: string",
        'x | split("//", parts=3) <-> (a, b, c);',
        "a: string\nb: string\nc: string",
    ),
    Case("x: string", 'x | affix(prefix="img_", suffix=".png") <-> y;', "y: string"),
    Case(
        'x: string {"enum": ["a", "b"]}',
        'x | affix(suffix="x") <-> y;',
        'y: string {"enum": ["ax", "bx"]}',
    ),
    Case("x: datetime", "x | epoch(s) <-> y;", "y: integer"),
    Case("x: datetime", "x | epoch(ms) <-> y;", 'y: integer {"minimum": 0, "maximum": 99999999}'),
    Case("x: datetime", "x | epoch(us) <-> y;", "y: integer"),
    Case("x: datetime", "x | epoch(ns) <-> y;", "y: integer"),
    Case("a: float32[2]\nb: float32[2]", "(a, b) | stack(axis=0) <-> y;", "y: float32[2, 2]"),
    Case("a: uint8[H]\nb: uint8[H]", "(a, b) | stack(axis=1) <-> y;", "y: uint8[H, 2]"),
    Case("a: uint8[H]\nb: uint8[W]", "(a, b) | stack <-> y;", "y: uint8[2, A]"),
    Case(
        'a: integer {"minimum": 0, "maximum": 5}\nb: integer',
        "(a, b) | stack <-> y;",
        "y: int64[2]",
    ),
    Case("a: float64\nb: float64", "(a, b) | stack <-> y;", "y: float64[2]"),
    Case("x: uint8[H, 2]", "x | unstack(axis=1) <-> (a, b);", "a: uint8[H]\nb: uint8[H]"),
    Case("x: int64[2]", "x | unstack <-> (a, b);", "a: integer\nb: integer"),
    Case("a: uint8[H, 2]\nb: uint8[H, 1]", "(a, b) | concat(axis=1) <-> y;", "y: uint8[H, 3]"),
    Case("a: uint8[A]\nb: uint8[B]", "(a, b) | concat <-> y;", "y: uint8[C]"),
    Case("a: uint8[A]\nb: uint8[2]", "(a, b) | concat <-> y;", "y: uint8[C]"),
    Case("x: uint8[5]", "x | split_at([2]) <-> (a, b);", "a: uint8[2]\nb: uint8[3]"),
    Case("x: uint8[N]", "x | split_at([2]) <-> (a, b);", "a: uint8[2]\nb: uint8[M]"),
    Case("x: uint8[H, W]\nz: string", 'x <-> y; drop z default "q";', "y: uint8[H, W]"),
    Case("x: uint8[H, W]\nz: uint8[H]", "x <-> y; z <-> z;", "y: uint8[H, W]\nz: uint8[H]"),
    Case("x: uint8[H, W]\nz: uint8[H]", "x <-> y; z <-> z;", "y: uint8[H, W]\nz: uint8[N]"),
    Case("x: integer", "x <-> y; const 3 -> z;", "y: integer\nz: integer"),
    Case(
        "x: list[#p]",
        "x | each { a <-> b; c <-> c; } <-> y;",
        "y: list[#q]",
        (("p", "a: integer\nc: string"), ("q", "b: integer\nc: string")),
    ),
    Case(
        "x: list[#p]",
        'x | each { a <-> b; drop c default "n"; } <-> y; x | length -> n;',
        "y: list[#q]\nn: integer",
        (("p", "a: integer\nc: string"), ("q", "b: integer")),
    ),
    Case(
        "x: list[#p]",
        "x | each { a | cast(float64, lossy) <-> b; drop c; } <-> y;",
        "y: list[#q]",
        (("p", "a: integer\nc: string"), ("q", "b: float64")),
    ),
    Case(
        "x: #p",
        "x | with { a <-> b; c <-> c; } <-> y;",
        "y: #q",
        (("p", "a: integer\nc: string"), ("q", "b: integer\nc: string")),
    ),
    Case(
        "x?: #p",
        "x | with { a <-> b; drop c; } <-> y;",
        "y?: #q",
        (("p", "a: integer\nc: string"), ("q", "b: integer")),
    ),
    Case(
        "x: #p",
        "x.a <-> b; x.c <-> o.c;",
        "b: integer\no: #o",
        (("p", "a: integer\nc: string"), ("o", "c: string")),
    ),
    Case("x?: #p", "x.a <-> b; drop x.c;", "b?: integer", (("p", "a: integer\nc: string"),)),
    Case("x?: #p", "x.a <-> b; drop x.c;", "b?: integer", (("p", "a?: integer\nc: string"),)),
    Case(
        "a?: integer\nb?: string",
        "a <-> o.a; b <-> o.b;",
        "o?: #o",
        (("o", "a: integer\nb?: string"),),
    ),
    Case(
        "a: integer\nb?: string",
        "a | some <-> o.a; b <-> o.b;",
        "o?: #o",
        (("o", "a: integer\nb?: string"),),
    ),
    Case("x: list[integer]\nz: bytes", "x <-> y; z <-> w;", "y: list[integer]\nw: bytes"),
]

OTHERS: Final = st.sampled_from(_OTHERS)

CASES: Final = {
    "cast": casts(),
    "affine of floats": affines_of_floats(),
    "affine of integers": affines_of_integers(),
    "quantised": quantised(),
    "channels": channels(),
    "map": maps(),
    "map of numbers": maps_of_numbers(),
    "moves": MOVES,
    "others": OTHERS,
}


def _by_operator() -> dict[str, st.SearchStrategy[Case]]:
    """The cases of each operator that lists of cases hold: those in which it stands."""
    found: dict[str, list[Case]] = {}
    for case in (*_MOVES, *_OTHERS):
        names = re.findall(r"\| (\w+)|\b(drop|const)\b", case.clause)
        for name in dict.fromkeys(pipe or word for pipe, word in names):
            found.setdefault(name, []).append(case)
        if not names:
            found.setdefault("no operator", []).append(case)
    return {name: st.sampled_from(cases) for name, cases in sorted(found.items())}


EACH: Final = {
    **{name: cases for name, cases in CASES.items() if name not in ("moves", "others")},
    **{f"listed {name}": cases for name, cases in _by_operator().items()},
}
"""The same, with the listed ones apart by operator: for thousands of examples of each."""

_SHOWN: Final = [
    Case("x: list[integer]", "x | length -> y; drop x;", "y: integer"),
    Case("x: bytes", "x | length -> y; x <-> z;", "y: integer\nz: bytes"),
    Case("x: float32[H, 3]", "x | sum -> y; drop x;", "y: float32"),
    Case("x: int16[H, 3]", "x | sum(d1) -> y; drop x;", "y: int64[H]"),
    Case("x: float64[H, 3]", "x | mean(h) -> y; x <-> z;", "y: float64[3]\nz: float64[H, 3]"),
    Case("x: uint8[H, 3]", "x | max(d1) -> y; drop x;", "y: uint8[H]"),
    Case("x: float16[H, 3]", "x | min -> y; drop x;", "y: float16[]"),
    Case("x: float32[H, 3]", "x | argmax(axis=1) -> y; drop x;", "y: int64[H]"),
    Case("x: int8[H]", "x | argmax -> y; drop x;", "y: integer"),
    Case(
        "x: uint8[H, 3]",
        "x | dot(axis=1, weights=[299/1000, 587/1000, 114/1000]) -> y; drop x;",
        "y: float64[H]",
    ),
    Case("x: float64", "x | cast_str -> y; x <-> z;", "y: string\nz: float64"),
    Case("x: boolean", "x | cast_str -> y; drop x;", "y: string"),
    Case(
        "x: uint8[H, W]",
        "x | resize(h=2, w=3, mode=linear) -> y; drop x;",
        "y: uint8[2, 3]",
    ),
    Case("x: bool[H]", "x | resize(h=3, mode=nearest) -> y; drop x;", "y: bool[3]"),
    Case("x: int16[H, 3]", "x | take(d1=[0, 0, 2]) -> y; drop x;", "y: int16[H, 3]"),
    Case("x?: float32[H]", "x | sum -> y; drop x;", "y?: float32"),
    Case("x: string", 'x <-> y; const "a" -> z;', "y: string\nz: string"),
    Case("x: string", "x <-> y; const 0.5 -> z;", "y: string\nz: float32"),
    Case("x: string", "x <-> y; const true -> z;", "y: string\nz: boolean"),
    Case("x: string", "x <-> y; const none -> z;", "y: string\nz?: integer"),
    Case("x: string\nz: float64", "x <-> y; drop z default 1/3;", "y: string"),
    Case("x: string\nz: float64", "x <-> y; drop z;", "y: string"),
    Case(
        "x: string\nz?: #o",
        "x <-> y; drop z;",
        "y: string",
        (("o", "a: integer"),),
    ),
    Case(
        "x: string\nz: #o",
        "x <-> y; z.a <-> q.b.c; drop z.d default 7;",
        "y: string\nq: #o2",
        (("o", "a: integer\nd: integer"), ("o2", "b: #o3"), ("o3", "c: integer")),
    ),
    Case("x: #o", "x <-> y;", "y: #o", (("o", "a: integer\nd?: float32[2]"),)),
    Case("x: list[#o]", "x <-> y;", "y: list[#o]", (("o", "a: integer"),)),
    Case("x: bytes\nz: datetime", "x <-> y; z <-> z;", "y: bytes\nz: datetime"),
]

LISTED: Final = (
    *_MOVES,
    *_OTHERS,
    *_SHOWN,
    Case("x: float32[H, W, 3]", "x | rearrange[h w c -> c h w] <-> y;", "y: float32[C, H, W]"),
    Case("x?: uint8[H, W]", "x | rearrange[h w -> (h w)] <-> y;", "y?: uint8[N]"),
    Case("x: uint8[H, 3]", "x | take(d1=[2, 1, 0]) <-> y;", "y: uint8[H, C]"),
    Case(
        "x?: float64[2, 2]", "x | unwrap(default=0.5) | affine(scale=2) <-> y;", "y: float64[2, 2]"
    ),
    Case("x?: string", 'x | unwrap(default="a") | affix(prefix="p/") <-> y;', "y: string"),
    Case(
        "x: datetime", "x | epoch(s) | affine(offset=5) | cast(float64, lossy) <-> y;", "y: float64"
    ),
)
"""Cases one by one: those of operators that move elements, and all that are not drawn."""


def view_sizes(lens: Lens[Any, Any], seen: Any) -> dict[str, int]:
    """The sizes of the view's names as they are in a view, so that most draws fit."""
    sizes: dict[str, int] = {}
    if seen is NOTHING:
        return sizes
    for joint in lens.clauses:
        for leaf in joint.dst:
            value = leaf.read(seen)
            for size, actual in zip(
                getattr(leaf.type, "shape", ()), getattr(value, "shape", ()), strict=False
            ):
                for name in getattr(size, "symbols", ()):
                    sizes[name.replace(VIEW, "")] = actual
    return sizes


def edited(lens: Lens[Any, Any], seen: Any, sizes: dict[str, int]) -> st.SearchStrategy[Any]:
    """Views: drawn ones, and drawn fields in a view that some source has."""
    drawn = rows(lens.body.view, dict(sizes))
    if seen is NOTHING:
        return drawn
    names = sorted(seen)
    return drawn | st.builds(partial(mixed, seen), drawn, st.sets(st.sampled_from(names)))


def mixed(seen: dict[str, Any], view: dict[str, Any], chosen: set[str]) -> dict[str, Any]:
    """A view with some fields of another."""
    return {name: view[name] if name in chosen else seen[name] for name in seen}
