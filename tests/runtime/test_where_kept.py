"""Columns that were read for one condition answer the next one, within bounds, from any thread and process."""

from __future__ import annotations

import multiprocessing
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.manifest.kept import Kept, Stack
from atdata.manifest.query.columns import Numbers, coded
from query_data import Rich, rich, stored_rich

QUESTIONS = (
    "number > 20 and label in ['cat', 'a', '']",
    "'a' in tags or count == 3",
    "not ratio < 1.0 and mask is null",
    "camera.model == 'abc' or taken > '2026-01-01T00:20:00Z'",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A dataset of six shards, of its own."""
    path = tmp_path / "d.tar"
    atdata.write_samples(map(rich, range(40)), path, maxcount=7, manifest=True)
    return path


def wanted() -> list[list[str]]:
    ds = stored_rich(40, 7, manifest=True)
    return [ds.where(question).keys() for question in QUESTIONS]


def test_what_was_read_is_not_read_again(copy: Path) -> None:
    ds = atdata.load_dataset(copy, Rich)
    before = [ds.where(question).keys() for question in QUESTIONS]
    for path in copy.parent.glob("*.manifest.*"):
        path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [ds.where(question).keys() for question in QUESTIONS] == before == wanted()
        # Views and other classes of the same dataset share what was read.
        assert len(ds.take(20).where(QUESTIONS[0])) <= len(before[0])


@pytest.mark.parametrize("most", [0, 1, 300, 5000])
def test_answers_are_the_same_with_any_memory(
    copy: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shards are looked into some at a time where the columns of all would be too much."""
    monkeypatch.setattr("atdata.manifest.search.MOST", most)
    ds = atdata.load_dataset(copy, Rich)
    for _ in range(2):
        assert [ds.where(question).keys() for question in QUESTIONS] == wanted()


def test_few_shards_are_answered_in_order(tmp_path: Path) -> None:
    """Of most shards nothing is true; one is all of it, the one before it in part."""
    path = tmp_path / "d.tar"
    atdata.write_samples(map(rich, range(40, 160)), path, maxcount=3, manifest=True)
    ds = atdata.load_dataset(path, Rich)
    for begin, end in ((80, 85), (82, 85), (85, 86), (1000, 1000)):
        found = ds.where(f"width > {begin / 10 - 0.05} and width < {end / 10 - 0.05}").keys()
        assert found == ds.keys()[begin - 40 : end - 40]


def test_the_longest_unused_columns_are_given_up_first() -> None:
    kept = Kept(3 * 1000)
    for name in "abc":
        kept.put({(name,): stack(100)})
    assert kept.get(("a",)) is not None
    kept.put({("a",): kept.get(("a",)) or stack(0)})
    kept.put({("d",): stack(100)})
    assert [kept.get((name,)) is None for name in "abcd"] == [False, True, False, False]
    kept.put({("e",): stack(5000)})
    assert kept.get(("e",)) is None


def stack(count: int) -> Stack:
    return Stack({0: Numbers("integer", np.zeros(count, np.int64))})


def test_a_stack_grows_in_the_order_of_its_shards() -> None:
    stack = Stack({3: coded(["b", "a"]), 1: coded(["z"])}).grown({2: coded([None, "b"])})
    assert stack.places == [1, 2, 3]
    column: Any = stack.column
    words = [None if code < 0 else column.words[code] for code in column.codes]
    assert words == ["z", None, "b", "b", "a"]
    assert len(stack.cut(2, 3)) == 4
    assert stack.lacks([1, 2, 5]) == [5]


def test_threads_share_one_dataset(copy: Path) -> None:
    ds = atdata.load_dataset(copy, Rich)

    def asked(question: str) -> list[str]:
        return ds.where(question).keys()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(asked, QUESTIONS * 10))
    assert found == wanted() * 10


def keys_of(view: Any) -> list[str]:
    found: list[str] = view.keys()
    return found


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_views_work_in_other_processes(copy: Path, method: str) -> None:
    ds = atdata.load_dataset(copy, Rich)
    known = ds.where(QUESTIONS[0])
    assert known.keys() == wanted()[0]
    views = [known, ds.where(QUESTIONS[1]), ds.where(ds.f.number > 20)]
    context = multiprocessing.get_context(method)
    with context.Pool(1) as pool:
        found = pool.map(keys_of, views)
    assert found == [view.keys() for view in views]


def test_a_pickled_view_knows_what_it_found(copy: Path) -> None:
    ds = atdata.load_dataset(copy, Rich)
    view = ds.where(QUESTIONS[0])
    assert view.keys() == wanted()[0]
    data = pickle.dumps(view)
    for path in copy.parent.glob("*.manifest.*"):
        path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pickle.loads(data).keys() == wanted()[0]
