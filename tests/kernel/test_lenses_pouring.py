"""Operators of numbers run together over large batches: what they give, and whose memory it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_schema.errors import GetError
from atdata_schema.lenses import Lens, check, parse
from atdata_schema.lenses.batches.given import GivenColumns
from atdata_schema.lenses.batches.view import ViewColumns
from lens_schemas import schema


def lens_of(source: str, ops: str, view: str) -> Lens[Any, Any]:
    a, b = schema("org.example.a", f"x: {source}"), schema("org.example.b", f"y: {view}")
    text = f"lens l from org.example.a to org.example.b {{ x | {ops} <-> y; }}"
    return check(parse(text).lenses[0].program, a, b).lens


def column(lens: Lens[Any, Any], array: NDArray[Any]) -> NDArray[Any]:
    """The view's column of a batch."""
    source = GivenColumns({"x": array}, [str(row) for row in range(len(array))])
    found = ViewColumns(lens.body, source).stacked("y")
    assert found is not None
    return found


RNG = np.random.default_rng(3)
SHAPE = (40, 16, 20, 3)
CASES = [
    ("uint8", "cast(float32) | affine(scale=1/255, on_put=round)", "float32"),
    ("uint8", "cast(float32) | affine(scale=1/255, offset=-0.5, on_put=round)", "float32"),
    (
        "uint8",
        "cast(float32) | affine(scale=[1/58, 1/57, 2], offset=[-2, 0, 1/3], axis=2, on_put=round)",
        "float32",
    ),
    ("uint8", "cast(float16) | affine(scale=1/3, on_put=round)", "float16"),
    ("uint8", "cast(float32) | cast(float64) | affine(scale=0.1, on_put=round)", "float64"),
    ("uint8", "cast(uint16) | cast(float32)", "float32"),
    ("int8", "cast(int32)", "int32"),
    ("bool", "cast(uint8) | cast(float32)", "float32"),
    ("float32", "affine(scale=3, offset=0.1) | affine(scale=1/7)", "float32"),
    ("float16", "cast(float32) | affine(scale=1/3)", "float32"),
]


def layouts(array: NDArray[Any]) -> list[NDArray[Any]]:
    """The same elements in memory of several orders."""
    spaced = np.zeros((len(array), 2, *array.shape[1:]), array.dtype)
    spaced[:, 0] = array
    return [
        array,
        np.asfortranarray(array),
        array[:, ::-1],
        spaced[:, 0],
        np.ascontiguousarray(array.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1),
    ]


@pytest.mark.parametrize(("dtype", "ops", "view"), CASES)
@pytest.mark.parametrize("turn", ["", "rearrange[h w c -> c h w] | "])
def test_a_batch_is_what_its_samples_are(dtype: str, ops: str, view: str, turn: str) -> None:
    if turn:
        ops = ops.replace("axis=2", "axis=0")
    shape = "[3, 16, 20]" if turn else "[16, 20, 3]"
    lens = lens_of(f"{dtype}[16, 20, 3]", turn + ops, view + shape)
    values = RNG.integers(0, 200, SHAPE) % (2 if dtype == "bool" else 128)
    for array in layouts(values.astype(dtype)):
        found = column(lens, array)
        rows = [lens.get({"x": row})["y"] for row in array]
        assert found.dtype == np.dtype(view)
        assert found.tobytes() == np.stack(rows).tobytes()


def test_float_specials_go_through() -> None:
    lens = lens_of("float32[1000]", "affine(scale=3, offset=1)", "float32[1000]")
    array = np.tile(np.asarray([np.nan, np.inf, -np.inf, -0.0, 1e38], np.float32), (50, 200))
    expected = np.stack([lens.get({"x": row})["y"] for row in array])
    assert column(lens, array).tobytes() == expected.tobytes()


def test_what_may_be_refused_is_not_poured() -> None:
    lens = lens_of("uint32[1000]", "cast(float16, lossy)", "float16[1000]")
    array = np.full((50, 1000), 7, np.uint32)
    array[31, 5] = 1 << 20
    with pytest.raises(GetError, match=r"row 31.*\(key '31'\)"):
        column(lens, array)


def test_an_axis_of_another_size_is_refused() -> None:
    lens = lens_of("float32[N, 50]", "affine(scale=[1, 2], axis=0)", "float32[N, 50]")
    assert column(lens, np.ones((400, 2, 50), np.float32))[7, 1, 3] == 2
    with pytest.raises(GetError, match="an axis of size 2 is wanted"):
        column(lens, np.ones((400, 3, 50), np.float32))


def test_memory_is_used_again_only_where_nobody_holds_it() -> None:
    lens = lens_of("uint8[64, 64]", "cast(float32) | affine(scale=2)", "float32[64, 64]")
    first = column(lens, np.full((100, 64, 64), 1, np.uint8))
    second = column(lens, np.full((100, 64, 64), 2, np.uint8))
    assert not np.shares_memory(first, second)
    assert (first == 2).all()
    assert (second == 4).all()
    part, address = first[3], first.__array_interface__["data"]
    del first
    third = column(lens, np.full((100, 64, 64), 3, np.uint8))
    assert not np.shares_memory(part, third)
    assert (part == 2).all()
    del part
    fourth = column(lens, np.full((100, 64, 64), 4, np.uint8))
    assert fourth.__array_interface__["data"] == address
    assert (third == 6).all()


def test_the_source_is_left_as_it_is() -> None:
    lens = lens_of("float32[1000]", "affine(scale=2)", "float32[1000]")
    array = np.ones((100, 1000), np.float32)
    column(lens, array)
    assert (array == 1).all()
