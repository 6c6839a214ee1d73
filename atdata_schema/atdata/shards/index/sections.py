"""What follows the head of an index file: places, keys and digests of blocks."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from atdata.shards.index.form import Head, IndexFault
from atdata.shards.index.keys import CounterKeys, Keys, TextKeys
from atdata.shards.tar import BLOCK, END

__all__ = ["EncodedKeys", "Places", "encode_keys", "encode_places", "read_keys", "read_places"]

_SIZES: Final = (None, np.dtype("<u4"), np.dtype("<u8"))


class Places(NamedTuple):
    """Where payloads lie: int64[n] offsets and int64[n] sizes, in bytes."""

    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]


class EncodedPlaces(NamedTuple):
    """Places in the shortest form: fields of the head, and two sections."""

    place_form: int
    size_form: int
    first: int
    stride: int
    size: int
    offsets: bytes
    sizes: bytes


class EncodedKeys(NamedTuple):
    """Keys in the shortest form: fields of the head, and two sections."""

    form: int
    key: int
    lengths: bytes
    text: bytes


def encode_places(offsets: NDArray[np.int64], sizes: NDArray[np.int64]) -> EncodedPlaces:
    """Places in the shortest form that holds them."""
    if not len(offsets):
        return EncodedPlaces(0, 0, 0, 0, 0, b"", b"")
    first, size = int(offsets[0]), int(sizes[0])
    ends = _padded(sizes) + offsets
    leads, strides = offsets[1:] - ends[:-1], np.diff(offsets)
    equal = bool((sizes == size).all())
    if equal and _is_one(strides):
        stride = int(strides[0]) if len(strides) else int(ends[0]) - first + BLOCK
        return EncodedPlaces(0, 0, first, stride, size, b"", b"")
    size_form = 0 if equal else 1 if int(sizes.max()) < 2**32 else 2
    width = _SIZES[size_form]
    packed = b"" if width is None else sizes.astype(width).tobytes()
    rest = size if equal else 0
    if _is_one(leads):
        return EncodedPlaces(1, size_form, first, int(leads[0]), rest, b"", packed)
    return EncodedPlaces(2, size_form, 0, 0, rest, offsets.astype("<i8").tobytes(), packed)


def read_places(head: Head, offsets: bytes, sizes: bytes) -> Places:
    """The places of all samples.

    Raises:
        IndexFault: they do not lie within the shard, one after the other.
    """
    count, width = head.count, _SIZES[head.size_form]
    if width is None:
        length = np.full(count, head.size, np.int64)
    else:
        length = _checked(np.frombuffer(sizes, width), head).astype(np.int64)
    if head.place_form == 0:
        return Places(np.arange(count, dtype=np.int64) * head.stride + head.first, length)
    if head.place_form == 1:
        steps = _padded(length) + head.stride
        start = np.cumsum(steps) - steps + head.first
    else:
        start = np.frombuffer(offsets, "<i8").astype(np.int64)
    _check(head, start, length)
    return Places(start, length)


def _checked(sizes: NDArray[np.unsignedinteger], head: Head) -> NDArray[np.unsignedinteger]:
    """Sizes whose sum no shard could exceed: sums of them do not overflow."""
    room = head.shard_bytes - head.count * BLOCK
    if int(sizes.max()) > room or float(sizes.sum(dtype=np.float64)) > room:
        raise IndexFault("its samples are larger than the shard")
    return sizes


def _check(head: Head, offsets: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
    ends = offsets + _padded(sizes)
    fits = (
        offsets[0] >= BLOCK
        and not (offsets % BLOCK).any()
        and (offsets[1:] - BLOCK >= ends[:-1]).all()
        and head.count * head.stride <= head.shard_bytes
        and 0 <= offsets.min() <= offsets.max() <= head.shard_bytes  # no sum of two overflows
        and 0 < offsets[-1] <= ends[-1] <= head.shard_bytes - len(END)
    )
    if not fits:
        raise IndexFault("its samples do not lie in the shard one after the other")


def encode_keys(keys: Keys) -> EncodedKeys:
    """Keys in the shortest form that holds them."""
    if isinstance(keys, CounterKeys):
        return EncodedKeys(0, keys.first, b"", b"")
    assert isinstance(keys, TextKeys)
    width = int(keys.lengths[0])
    if (keys.lengths == width).all():
        return EncodedKeys(1, width, b"", keys.text)
    return EncodedKeys(2, 0, keys.lengths.astype("<u2").tobytes(), keys.text)


def read_keys(head: Head, lengths: bytes, text: bytes) -> Keys:
    """The keys of all samples.

    Raises:
        IndexFault: they are not those of samples.
    """
    if head.key_form == 0:
        return CounterKeys(head.key, head.count)
    if head.key_form == 1:
        keys = TextKeys(text, np.full(head.count, head.key, np.uint16))
    else:
        keys = TextKeys(text, np.frombuffer(lengths, "<u2").astype(np.uint16))
    fault = keys.fault()
    if fault is not None:
        raise IndexFault(fault)
    return keys


def _padded(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return (sizes + (BLOCK - 1)) & -BLOCK


def _is_one(numbers: NDArray[np.int64]) -> bool:
    """Whether all numbers are equal."""
    return not len(numbers) or bool((numbers == numbers[0]).all())
