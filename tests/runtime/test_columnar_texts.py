"""Texts of many rows at once are those that decoding each gives, whatever stands in them and around them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata.shards.columnar.repeats import repeated
from atdata.shards.columnar.texts import Texts, cut_texts
from atdata.shards.columnar.walk import Irregular, Span
from atdata.shards.columnar.windows import Places, alike, elements, window

_NIL = 0xC0
_STR8 = 0xD9
# Few letters, so that texts repeat, begin alike and end in what is filled up with.
_TEXTS = st.text("ab\0ÿ漢", max_size=9) | st.just("x" * 70)


def _laid_out(raw: list[bytes], gap: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Texts in one piece of memory, other bytes before, between and behind them, and where they begin."""
    flat, at = bytearray(b"\xfe" * 3), list[int]()
    for text in raw:
        at.append(len(flat))
        flat += text + b"\xc3" * gap
    return np.frombuffer(bytes(flat), np.uint8), np.array(at, np.int64)


def _span(texts: list[str | None], raw: list[bytes], at: NDArray[np.int64]) -> Span:
    code = np.array([_NIL if text is None else _STR8 for text in texts], np.uint8)
    return Span(code, Places(at, None), np.array([len(one) for one in raw], np.int64))


@given(st.lists(st.none() | _TEXTS, min_size=1, max_size=40), st.sampled_from([1, 9, 100]))
def test_texts_are_those_that_were_laid_out(texts: list[str | None], gap: int) -> None:
    raw = [(text or "").encode() for text in texts]
    flat, at = _laid_out(raw, gap)
    assert Texts(flat, _span(texts, raw, at)).values() == texts


@given(st.lists(_TEXTS, min_size=1, max_size=6), st.integers(8, 60))
def test_few_texts_of_many_rows_are_kept_once(few: list[str], count: int) -> None:
    texts = [few[row * 7 % len(few)] for row in range(count)]
    raw = [text.encode() for text in texts]
    flat, at = _laid_out(raw, 100)
    found = Texts(flat, _span([*texts], raw, at)).values()
    assert found == texts
    cut = cut_texts(flat, Places(at, None), np.array([len(one) for one in raw], np.int64))
    assert cut == texts


@given(st.lists(st.binary(max_size=5), min_size=1, max_size=30))
def test_bytes_that_are_no_text_are_refused(raw: list[bytes]) -> None:
    def decoded() -> list[str] | None:
        try:
            return [one.decode() for one in raw]
        except UnicodeDecodeError:
            return None

    flat, at = _laid_out(raw, 16)
    span = _span([""] * len(raw), raw, at)
    expected = decoded()
    if expected is not None:
        assert Texts(flat, span).values() == expected
        return
    with pytest.raises(Irregular):
        Texts(flat, span).values()


def test_a_character_cut_in_two_is_refused_though_the_bytes_behind_it_complete_it() -> None:
    flat = np.frombuffer("éé".encode() * 8 + bytes(16), np.uint8)
    code = np.full(8, _STR8, np.uint8)
    at = np.arange(8, dtype=np.int64) * 2
    with pytest.raises(Irregular):
        Texts(flat, Span(code, Places(at, None), np.full(8, 1, np.int64)))


def test_texts_are_found_to_repeat_or_not() -> None:
    def cells(texts: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        wide = np.array(texts, "S15").astype("S16").view(np.uint8).reshape(len(texts), 16).copy()
        return wide, np.array([len(text) for text in texts], np.int64)

    few = repeated(*cells([b"%d" % (row % 5) for row in range(100)]))
    assert few is not None
    assert len(few.texts) == 5
    assert few.values() == [str(row % 5) for row in range(100)]
    assert repeated(*cells([b"%d" % row for row in range(2000)])) is None
    # Few at the beginning, many later.
    assert repeated(*cells([b"a"] * 1000 + [b"%d" % row for row in range(2000)])) is None


@given(st.data())
def test_windows_and_comparisons_are_those_of_each_row(data: st.DataObject) -> None:
    flat = np.frombuffer(data.draw(st.binary(min_size=40, max_size=60)), np.uint8) & np.uint8(1)
    width = data.draw(st.integers(1, 12))
    at = np.array(data.draw(st.lists(st.integers(0, 25), min_size=1, max_size=6)), np.int64)
    moved = data.draw(st.integers(0, 3))
    for places in (Places.of(at), Places(at, None), Places.of(np.arange(3) * 5)):
        begins = (places.base + moved).tolist()
        rows = [flat[begin : begin + width].tobytes() for begin in begins]
        further = places.moved(moved)
        assert (further.first, further.last) == (begins[0], max(begins))
        assert [row.tobytes() for row in window(flat, further, width)] == rows
        assert [row.tobytes() for row in elements(flat, further, width)] == rows
        own = np.frombuffer(rows[0], np.uint8)
        assert alike(flat, further, own) == (len(set(rows)) == 1)
