"""The order of an epoch: a permutation that depends on fingerprint, seed and epoch alone.

It is defined by published algorithms, so that it is the same on every machine and in every release: the
words of Philox4x64-10 (Salmon et al., SC 2011), keyed with the first half of a sha-256 and counted from 0,
are drawn one for each sample, and the samples are sorted by their words.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["permutation"]


def permutation(fingerprint: str, seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """The order of `count` samples in one epoch: int64[count], each of 0 to `count - 1` once.

    >>> permutation("9f86d081", seed=0, epoch=0, count=5)
    array([1, 3, 2, 4, 0])
    >>> permutation("9f86d081", seed=0, epoch=1, count=5)
    array([2, 3, 4, 1, 0])
    """
    text = f"atdata order 1\n{fingerprint}\n{seed}\n{epoch}\n"
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    words = np.random.Philox(key=key, counter=0).random_raw(count)
    # Stable: should two words be equal, the earlier sample stays first.
    return np.argsort(words, kind="stable")
