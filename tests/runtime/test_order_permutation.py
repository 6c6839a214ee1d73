"""The order of an epoch: a permutation, the same everywhere, another one for another seed or epoch."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.order import Order, Places, permutation, window_permutation

SEEDS = st.integers(-(2**70), 2**70)


@given(st.text(max_size=64), SEEDS, st.integers(0, 10**9), st.integers(0, 500))
def test_it_holds_every_number_once(fingerprint: str, seed: int, epoch: int, count: int) -> None:
    order = permutation(fingerprint, seed, epoch, count)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(count))
    assert np.array_equal(order, permutation(fingerprint, seed, epoch, count))


def test_fingerprint_seed_and_epoch_each_change_it() -> None:
    orders = [permutation(f, s, e, 100) for f in "ab" for s in range(3) for e in range(3)]
    assert len({order.tobytes() for order in orders}) == len(orders)


def test_it_is_the_one_that_the_page_defines() -> None:
    """Pinned: the words of Philox4x64-10 under the first half of a sha-256, sorted."""
    assert permutation("9f86d081", 0, 0, 10).tolist() == [1, 8, 9, 6, 5, 3, 2, 4, 0, 7]
    key = hashlib.sha256(b"atdata order 1\nabc\n7\n3\n").digest()[:16]
    words = philox(int.from_bytes(key, "little"), 12)
    assert permutation("abc", 7, 3, 12).tolist() == sorted(range(12), key=words.__getitem__)


def philox(key: int, count: int) -> list[int]:
    """Philox4x64-10 in plain integers; numpy counts up before its first block."""
    mask = 2**64 - 1
    words: list[int] = []
    for block in range(1, count // 4 + 2):
        counter = [block, 0, 0, 0]
        k0, k1 = key & mask, key >> 64
        for _ in range(10):
            a, b = counter[0] * 0xD2E7470EE14C6C93, counter[2] * 0xCA5A826395121157
            counter = [
                (b >> 64) ^ counter[1] ^ k0,
                b & mask,
                (a >> 64) ^ counter[3] ^ k1,
                a & mask,
            ]
            k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
        words += counter
    return words[:count]


def test_every_order_of_four_is_about_equally_likely() -> None:
    """24 orders over 4,800 seeds: each near 200, within five standard deviations."""
    counts = Counter(permutation("x", seed, 0, 4).tobytes() for seed in range(4800))
    assert len(counts) == 24
    assert all(abs(count - 200) < 70 for count in counts.values())


# Windows.

SIZES = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 50)), min_size=1, max_size=12)


def places_of(shards: list[tuple[int, int]]) -> Places:
    """Shards of so many samples and bytes each."""
    counts = [count for count, _ in shards]
    owners = np.repeat(np.arange(len(shards), dtype=np.int32), counts)
    return Places(owners, np.asarray([size for _, size in shards], np.int64))


@given(SIZES, st.integers(1, 120), st.integers(0, 9))
def test_a_window_holds_whole_shards_up_to_its_size(
    shards: list[tuple[int, int]], window: int, epoch: int
) -> None:
    """Each sample once; shards come in groups, each at most a window unless it is one shard, and full."""
    places = places_of(shards)
    order = window_permutation("x", 1, epoch, places, window)
    assert sorted(order.tolist()) == list(range(len(places.shards)))
    owners = places.shards[order].tolist()
    assert group_sizes_are_right(owners, places.bytes.tolist(), window)


def group_sizes_are_right(owners: list[int], sizes: list[int], window: int) -> bool:
    """Whether the samples can be cut into stretches of whole shards that fit the window."""
    last = {owner: at for at, owner in enumerate(owners)}
    begin = 0
    while begin < len(owners):
        group = {owners[begin]}
        end = last[owners[begin]]
        at = begin
        while at <= end:
            group.add(owners[at])
            end = max(end, last[owners[at]])
            at += 1
        if len(group) > 1 and sum(sizes[owner] for owner in group) > window:
            return False
        begin = end + 1
    return True


def test_a_window_of_everything_is_global_and_a_small_one_keeps_shards_together() -> None:
    places = places_of([(5, 10)] * 6)
    whole = window_permutation("x", 0, 0, places, 10**6)
    assert whole.tolist() == permutation("x", 0, 0, 30).tolist()
    small = window_permutation("x", 0, 0, places, 1)
    owners = places.shards[small].tolist()
    assert sorted(set(owners)) == list(range(6))
    assert [owners[n] for n in range(0, 30, 5)] == list(dict.fromkeys(owners))
    assert list(dict.fromkeys(owners)) == permutation("x", 0, 0, 6, "shards").tolist()


def test_windows_are_those_that_the_page_defines() -> None:
    """Pinned: the words shifted, their group above them, sorted."""
    places = places_of([(3, 10), (4, 10), (0, 10), (2, 10), (3, 10)])
    used = [0, 1, 3, 4]
    picks: list[int] = permutation("abc", 7, 3, 4, "shards").tolist()
    shards = [used[pick] for pick in picks]
    group = {shard: number // 2 for number, shard in enumerate(shards)}
    key = hashlib.sha256(b"atdata order 1\nabc\n7\n3\n").digest()[:16]
    words = philox(int.from_bytes(key, "little"), 12)
    owners: list[int] = places.shards.tolist()
    placed = [(group[owner] << 63) | word >> 1 for owner, word in zip(owners, words, strict=True)]
    order = window_permutation("abc", 7, 3, places, 25)
    assert order.tolist() == sorted(range(12), key=placed.__getitem__)


def test_orders_by_their_names() -> None:
    assert Order.parse("global") == Order()
    assert Order.parse("window:1.5 MB") == Order.parse("window:1500kB") == Order(1_500_000)
    assert str(Order.parse("window:1MiB")) == "window:1048576"
    wrong: list[object] = ["windows:3MB", "window", "window:", "window:0", "window:x", "", None, 3]
    for text in wrong:
        with pytest.raises(atdata.LoadError, match='give "global", or "window:" and a size'):
            Order.parse(text)
