"""The sections of a CAR, version 1: a header that names the root, then blocks, each held against its CID.

Source: the CARv1 specification, and what the repository page of the AT Protocol specification leaves of it: one root,
blocks of DAG-CBOR, CIDs of version 1 with sha2-256. Numbers have their shortest form, so a CAR is spelled in one way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from atdata.atmosphere.proofs.limits import CarLimits
from atdata.errors import CarError
from atdata_schema.data import Link, from_cbor
from atdata_schema.data.links import cid_text
from atdata_schema.errors import DataError

__all__ = ["Frame", "Frames", "block_cid"]

_CID: Final = 36  # bytes of the one form of CID that repositories have
_PREFIX: Final = b"\x01\x71\x12\x20"  # version 1, dag-cbor, sha2-256, 32 bytes
_LONGEST_HEADER: Final = 1024
_LONGEST_NUMBER: Final = 5  # bytes of a length: 35 bits


def block_cid(block: bytes) -> bytes:
    """The CID of a block of DAG-CBOR, in binary form."""
    return _PREFIX + hashlib.sha256(block).digest()


@dataclass(frozen=True, slots=True)
class Frame:
    """One block of a CAR.

    Attributes:
        cid: its CID, which was compared with its bytes.
        block: its bytes.
        offset: where its bytes start in the CAR.
    """

    cid: bytes
    block: bytes
    offset: int


class Frames:
    """The blocks of a CAR in their order, from a stream that is read once.

    Attributes:
        root: the CID that the header names.

    Raises:
        CarError: the header is none, or the CAR ends in it; and, on the way, what is wrong with a block.
    """

    def __init__(self, stream: BinaryIO, limits: CarLimits) -> None:
        self._stream = stream
        self._limits = limits
        self._at = 0
        self._count = 0
        self.root = self._header()

    def __iter__(self) -> Iterator[Frame]:
        while True:
            start = self._at
            size = self._number(f"block {self._count}", may_end=True)
            if size is None:
                return
            yield self._frame(size, start)
            self._count += 1

    def _header(self) -> str:
        size = self._number("the header")
        if size is None or not 0 < size <= _LONGEST_HEADER:
            raise CarError(f"this is no CAR: its header would have {size} bytes")
        try:
            header = from_cbor(self._take(size, "the header"))
        except DataError as error:
            raise CarError(f"this is no CAR: its header is no DAG-CBOR: {error}") from None
        if not isinstance(header, dict) or header.keys() != {"roots", "version"}:
            raise CarError("this is no CAR: its header is no map of 'roots' and 'version'")
        version, roots = header["version"], header["roots"]
        if type(version) is not int or version != 1:
            raise CarError("this CAR is not of version 1, the only one in the protocol")
        if not isinstance(roots, list) or len(roots) != 1 or not isinstance(roots[0], Link):
            raise CarError("the header of this CAR does not name one root: a repository has one")
        return roots[0].text

    def _frame(self, size: int, start: int) -> Frame:
        what = f"block {self._count}, at byte {start}"
        limits = self._limits
        if self._count >= limits.blocks:
            raise CarError(f"{what}: this CAR has more than {limits.blocks} blocks")
        if size <= _CID:
            raise CarError(f"{what}: its section of {size} bytes has no room for a CID and a block")
        if size - _CID > limits.block_bytes:
            raise CarError(
                f"{what}: a block has at most {limits.block_bytes} bytes, not {size - _CID}"
            )
        cid = self._take(_CID, what)
        if not cid.startswith(_PREFIX):
            raise CarError(
                f"{what}: its CID starts with {cid[:4].hex()}; in a repository CIDs are of version 1, "
                "dag-cbor and sha2-256 (01711220)"
            )
        offset = self._at
        block = self._take(size - _CID, what)
        if block_cid(block) != cid:
            raise CarError(f"{what}: the bytes are not those of its CID {cid_text(cid)}")
        return Frame(cid, block, offset)

    def _number(self, what: str, *, may_end: bool = False) -> int | None:
        number = 0
        for index in range(_LONGEST_NUMBER):
            byte = self._stream.read(1)
            if not byte:
                if may_end and index == 0:
                    return None
                raise CarError(f"{what}: the CAR ends within a length, after {self._at} bytes")
            self._advance(1, what)
            number |= (byte[0] & 0x7F) << (7 * index)
            if byte[0] < 0x80:
                if byte[0] == 0 and index:
                    raise CarError(f"{what}: its length is written with more bytes than it needs")
                return number
        raise CarError(f"{what}: its length has more than {_LONGEST_NUMBER} bytes")

    def _take(self, size: int, what: str) -> bytes:
        self._advance(size, what)
        taken = self._stream.read(size)
        if len(taken) != size:
            raise CarError(
                f"{what}: the CAR is cut short: {size} bytes should follow, and there are {len(taken)}"
            )
        return taken

    def _advance(self, size: int, what: str) -> None:
        self._at += size
        if self._at > self._limits.car_bytes:
            raise CarError(f"{what}: this CAR has more than {self._limits.car_bytes} bytes")
