"""`where` against a plain filter: the same samples in every way of going through them, with and without manifests."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import atdata
from atdata.manifest.query.kinds import leaf_kinds
from atdata.samples.build import sample_class
from atdata.testing.strategies import samples
from atdata_schema import shared_types
from atdata_schema.lexicon import Catalog
from atdata_schema.model import Model
from atdata_schema.schema import Schema
from query_data import Asked, Rich, asked, numbers, stored_rich
from type_strategies import Universe, universes

RICH: Any = Rich  # with what `@packable` adds
MODEL: Model = RICH.SCHEMA.model
BESIDE = [(True, False), (False, True), (False, False)]
pytestmark = pytest.mark.filterwarnings("ignore::atdata.ScanWarning")


@contextmanager
def silence_is_kept(wanted: bool) -> Generator[None]:
    """With manifests, no sample is read to find others, and so nothing is said."""
    with warnings.catch_warnings():
        if wanted:
            warnings.simplefilter("error", atdata.ScanWarning)
        yield


in_every_way = pytest.mark.parametrize(("manifest", "columns"), BESIDE)
asking = given(question=asked(MODEL), maxcount=st.sampled_from([7, 100]), size=st.integers(1, 9))


@in_every_way
@settings(max_examples=40)
@asking
def test_where_is_filter(
    manifest: bool, columns: bool, question: Asked, maxcount: int, size: int
) -> None:
    _check_filter(manifest, columns, question, maxcount, size)


@pytest.mark.long
@in_every_way
@settings(max_examples=300)
@asking
def test_where_is_filter_at_length(
    manifest: bool, columns: bool, question: Asked, maxcount: int, size: int
) -> None:
    _check_filter(manifest, columns, question, maxcount, size)


def _check_filter(manifest: bool, columns: bool, question: Asked, maxcount: int, size: int) -> None:
    ds = stored_rich(40, maxcount, manifest, columns)
    found, plain = ds.where(question.text), ds.filter(question.holds)
    wanted = numbers(plain)
    with silence_is_kept(manifest):
        assert numbers(found) == wanted
    assert len(found) == len(wanted)
    assert bool(found) == bool(wanted)
    assert [int(key) for batch in found.ordered(size) for key in batch.keys] == wanted
    shuffled = found.shuffled(size, seed=1, epoch=0)
    assert [key for batch in shuffled for key in batch.keys] == [
        key for batch in plain.shuffled(size, seed=1, epoch=0) for key in batch.keys
    ]
    assert found.fingerprint == plain.fingerprint
    assert numbers(pickle.loads(pickle.dumps(found))) == wanted


def flagged(sample: Any) -> bool:
    return bool(sample.flag)


def as_it_is(sample: Any) -> Any:
    return sample


View = Callable[[Any], Any]
VIEWS: dict[str, View] = {
    "take": lambda ds: ds.take(25),
    "skip": lambda ds: ds.skip(9),
    "reversed": lambda ds: ds[::-1],
    "picked": lambda ds: ds.select([len(ds) // 2, 0, 0, -1] if len(ds) else []),
    "part": lambda ds: ds.shard(3, 1, contiguous=False),
    "filtered": lambda ds: ds.filter(flagged),
    "concat": lambda ds: ds.concat(ds.take(5), ds[::-2]),
    "turns": lambda ds: ds.interleave(ds[::-1]),
    "where": lambda ds: ds.where("flag == true"),
    "narrow": lambda ds: ds.select_columns([n for n in ds.sample_type.FIELDS if n != "image"]),
    "mapped": lambda ds: ds.map(as_it_is, Rich),
}


going_through = given(
    question=asked(MODEL),
    views=st.lists(st.sampled_from(sorted(VIEWS)), max_size=3),
    after=st.sampled_from(sorted(VIEWS)),
    beside=st.sampled_from(BESIDE),
)


@settings(max_examples=60)
@going_through
def test_where_takes_its_turn_among_the_verbs(
    question: Asked, views: list[str], after: str, beside: tuple[bool, bool]
) -> None:
    _check_turn(question, views, after, beside)


@pytest.mark.long
@settings(max_examples=300)
@going_through
def test_where_takes_its_turn_among_the_verbs_at_length(
    question: Asked, views: list[str], after: str, beside: tuple[bool, bool]
) -> None:
    _check_turn(question, views, after, beside)


def _check_turn(question: Asked, views: list[str], after: str, beside: tuple[bool, bool]) -> None:
    ds: Any = stored_rich(40, 7, *beside)
    for name in views:
        if name != "mapped" or "narrow" not in views:
            ds = VIEWS[name](ds)
    found, plain = ds.where(question.text), ds.filter(question.holds)
    if after == "mapped" and "narrow" in views:
        after = "take"
    found, plain = VIEWS[after](found), VIEWS[after](plain)
    assert found.keys() == plain.keys()
    assert [key for batch in found.ordered(4) for key in batch.keys] == plain.keys()


def test_where_after_a_rename_knows_the_new_names_only() -> None:
    ds = stored_rich(40, 7, manifest=True)
    view: Any = ds.rename_column("number", "n").rename_column("label", "number")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # so that nothing is scanned
        found = view.where("n > 30 and number != 'cat'")
        assert numbers(found) == numbers(ds.filter(lambda s: s.number > 30 and s.label != "cat"))
    assert [sample.n for sample in found] == [
        s.number for s in ds.where("number > 30 and label != 'cat'")
    ]
    with pytest.raises(atdata.QueryError, match="no field label"):
        view.where("label == 'cat'")
    narrow = ds.where("number > 30").select_columns("label")
    assert narrow.keys() == ds.where("number > 30").keys()
    with pytest.raises(atdata.QueryError, match="no field number"):
        narrow.where("number > 30")


_RELAXED = settings(
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)


@settings(_RELAXED, max_examples=15)
@given(universe=universes(), manifest=st.booleans(), data=st.data())
def test_where_is_filter_for_any_type(
    universe: Universe, manifest: bool, data: st.DataObject
) -> None:
    _check_any_type(universe, manifest, data)


@pytest.mark.long
@settings(_RELAXED, max_examples=150)
@given(universe=universes(), manifest=st.booleans(), data=st.data())
def test_where_is_filter_for_any_type_at_length(
    universe: Universe, manifest: bool, data: st.DataObject
) -> None:
    _check_any_type(universe, manifest, data)


def _check_any_type(universe: Universe, manifest: bool, data: st.DataObject) -> None:
    catalog = Catalog()
    for document in (shared_types.TYPES, *universe.documents):
        catalog.add(document)
    cls: Any = sample_class(Schema.of(catalog, universe.main))
    model = cls.SCHEMA.model
    drawn = data.draw(st.lists(samples(cls), min_size=1, max_size=6))
    with TemporaryDirectory() as folder:
        ds: Any = atdata.write_samples(drawn, Path(folder) / "d.tar", maxcount=2, manifest=manifest)
        if not leaf_kinds(model):
            return
        for question in data.draw(st.lists(asked(model), min_size=1, max_size=4)):
            plain = ds.filter(question.holds)
            with silence_is_kept(manifest):
                assert ds.where(question.text).keys() == plain.keys()
            doubted = atdata.load_dataset(Path(folder) / "d.tar", cls, verify="always")
            for found in (ds.where(question.text), doubted.where(question.text)):
                assert [key for batch in found.ordered(3) for key in batch.keys] == plain.keys()
                assert [s.encode() for s in found] == [s.encode() for s in plain]
