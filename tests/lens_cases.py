"""Lenses of one clause each, for tests of all operators: every one with many arguments."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any, Final

from hypothesis import strategies as st

from atdata_schema.lenses import Lens, check, parse
from atdata_schema.lenses.types.sizes import VIEW
from lens_laws import NOTHING
from lens_listed import MOVED, WRITTEN, Case
from lens_schemas import schema
from lens_strategies import rows

__all__ = ["CASES", "FAMILIES", "LISTED_APART", "Case", "compiled", "edited", "mixed", "view_sizes"]


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


MOVES: Final = st.sampled_from(MOVED)


OTHERS: Final = st.sampled_from(WRITTEN)

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
    """The cases of each operator that lists of cases hold and that has no drawn ones: those in which it stands."""
    found: dict[str, list[Case]] = {}
    for case in (*MOVED, *WRITTEN):
        names = set(re.findall(r"\| (\w+)", case.clause)) - {"affine", "cast"}
        for name in names or {"without an operator"}:
            found.setdefault(name, []).append(case)
    return {name: st.sampled_from(cases) for name, cases in sorted(found.items())}


FAMILIES: Final = {name: cases for name, cases in CASES.items() if name not in ("moves", "others")}
"""Operators whose arguments are drawn."""

LISTED_APART: Final = _by_operator()
"""The others, each with its cases."""


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
