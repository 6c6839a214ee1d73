"""Columns of texts, made ready: whatever is cut out of them is what went in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata.shards.columnar import stored_column
from atdata.shards.columnar.sidecar import Column
from atdata.shards.columnar.stored_column import StoredColumn

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["", "\0", "a\0", "a", "ä", "x" * 70, "y" * 300, "z" * 600]
)


def column_of(texts: list[str]) -> Column:
    """A column as a column file has it."""
    parts = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return Column("text", "text", bounds, b"".join(parts))


def all_of(shards: list[list[str]]) -> list[str]:
    return [text for shard in shards for text in shard]


@settings(deadline=None)
@given(st.lists(st.lists(_TEXTS, max_size=30), min_size=1, max_size=3), st.data())
def test_any_texts(shards: list[list[str]], data: st.DataObject) -> None:
    texts = all_of(shards)
    stored = StoredColumn([column_of(shard) for shard in shards])
    begin = data.draw(st.integers(0, len(texts)))
    end = data.draw(st.integers(begin, len(texts)))
    assert stored.texts(slice(begin, end)) == texts[begin:end]
    if texts:
        rows = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1, max_size=40))
        assert stored.texts(np.array(rows)) == [texts[row] for row in rows]
        sizes = [len(text.encode()) for text in texts]
        assert stored.extent == (min(sizes), max(sizes))


@pytest.mark.parametrize("different", [1, 7, 256, 257, 5_000])
@pytest.mark.parametrize("widest", [3, 90])
def test_many_texts_of_few_or_many_kinds(different: int, widest: int) -> None:
    """Over several looks at a column, in shards of unequal lengths, the last of them short."""
    rng = np.random.default_rng(different)
    kinds = [f"{number}é" + "w" * (number % widest) for number in range(different)]
    texts: list[str] = [kinds[number] for number in rng.integers(0, different, 20_003).tolist()]
    shards = [texts[:9_000], texts[9_000:19_995], texts[19_995:]]
    stored = StoredColumn([column_of(shard) for shard in shards])
    assert stored.texts(slice(8_990, 9_010)) == texts[8_990:9_010]
    rows = rng.permutation(len(texts))[:3_000]
    assert stored.texts(rows) == [texts[row] for row in rows.tolist()]
    assert stored.texts(slice(0, len(texts))) == texts


def test_few_texts_are_kept_once() -> None:
    texts = ["left", "right"] * 5_000
    found = StoredColumn([column_of(texts)]).texts(slice(0, len(texts)))
    assert len({id(text) for text in found}) == 2


def test_more_text_than_fits_in_four_bytes_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wide form, which no test could fill: made for less."""
    monkeypatch.setattr(stored_column, "_NARROW", 100)
    texts = [f"{number:05d}" for number in range(3_000)]
    stored = StoredColumn([column_of(texts)])
    assert stored.texts(np.array([2_999, 0, 17])) == ["02999", "00000", "00017"]
