"""`validate=True`: values that others wrote are held against their fields; without it they are taken as they are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata import Dataset


@atdata.packable(nsid="org.example.loose")
class Loose:
    age: int
    name: str
    score: float
    image: NDArray[np.float32]
    code: bytes
    note: str | None = None
    tags: list[str] | None = None


@atdata.packable(nsid="org.example.loose")
class Strict:
    age: Annotated[int, atdata.field(minimum=0, maximum=120)]
    name: Annotated[str, atdata.field(max_length=8)]
    score: Annotated[float, atdata.field(finite=True)]
    image: Annotated[NDArray[np.float32], atdata.field(finite=True)]
    code: Annotated[bytes, atdata.field(max_length=4)]
    note: Annotated[str | None, atdata.field(max_graphemes=3)] = None
    tags: Annotated[list[str] | None, atdata.field(max_length=2)] = None


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "age": ({"age": 121}, "age: expected integer"),
    "negative": ({"age": -1}, "age: expected integer"),
    "name": ({"name": "a name too long"}, "name: expected string"),
    "score": ({"score": math.nan}, "score: expected"),
    "image": ({"image": np.array([1, np.inf], np.float32)}, "image: expected"),
    "code": ({"code": b"12345"}, "code: expected bytes"),
    "note": ({"note": "four"}, "note: expected string"),
    "tags": ({"tags": ["a", "b", "c"]}, "tags: expected"),
}


def _loose(**changed: Any) -> Loose:
    values: dict[str, Any] = {
        "age": 7,
        "name": "Ada",
        "score": 0.5,
        "image": np.zeros(2, np.float32),
        "code": b"1234",
    }
    return Loose(**(values | changed))


def _read(folder: Path, samples: list[Loose]) -> Dataset[Strict]:
    path = folder / "data.tar"
    atdata.write_samples(samples, path)
    # Without its description the data has no type of its own, and is read as what it is said to be.
    path.with_name("data.dataset.json").unlink()
    return atdata.load_dataset(path, Strict)


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("order", ["ordered", "shuffled"])
def test_a_value_that_its_field_does_not_allow_is_named(
    tmp_path: Path, case: str, batch_size: int | None, order: str
) -> None:
    changed, message = WRONG[case]
    ds = _read(tmp_path, [_loose() for _ in range(9)] + [_loose(**changed)])
    way: Any = getattr(ds, order)
    assert sum(1 for _ in way(batch_size=batch_size)) == len(way(batch_size=batch_size))
    with pytest.raises(atdata.ValidationError, match=message) as caught:
        list(way(batch_size=batch_size, validate=True))
    if batch_size:
        assert "000000009" in str(caught.value)


@pytest.mark.parametrize("batch_size", [None, 1, 4, 100])
def test_what_is_allowed_passes_unchanged(tmp_path: Path, batch_size: int | None) -> None:
    samples = [_loose(age=n, note="abc" if n % 2 else None, tags=["x"]) for n in range(10)]
    way: Any = _read(tmp_path, samples).ordered(batch_size, validate=True)
    ages: list[int] = []
    for item in way:
        ages += [item.age] if batch_size is None else item.age
    assert ages == list(range(10))


def test_missing_values_are_allowed_where_the_field_is_optional(tmp_path: Path) -> None:
    @atdata.packable
    class Maybe:
        age: Annotated[int | None, atdata.field(minimum=5)] = None

    path = tmp_path / "maybe.tar"
    ds = atdata.write_samples([Maybe(age=None), Maybe(age=6)], path)
    assert [batch.age for batch in ds.ordered(batch_size=2, validate=True)] == [[None, 6]]


def test_samples_without_a_type_have_no_fields_to_be_held_against(tmp_path: Path) -> None:
    path = tmp_path / "data.tar"
    atdata.write_samples([_loose()], path)
    path.with_name("data.dataset.json").unlink()
    with pytest.raises(atdata.LoadError, match="as_type"):
        list(atdata.load_dataset(path).ordered(batch_size=1, validate=True))
