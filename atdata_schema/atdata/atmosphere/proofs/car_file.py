"""The CAR of a whole repository, in a file: indexed in place, so that it need not fit into memory.

Blocks are looked up by the first eight bytes of their digests in a sorted column, and hashed again when they are read: the
file is not trusted to stay as it was, and digests that start alike are told apart.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from atdata.atmosphere.proofs.car_frames import Frames, block_cid
from atdata.atmosphere.proofs.limits import REPOSITORY, CarLimits
from atdata.errors import CarError, ProofError
from atdata_schema.data import Link

__all__ = ["CarFile"]

_PREFIX: Final = 4  # bytes of a CID before its digest


class CarFile:
    """The blocks of a CAR in a file. All of it is read and hashed once, when it is opened.

    To be used by one thread, and closed, or in a `with` statement.

    Args:
        path: the file.
        limits: how much is read before it is refused.

    Attributes:
        root: the CID that the header names.

    Raises:
        CarError: as `read_car`.
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path, *, limits: CarLimits = REPOSITORY) -> None:
        self._path = path
        self._file = path.open("rb")
        try:
            self.root, self._heads, self._offsets, self._sizes = self._indexed(limits)
        except BaseException:
            self._file.close()
            raise

    def _indexed(
        self, limits: CarLimits
    ) -> tuple[str, NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint32]]:
        heads, offsets, sizes = array("Q"), array("Q"), array("I")
        try:
            frames = Frames(self._file, limits)
            for frame in frames:
                heads.append(_head(frame.cid))
                offsets.append(frame.offset)
                sizes.append(len(frame.block))
        except ProofError as error:
            raise CarError(f"{self._path}: {error}") from None
        column = np.frombuffer(heads, np.uint64) if heads else np.empty(0, np.uint64)
        order = np.argsort(column, kind="stable")
        return (
            frames.root,
            column[order],
            np.array(offsets, np.uint64)[order],
            np.array(sizes, np.uint32)[order],
        )

    def __len__(self) -> int:
        """How many blocks there are, those that occur twice counted twice."""
        return len(self._heads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def get(self, cid: str, /) -> bytes | None:
        """The block of a CID, or None where the file has none."""
        binary = Link(cid).binary
        if len(binary) != _PREFIX + 32:
            return None
        head = np.uint64(_head(binary))
        for at in range(int(np.searchsorted(self._heads, head)), len(self._heads)):
            if self._heads[at] != head:
                break
            self._file.seek(int(self._offsets[at]))
            block = self._file.read(int(self._sizes[at]))
            if block_cid(block) == binary:
                return block
        return None


def _head(cid: bytes) -> int:
    """What stands in the sorted column for a CID."""
    return int.from_bytes(cid[_PREFIX : _PREFIX + 8], "big")
