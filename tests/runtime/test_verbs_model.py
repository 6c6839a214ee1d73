"""Chains of verbs against a plain list: the same samples in every way of going through them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import atdata
from view_data import Item, numbers, stored

Model = list[tuple[int, str | None]]
"""The number and the note of each sample."""


@dataclass(frozen=True)
class Adding:
    """Adds to the number, and keeps the class."""

    much: int

    def __call__(self, sample: Any) -> Any:
        values = {name: getattr(sample, name) for name in sample.FIELDS.attributes}
        return sample.__class__(**(values | {"number": sample.number + self.much}))


@dataclass(frozen=True)
class Dividing:
    by: int

    def __call__(self, sample: Any) -> bool:
        return bool(sample.number % self.by == 0)


@dataclass(frozen=True)
class Verb:
    """A verb on datasets, and the same on lists."""

    name: str
    data: Callable[[Any], Any]
    model: Callable[[Model], Model]

    def __repr__(self) -> str:
        return self.name


def part_of(model: Model, count: int, index: int, contiguous: bool) -> Model:
    if not contiguous:
        return model[index::count]
    least, more = divmod(len(model), count)
    begin = least * index + min(index, more)
    return model[begin : begin + least + (index < more)]


@st.composite
def verbs(draw: st.DrawFn) -> Verb:
    kinds = ["take", "skip", "slice", "select", "mask", "shard", "map", "filter", "concat", "turns"]
    kind = draw(st.sampled_from([*kinds, "drop", "rename"]))
    n, m = draw(st.integers(0, 9)), draw(st.integers(1, 4))
    match kind:
        case "take":
            return Verb(f"take({n})", lambda ds: ds.take(n), lambda model: model[:n])
        case "skip":
            return Verb(f"skip({n})", lambda ds: ds.skip(n), lambda model: model[n:])
        case "slice":
            bound = st.one_of(st.none(), st.integers(-12, 12))
            step = draw(st.sampled_from([None, 1, 2, 3, -1, -2]))
            part = slice(draw(bound), draw(bound), step)
            return Verb(f"[{part}]", lambda ds: ds[part], lambda model: model[part])
        case "select":
            seed = draw(st.integers(0, 99))

            def picks(count: int) -> list[int]:
                draws = np.random.default_rng(seed).integers(-count, count, n if count else 0)
                return [int(pick) for pick in draws]

            return Verb(
                f"select({n}, {seed})",
                lambda ds: (
                    ds.select(picks(len(ds))) if n % 2 else ds[np.asarray(picks(len(ds)), int)]
                ),
                lambda model: [model[pick] for pick in picks(len(model))],
            )
        case "mask":
            return Verb(
                f"mask({m})",
                lambda ds: ds[np.arange(len(ds)) % m == 0],
                lambda model: [row for at, row in enumerate(model) if at % m == 0],
            )
        case "shard":
            index, contiguous = draw(st.integers(0, m - 1)), draw(st.booleans())
            return Verb(
                f"shard({m}, {index}, {contiguous})",
                lambda ds: ds.shard(m, index, contiguous),
                lambda model: part_of(model, m, index, contiguous),
            )
        case "map":
            return Verb(
                f"map(+{n})",
                lambda ds: ds.map(Adding(n), ds.sample_type),
                lambda model: [(number + n, note) for number, note in model],
            )
        case "filter":
            return Verb(
                f"filter(%{m})",
                lambda ds: ds.filter(Dividing(m)),
                lambda model: [(number, note) for number, note in model if number % m == 0],
            )
        case "concat":
            return Verb(
                f"concat(take({n}))",
                lambda ds: ds.concat(ds.take(n), ds[:1]),
                lambda model: model + model[:n] + model[:1],
            )
        case "turns":
            return Verb(
                "interleave(reversed)",
                lambda ds: ds.interleave(ds[::-1]),
                lambda model: [
                    row for pair in zip(model, model[::-1], strict=True) for row in pair
                ],
            )
        case "drop":
            return Verb(
                "drop the image",
                lambda ds: ds.select_columns(
                    [name for name in ds.sample_type.FIELDS if name != "image"]
                ),
                lambda model: model,
            )
        case _:
            return Verb("rename the note", renamed, lambda model: model)


def renamed(ds: Any) -> Any:
    """The note under another name; a second time, another one still."""
    old = note_of(ds)
    return ds.rename_column(old, old + "x")


def note_of(ds: Any) -> str:
    names: list[str] = list(ds.sample_type.FIELDS)
    return next(name for name in names if name.startswith("note"))


def rows(ds: Any, samples: Any) -> Model:
    name = note_of(ds)
    return [(sample.number, getattr(sample, name)) for sample in samples]


def columns(ds: Any, batches: Any, size: int) -> Model:
    found: Model = []
    name = note_of(ds)
    for batch in batches:
        assert 0 < len(batch) <= size
        if "image" in ds.sample_type.FIELDS:
            assert np.asarray(batch.image).shape == (len(batch), 2, 3)
        assert batch.array("number").tolist() == batch.number
        found += zip(batch.number, batch.column(name), strict=True)
    return found


@settings(max_examples=250, deadline=None)
@given(
    count=st.integers(1, 20),
    maxcount=st.sampled_from([3, 50]),
    chain=st.lists(verbs(), max_size=5),
    size=st.integers(1, 7),
    data=st.data(),
)
def test_a_chain_of_verbs_does_to_a_dataset_what_it_does_to_a_list(
    count: int, maxcount: int, chain: list[Verb], size: int, data: st.DataObject
) -> None:
    ds: Any = stored(count, maxcount)
    model: Model = [(sample.number, sample.note) for sample in ds]
    for verb in chain:
        ds, model = verb.data(ds), verb.model(model)
        if len(model) > 200:
            ds, model = ds.take(200), model[:200]
    if data.draw(st.booleans()):
        assert len(ds) == len(model)  # asked before or after reading: it makes no difference
    assert rows(ds, ds) == model
    assert rows(ds, ds.ordered()) == model
    assert columns(ds, ds.ordered(size), size) == model
    assert (len(ds), bool(ds), len(ds.keys())) == (len(model), bool(model), len(model))
    assert rows(ds, ds.head(3)) == model[:3]
    order = data.draw(st.sampled_from(["global", "window:6kB"]))
    epoch = data.draw(st.integers(0, 3))
    shuffled = rows(ds, ds.shuffled(seed=1, epoch=epoch, order=order))
    assert sorted(map(repr, shuffled)) == sorted(map(repr, model))
    assert columns(ds, ds.shuffled(size, 1, epoch, order), size) == shuffled
    for at in range(-len(model), len(model)):
        assert rows(ds, [ds[at]]) == [model[at]]
    dealt = [row for r in range(3) for row in rows(ds, ds.ordered(rank=r, world_size=3))]
    assert sorted(map(repr, dealt)) == sorted(map(repr, model))
    assert rows(ds, pickle.loads(pickle.dumps(ds))) == model


@settings(max_examples=60, deadline=None)
@given(chain=st.lists(verbs(), max_size=4), seed=st.integers(0, 9))
def test_the_keys_go_with_their_samples(chain: list[Verb], seed: int) -> None:
    """A chain without `map` leaves each sample its key, in batches and out of them."""
    ds: Any = stored(12)
    for verb in chain:
        if not verb.name.startswith("map"):
            ds = verb.data(ds).take(60)
    keys = [f"{number:09d}" for number in numbers(ds)]
    assert ds.keys() == keys
    assert [key for batch in ds.ordered(5) for key in batch.keys] == keys
    for batch in ds.shuffled(5, seed=seed):
        assert batch.keys == [f"{number:09d}" for number in batch.number]
    for key in keys:
        if keys.count(key) == 1:
            assert ds.get(key).number == int(key)


def test_functions_see_what_the_verbs_before_them_left() -> None:
    ds = stored(12)
    small = ds.filter(lambda s: s.number >= 4).map(lambda s: Item(s.image, s.number * 2, s.note))
    assert numbers(small.take(2).filter(lambda s: s.number != 8)) == [10]
    assert numbers(small.filter(lambda s: s.number != 8).take(2)) == [10, 12]
    narrow: atdata.Dataset[Any] = ds.select_columns("note").filter(
        lambda s: not hasattr(s, "number")
    )
    assert len(narrow) == 12
    late = ds.rename_column("number", "n").map(lambda s: Item(s.image, s.n + 1, s.note))
    assert numbers(late) == list(range(1, 13))
