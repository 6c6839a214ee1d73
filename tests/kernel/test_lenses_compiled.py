"""What compiled lenses are made of, where it is not the interpreter's own: scales, externs, refusals."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atdata_schema import v1
from atdata_schema.errors import LensError
from atdata_schema.lenses.steps.rounding import rounded

lens = v1.lens
SHAPES = [(3,), (40, 3), (7, 5, 3), (2, 64, 64, 3), (0, 3), ()]


def plain(value: Any, dtype: str, scale: Any, offset: Any) -> Any:
    """The same, an operation after the other."""
    with np.errstate(all="ignore"):
        made = value.astype(dtype) * scale
        return made if offset is None else made + offset


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ["rows", "moved", "cut"])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
@pytest.mark.parametrize("spread", [False, True])
def test_scales_are_those_of_numpy_bit_by_bit(
    shape: tuple[int, ...], order: str, dtype: str, spread: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaling = sys.modules["atdata_schema.lenses.compiled.scaling"]
    monkeypatch.setattr(scaling, "_LARGE", 64)
    monkeypatch.setattr(scaling, "_PIECE", 50)
    random = np.random.default_rng(0)
    value = random.integers(-100 if dtype != "uint8" else 0, 200, shape).astype(dtype)
    axis = 0
    if order == "moved" and value.ndim > 1:
        value, axis = np.moveaxis(value, -1, -2), 1
    if order == "cut" and value.ndim > 1:
        value = value[1:]
    scale: Any = lens.number("1/255", "float32")
    offset: Any = lens.number("-0.5", "float32")
    if spread and value.ndim > axis:
        scale = lens.numbers(["1/3", "2", "-1/7"], "float32", axis)
        offset = lens.numbers(["0", "1", "0.1"], "float32", axis)
    for added in (None, offset):
        made = lens.scaled(value, "float32", scale, added)
        wanted = plain(value, "float32", scale, added)
        assert made.dtype == np.float32
        assert made.tobytes() == np.asarray(wanted).tobytes()


@given(
    hnp.arrays(np.float64, (3, 2), elements=st.floats(allow_nan=True, allow_infinity=True)),
    st.fractions(max_denominator=1000).filter(bool),
)
def test_scales_take_any_float(value: Any, scale: Any) -> None:
    made = lens.scaled(value, "float64", lens.number(str(scale), "float64"))
    assert np.array_equal(made, plain(value, "float64", rounded(scale, "float64"), None), True)


def test_memory_is_used_again_only_when_nobody_holds_it() -> None:
    value = np.ones((64, 64, 64), np.uint8)
    first = lens.scaled(value, "float32", np.float32(2))
    second = lens.scaled(value, "float32", np.float32(3))
    part = first[0]
    place = first.__array_interface__["data"][0]
    del first
    assert lens.scaled(value, "float32", np.float32(4)).max() == 4
    assert part.max() == 2
    assert second.max() == 3
    del part
    again = lens.scaled(value, "float32", np.float32(5))
    assert again.__array_interface__["data"][0] == place


def module(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return name


SKELETONS = {
    "rle_get": "def rle_get(value: bytes) -> bytes:\n    raise NotImplementedError",
    "rle_put": "def rle_put(view: bytes, source: bytes | None) -> bytes:\n    raise NotImplementedError",
}


def test_externs_that_are_missing_are_all_told_with_skeletons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    externs = lens.Externs("no_such_module_of_externs", SKELETONS)
    operator = lens.extern(externs, "rle", v1.Bytes(), v1.Bytes())
    with pytest.raises(LensError) as caught:
        operator.get(b"a")
    message = str(caught.value)
    assert "no_such_module_of_externs is not there" in message
    assert all(skeleton in message for skeleton in SKELETONS.values())
    half = module(tmp_path, "half_of_externs", "def rle_get(value): return value", monkeypatch)
    operator = lens.extern(lens.Externs(half, SKELETONS), "rle", v1.Bytes(), v1.Bytes())
    with pytest.raises(LensError, match="half_of_externs has no rle_put") as caught:
        operator.get(b"a")
    assert SKELETONS["rle_get"] not in str(caught.value)


def test_what_externs_lack_themselves_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = module(tmp_path, "broken_externs", "import no_such_dependency", monkeypatch)
    operator = lens.extern(lens.Externs(broken, SKELETONS), "rle", v1.Bytes(), v1.Bytes())
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        operator.get(b"a")


def test_externs_are_held_against_their_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "def rle_get(value, *, n): return [value] * n\ndef rle_put(view, source, *, n): return view"
    )
    wrong = module(tmp_path, "wrong_externs", text, monkeypatch)
    operator = lens.extern(lens.Externs(wrong, SKELETONS), "rle", v1.Bytes(), v1.Bytes(), n=2)
    with pytest.raises(lens.Refused, match="bytes is wanted, not list"):
        operator.get(b"a")


def test_sizes_are_held_from_the_end() -> None:
    lens.sized(np.zeros((5, 2, 3)), None, 3)
    with pytest.raises(lens.Refused, match="size 4 is wanted, not of size 3"):
        lens.sized(np.zeros((5, 2, 3)), 2, 4)


def test_numbers_are_rounded_once() -> None:
    assert lens.number("1/255", "float32") == np.float32(1 / 255)
    assert lens.numbers(["1/3", "1e3"], "float16", 2).shape == (2, 1, 1)
    assert pickle.loads(pickle.dumps(lens.number("-1/7", "float64"))) == np.float64(-1 / 7)
