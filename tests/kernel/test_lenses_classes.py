"""The class of each operator, and for each law that fails, values for which it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import numpy as np
import pytest

from atdata_schema.errors import GetError, PutError
from atdata_schema.lenses import Lens, check, parse
from atdata_schema.lenses.steps.equality import same
from lens_schemas import schema

F32: Final = np.float32


def lens_of(source: str, clause: str, view: str, **objects: str) -> Lens[Any, Any]:
    """The lens of a clause."""
    a, b = schema("org.example.a", source, **objects), schema("org.example.b", view, **objects)
    return check(
        parse(f"lens l from org.example.a to org.example.b {{ {clause} }}").lenses[0].program, a, b
    ).lens


@dataclass(frozen=True)
class Law:
    """One clause, its class, and what its laws are.

    Attributes:
        source: the type of `x`.
        op: the operators between `x` and `y`.
        view: the type of `y`.
        kind: the class.
        laws: one sign each for GetPut, PutGet on all views, PutPut: `+` holds, `-` fails, `~` within a tolerance.
        put_put: where PutPut fails, a source and another view.
        refused: where put is not total, a view and a source for which it is refused.
        how: how it was found.
    """

    source: str
    op: str
    view: str
    kind: str
    laws: str
    put_put: tuple[Any, Any] | None = None
    refused: tuple[Any, Any] | None = None
    how: str = "proved"


def many(dtype: str, *values: complex | None) -> Any:
    """An array."""
    return np.asarray(values, dtype)


TABLE: Final = [
    Law("string", "", "string", "iso", "+++"),
    Law("uint8[H, W, 3]", "rearrange[h w c -> c h w]", "uint8[3, H, W]", "iso", "+++"),
    Law("uint8[2, 3]", "rearrange[h w -> (h w)]", "uint8[6]", "iso", "+++"),
    Law("uint8[H, W]", "flip(h)", "uint8[H, W]", "iso", "+++"),
    Law("uint8[H, 3]", "take(d1=[2, 1, 0])", "uint8[H, 3]", "iso", "+++"),
    Law("uint8[4]", "crop(d0=1:3)", "uint8[2]", "lens", "+++"),
    Law("uint8[4]", "index(d0=1)", "uint8[]", "lens", "+++"),
    Law(
        "uint8[4]",
        "crop(d0=1:3) | cast(float32) | affine(scale=1/255)",
        "float32[2]",
        "lens",
        "+-+",
        refused=(many("float32", 0.5, 1), many("uint8", 1, 2, 3, 4)),
        how="exhaustive",
    ),
    Law(
        "int32[3]",
        "crop(d0=0:1) | cast(uint8, overflow=clamp)",
        "uint8[1]",
        "lens*",
        "++-",
        put_put=(many("int32", 300, 1, 1), many("uint8", 3)),
    ),
    Law("uint8[3]", "take(d0=[2, 0])", "uint8[2]", "lens", "+++"),
    Law(
        "uint8[2]",
        "pad(d0=[1, 1], value=7)",
        "uint8[4]",
        "embedding",
        "+-+",
        refused=(many("uint8", 7, 1, 2, 8), many("uint8", 1, 2)),
    ),
    Law(
        "uint8[2]",
        "cast(float32)",
        "float32[2]",
        "embedding",
        "+-+",
        refused=(many("float32", 0.5, 1), many("uint8", 0, 1)),
    ),
    Law(
        "float32[2]",
        "cast(float64)",
        "float64[2]",
        "embedding",
        "+-+",
        refused=(many("float64", 0.1, 1), many("float32", 0, 1)),
    ),
    Law("int32[2]", "cast(uint8, overflow=error)", "uint8[2]", "embedding", "+++"),
    Law(
        "int32[2]",
        "cast(uint8, overflow=clamp)",
        "uint8[2]",
        "lens*",
        "++-",
        put_put=(many("int32", 300, 1), many("uint8", 2, 1)),
    ),
    Law(
        "int32[2]",
        "cast(uint8, overflow=wrap)",
        "uint8[2]",
        "lens*",
        "++-",
        put_put=(many("int32", 300, 1), many("uint8", 2, 1)),
    ),
    Law("int8[2]", "cast(uint8, overflow=wrap)", "uint8[2]", "iso", "+++", how="exhaustive"),
    Law("int32[2]", "cast(uint32, overflow=wrap)", "uint32[2]", "iso", "+++"),
    Law(
        "uint8[2]",
        "cast(int16)",
        "int16[2]",
        "embedding",
        "+-+",
        refused=(many("int16", 256, 0), many("uint8", 0, 1)),
    ),
    Law(
        'integer {"minimum": 0, "maximum": 255}',
        "cast(int64)",
        'integer {"minimum": 0, "maximum": 255}',
        "iso",
        "+++",
        how="exhaustive",
    ),
    Law(
        "float64[1]",
        "cast(float32)",
        "float32[1]",
        "lens*",
        "++-",
        put_put=(many("float64", 0.1), many("float32", 2)),
    ),
    Law(
        "integer",
        "cast(float64, lossy)",
        "float64",
        "lens*",
        "+--",
        put_put=(2**53 + 1, 1.0),
        refused=(0.5, 3),
    ),
    Law("integer", "affine(offset=5)", "integer", "embedding", "+-+", refused=(-(2**63), 0)),
    Law(
        'integer {"minimum": 0, "maximum": 9}',
        "affine(scale=-1, offset=9)",
        'integer {"minimum": 0, "maximum": 9}',
        "iso",
        "+++",
        how="exhaustive",
    ),
    Law(
        "int32[1]",
        "affine(scale=3)",
        "int32[1]",
        "embedding",
        "+-+",
        refused=(many("int32", 4), many("int32", 1)),
    ),
    Law(
        "uint8[1]",
        "cast(float32) | affine(scale=1/255)",
        "float32[1]",
        "embedding",
        "+-+",
        refused=(many("float32", 0.5), many("uint8", 1)),
        how="exhaustive",
    ),
    Law(
        "uint16[1]",
        "cast(float32) | affine(scale=1/65535)",
        "float32[1]",
        "embedding",
        "+-+",
        refused=(many("float32", 0.5), many("uint16", 1)),
        how="exhaustive",
    ),
    Law(
        "uint8[1]",
        "cast(float32) | affine(scale=1/255, on_put=round)",
        "float32[1]",
        "approx",
        "+~+",
        refused=(many("float32", 1.5), many("uint8", 1)),
        how="exhaustive",
    ),
    Law(
        "float32[1]",
        "affine(scale=1/8)",
        "float32[1]",
        "approx",
        "+~-",
        put_put=(many("float32", 1e-45), many("float32", 1)),
    ),
    Law(
        "float32[1]",
        "affine(scale=1/8, offset=3)",
        "float32[1]",
        "approx",
        "+~-",
        put_put=(many("float32", 1e-38), many("float32", 1)),
    ),
    Law("float64", "affine(scale=0.489)", "float64", "approx", "+~-", put_put=(13.51, 1.0)),
    Law(
        "float64",
        "affine(scale=2, on_put=error)",
        "float64",
        "lens*",
        "+--",
        put_put=(1.5e308, 1.0),
        refused=(5e-324, 1.0),
    ),
    Law("float64", "affine(scale=-1)", "float64", "iso", "+++"),
    Law(
        'string {"enum": ["a", "b"]}',
        'map { "a" <-> 0, "b" <-> 1 }',
        'integer {"minimum": 0, "maximum": 1}',
        "iso",
        "+++",
    ),
    Law(
        'string {"enum": ["a", "b"]}',
        'map { "a" <-> 0, "b" <-> 1 }',
        "integer",
        "embedding",
        "+-+",
        refused=(2, "a"),
    ),
    Law(
        'string {"enum": ["a", "b", "c"]}',
        'map { "a" <-> 0, "b" -> 0, "c" <-> 1 }',
        'integer {"minimum": 0, "maximum": 1}',
        "lens*",
        "++-",
        put_put=("b", 1),
    ),
    Law(
        'string {"enum": ["open", "done"]}',
        'map { "open" <-> 0, "done" -> 1 }',
        "integer",
        "lens*",
        "+--",
        put_put=("done", 0),
        refused=(1, "open"),
    ),
    Law("?float64", "unwrap(default=1.0)", "float64", "lens*", "++-", put_put=(None, 2.0)),
    Law("float64", "some", "?float64", "embedding", "+-+", refused=(None, 1.0)),
    Law("?float64", "expect", "float64", "embedding", "+++"),
    Law("string", 'affix(prefix="p")', "string", "embedding", "+-+", refused=("x", "y")),
    Law(
        "datetime",
        "epoch(s)",
        "integer",
        "lens*",
        "+--",
        put_put=(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))), 5),
        refused=(2**62, datetime(2026, 1, 1, tzinfo=UTC)),
    ),
    Law(
        'integer {"minimum": 0, "maximum": 2}',
        "onehot(3)",
        "float32[3]",
        "embedding",
        "+-+",
        refused=(many("float32", 1, 1, 0), 0),
    ),
    Law(
        "float32[2]",
        "cast(complex64)",
        "complex64[2]",
        "embedding",
        "+-+",
        refused=(many("complex64", 1j, 0), many("float32", 0, 1)),
    ),
    Law(
        "?uint8[2]",
        "crop(d0=0:1)",
        "?uint8[1]",
        "lens*",
        "+--",
        put_put=(many("uint8", 1, 2), None),
        refused=(many("uint8", 1), None),
    ),
]


def typed(name: str, kind: str) -> str:
    """A field of a type, which may be missing where it begins with `?`."""
    return f"{name}?: {kind[1:]}" if kind.startswith("?") else f"{name}: {kind}"


@pytest.mark.parametrize("law", TABLE, ids=lambda law: f"{law.source} {law.op} {law.view}")
def test_the_class_is_the_one_that_it_should_be(law: Law) -> None:
    pipe = f"x | {law.op}" if law.op else "x"
    lens = lens_of(typed("x", law.source), f"{pipe} <-> y;", typed("y", law.view))
    (joint,) = lens.clauses
    laws = joint.laws
    assert laws.kind == law.kind, laws
    assert (laws.tolerance is not None) == ("~" in law.laws)
    get_put, put_get, put_put = tuple(law.laws)
    assert get_put == "+"
    assert laws.put_total.holds is (put_get == "+"), laws.put_total
    assert laws.put_put.holds is (put_put == "+"), laws.put_put
    if law.how == "exhaustive":
        assert "exhaustive" in (laws.injective.how, laws.put_total.how, laws.put_put.how)
    if put_put == "-":
        assert laws.put_put.example
        assert law.put_put is not None
        _refutes_put_put(lens, *law.put_put)
    if law.refused is not None:
        assert laws.put_total.example
        view, source = law.refused
        with pytest.raises(PutError):
            lens.put({"y": view}, {"x": source})


def _refutes_put_put(lens: Lens[Any, Any], value: Any, other: Any) -> None:
    """Another view and back again does not lead back to the source, if anywhere."""
    source = {"x": value}
    view = lens.get(source)
    between = lens.put({"y": other}, source)
    assert same(lens.put(view, source), source)
    try:
        again = lens.put(view, between)
    except PutError:
        return
    assert not same(again, source)


def test_getters_have_no_way_back() -> None:
    for source, op, view in [
        ("list[integer]", "length", "integer"),
        ("float32[3, H]", "dot(axis=0, weights=[1, 2, 3])", "float32[H]"),
        ("float32[3]", "sum", "float32"),
        ("uint8[3, H]", "mean(d0)", "float64[H]"),
        ("uint8[H, W]", "max", "uint8[]"),
        ("float32[H, W]", "argmax(axis=1)", "int64[H]"),
        ("integer", "cast_str", "string"),
        ("uint8[H, W, 3]", "resize(h=4, w=4, mode=linear)", "uint8[4, 4, 3]"),
        ("uint8[H, 3]", "take(d1=[0, 0])", "uint8[H, 2]"),
    ]:
        lens = lens_of(f"x: {source}", f"x | {op} -> y; drop x;", f"y: {view}")
        assert lens.kind == "getter", op


def test_what_getters_give() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    cases: list[tuple[str, str, str, Any, Any]] = [
        (
            "uint8[H, W, 3]",
            "dot(axis=2, weights=[299/1000, 587/1000, 114/1000])",
            "float64[H, W]",
            image,
            image @ [0.299, 0.587, 0.114],
        ),
        ("uint8[H, W, 3]", "sum", "integer", image, 276),
        ("uint8[H, W, 3]", "mean(h, w)", "float64[3]", image, image.mean((0, 1))),
        ("uint8[H, W, 3]", "min(d2)", "uint8[H, W]", image, image.min(2)),
        ("uint8[H, W, 3]", "max | cast(int64)", "integer", image, 23),
        ("uint8[H, W, 3]", "argmax(axis=2)", "int64[H, W]", image, np.full((2, 4), 2)),
        (
            "uint8[H, W, 3]",
            "resize(h=4, w=2, mode=nearest)",
            "uint8[4, 2, 3]",
            image,
            image[[0, 0, 1, 1]][:, [1, 3]],
        ),
        ("float64", "cast_str", "string", 0.1, "0.1"),
        ("boolean", "cast_str", "string", True, "true"),
        ("list[integer]", "length", "integer", [1, 2], 2),
    ]
    for source, op, view, value, wanted in cases:
        lens = lens_of(f"x: {source}", f"x | {op} -> y; drop x;", f"y: {view}")
        got = lens.get({"x": value})["y"]
        assert np.allclose(got, wanted) if not isinstance(wanted, str) else got == wanted, op
    linear = lens_of("x: float32[W]", "x | resize(w=4, mode=linear) -> y; drop x;", "y: float32[4]")
    assert linear.get({"x": many("float32", 0, 1)})["y"].tolist() == [0, 0.25, 0.75, 1]


def test_getters_refuse_arrays_without_elements() -> None:
    for op, view in [
        ("mean", "float64"),
        ("min", "uint8[]"),
        ("argmax(axis=0)", "int64[]"),
        ("resize(h=2, mode=nearest)", "uint8[2]"),
    ]:
        lens = lens_of("x: uint8[H]", f"x | {op} -> y; drop x;", f"y: {view}")
        with pytest.raises(GetError, match="x: .*without elements"):
            lens.get({"x": np.zeros(0, np.uint8)})
    total = lens_of("x: int64[H]", "x | sum -> y; drop x;", "y: integer")
    assert total.get({"x": np.asarray([2**62, 2**62 - 1], np.int64)})["y"] == 2**63 - 1
    with pytest.raises(GetError, match="beyond 64 bits"):
        total.get({"x": np.asarray([2**62, 2**62], np.int64)})


def test_the_peers_showcase_is_approximate() -> None:
    """A calibration by 0.489 was shown as well-behaved; it is not, and says so."""
    lens = lens_of("x: float64", "x | affine(scale=0.489) <-> y;", "y: float64")
    assert lens.kind == "approx"
    assert "4 ulp" in str(lens.laws.tolerance)
    assert lens.laws.put_put.holds is False


@pytest.mark.parametrize("kind", ["integer", "int64[2]"])
def test_whole_numbers_at_both_ends_of_their_type_are_mirrored_exactly(kind: str) -> None:
    lens = lens_of(f"x: {kind}", "x | affine(scale=-1, offset=-1) <-> y;", f"y: {kind}")
    for end in (-(2**63), 2**63 - 1):
        source = {"x": end if kind == "integer" else np.full(2, end)}
        view = lens.get(source)
        assert np.all(np.asarray(view["y"]) == -1 - end)
        assert np.all(np.asarray(lens.create(view)["x"]) == end)
        assert lens.put(view, source) is source


def test_a_scale_is_rounded_once() -> None:
    """1/255 to float32 and to float64 are different numbers; a double rounding would make some of them wrong."""
    from fractions import Fraction

    from atdata_schema.lenses.steps.rounding import rounded

    halfway = Fraction(1) + Fraction(1, 2**24) + Fraction(1, 2**60)
    assert rounded(halfway, "float32") == np.nextafter(F32(1), F32(2))
    assert F32(float(halfway)) == 1  # by way of float64
    for text in ("1/255", "0.489", "1/3", "123456789/1000", "-1e-45", "3e38"):
        number = Fraction(text)
        nearest = rounded(number, "float32")
        for step in (-np.inf, np.inf):
            other = np.nextafter(nearest, F32(step))
            assert abs(Fraction(float(nearest)) - number) <= abs(
                Fraction(float(other)) - number
            ) or not np.isfinite(other)


def test_images_as_nets_see_them_are_tried_one_and_all() -> None:
    clause = (
        "x | rearrange[h w c -> c h w] | cast(float32) | "
        "affine(scale=[1000/58395, 1000/57120, 1000/57375], offset=[-485/229, -456/224, -406/225], axis=0) <-> y;"
    )
    lens = lens_of("x: uint8[H, W, 3]", clause, "y: float32[3, H, W]")
    assert lens.clauses[0].laws.injective.how == "exhaustive"
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    other = np.zeros_like(image)
    assert same(lens.put(lens.get({"x": image}), {"x": other})["x"], image)
    half = lens_of("x: uint16[H]", "x | cast(float16, lossy) <-> y;", "y: float16[H]")
    assert half.clauses[0].laws.injective.holds is False
    assert "comes back as" in str(half.clauses[0].laws.injective.example) or "no" in str(
        half.clauses[0].laws.injective
    )


def test_a_put_whose_rounding_overshoots_the_greatest_number_is_none() -> None:
    """A third of it, rounded up, is too much three times."""
    lens = lens_of("x: float16[H]", "x | affine(scale=3) <-> y;", "y: float16[H]")
    assert lens.laws.put_total.holds is False
    with pytest.raises(PutError, match="nearest that it can is inf"):
        lens.put({"y": many("float16", 65504)}, {"x": many("float16", 0)})
