"""The order of an epoch: a permutation, the same everywhere, another one for another seed or epoch."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from atdata.order import permutation

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
