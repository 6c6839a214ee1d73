"""The bytes at the beginning of an index file: what it is about, and the forms of what follows.

Little-endian, 384 bytes:

      0  magic: "atdidx01"
      8  samples
     16  bytes of the shard
     24  modification time of the shard in ns, 0 where unknown: a hint
     32  sha-256 of the shard, zeros where unknown
     64  type CID in ASCII, filled up with zeros
    128  layout class: "A", "B" or "C"
    129  form of the places: 0 equal strides, 1 following, 2 offsets
    130  form of the sizes: 0 all equal, 1 in 4 bytes, 2 in 8 bytes
    131  form of the keys: 0 a counter of nine digits, 1 texts of one width, 2 texts of any lengths
    132  zeros
    136  offset of the first payload
    144  stride (form 0), or bytes between the padded end of a payload and the next payload (form 1)
    152  size of each payload (form 0)
    160  the first number (form 0 of the keys), or the bytes of a key (form 1)
    168  bytes of all keys (forms 1 and 2)
    176  blocks of 1 MiB with a digest: all of the shard's, or 0
    184  sha-256 of each of five sections, zeros for an empty one
    344  sha-256 of the bytes before
    376  zeros
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from typing import Final

from atdata.shards.keys import LONGEST_READ
from atdata.shards.tar import BLOCK, END, padding

__all__ = ["BLOCK_BYTES", "BYTES", "FAMILY", "Head", "IndexFault", "decode_head", "encode_head"]

BYTES: Final = 384
"""Bytes of the head."""

BLOCK_BYTES: Final = 1 << 20
"""Bytes of a shard that have one digest."""

FAMILY: Final = b"atdidx"
"""What index files of every version begin with."""

MAGIC: Final = FAMILY + b"01"

_FORM: Final = struct.Struct("<8sQQq32s64s4B4xQQQQQQ160s")
_SUMMED: Final = _FORM.size
_CID: Final = re.compile(rb"[a-z0-9]{0,64}\0*")
_LAYOUTS: Final = b"ABC"


class IndexFault(Exception):
    """What is wrong with an index file. It is derived: whoever meets this makes it anew."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an index file, as `form` has it."""

    count: int
    shard_bytes: int
    mtime_ns: int
    shard_sha256: bytes
    type_cid: bytes
    layout: int
    place_form: int
    size_form: int
    key_form: int
    first: int
    stride: int
    size: int
    key: int
    text_bytes: int
    blocks: int
    digests: bytes

    @property
    def sections(self) -> tuple[int, int, int, int, int]:
        """Bytes of the offsets, the sizes, the lengths of keys, the text of keys and the block digests."""
        return (
            8 * self.count if self.place_form == 2 else 0,
            (0, 4, 8)[self.size_form] * self.count,
            2 * self.count if self.key_form == 2 else 0,
            self.text_bytes,
            32 * self.blocks,
        )

    @property
    def file_bytes(self) -> int:
        """Bytes of the whole index file: each section is filled up to a multiple of 8."""
        return BYTES + sum(length + -length % 8 for length in self.sections)


def encode_head(head: Head) -> bytes:
    """The 384 bytes."""
    packed = _FORM.pack(
        *(MAGIC, head.count, head.shard_bytes, head.mtime_ns, head.shard_sha256, head.type_cid),
        *(head.layout, head.place_form, head.size_form, head.key_form),
        *(head.first, head.stride, head.size, head.key, head.text_bytes, head.blocks),
        head.digests,
    )
    return (packed + hashlib.sha256(packed).digest()).ljust(BYTES, b"\0")


def decode_head(data: bytes) -> Head:
    """Read the 384 bytes strictly.

    Raises:
        IndexFault: they are no head, or say what cannot be so.
    """
    if len(data) != BYTES or not data.startswith(MAGIC):
        raise IndexFault("it is no index file of this version")
    packed = data[:_SUMMED]
    if data[_SUMMED:] != hashlib.sha256(packed).digest().ljust(BYTES - _SUMMED, b"\0"):
        raise IndexFault("its head does not have the digest that it says")
    head = Head(*_FORM.unpack(packed)[1:])
    fault = next((text for holds, text in _rules(head) if not holds), None)
    # Bytes that no field takes, and fields that the form does not use, are zeros.
    if fault is not None or encode_head(head) != data:
        raise IndexFault(fault or "its head is not in the one form it may have")
    return head


def _rules(head: Head) -> tuple[tuple[bool, str], ...]:
    return (
        (
            head.count <= head.shard_bytes // BLOCK,
            "it has more samples than the shard has room for",
        ),
        (head.shard_bytes < 2**62, "its shard is larger than any"),
        (head.layout in _LAYOUTS, "its layout class is unknown"),
        (_CID.fullmatch(head.type_cid) is not None, "its type CID is none"),
        (max(head.place_form, head.size_form, head.key_form) <= 2, "it has a form that is unknown"),
        (_are_places(head), "its samples do not lie in the shard one after the other"),
        (_are_keys(head), "its keys do not have the bytes that it says"),
        (
            head.blocks in (0, -(-head.shard_bytes // BLOCK_BYTES)),
            "it has digests of some blocks only",
        ),
    )


def _are_places(head: Head) -> bool:
    if (head.size_form and head.size) or head.count * head.size > head.shard_bytes:
        return False
    if max(head.first, head.stride) > head.shard_bytes:
        return False
    if not head.count:
        return head.first == head.stride == head.size == head.place_form == head.size_form == 0
    if head.place_form == 2:
        return head.first == head.stride == 0
    if head.first < BLOCK or head.first % BLOCK or head.stride % BLOCK:
        return False
    if head.place_form == 1:
        return BLOCK <= head.stride <= head.shard_bytes
    end = head.first + (head.count - 1) * head.stride + head.size + padding(head.size)
    apart = head.stride >= head.size + padding(head.size) + BLOCK
    return head.size_form == 0 and apart and end + len(END) <= head.shard_bytes


def _are_keys(head: Head) -> bool:
    if head.key_form == 0:
        return head.text_bytes == 0 and head.key + head.count <= 10**9
    if head.key_form == 1:
        return 1 <= head.key <= LONGEST_READ and head.text_bytes == head.key * head.count
    return head.key == 0 and head.count <= head.text_bytes <= LONGEST_READ * head.count
