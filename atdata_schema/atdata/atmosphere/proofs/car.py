"""A CAR in memory."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from atdata.atmosphere.proofs.car_frames import Frames
from atdata.atmosphere.proofs.limits import PROOF, CarLimits
from atdata.errors import CarError
from atdata_schema.data.links import cid_text

__all__ = ["Blocks", "Car", "read_car"]


class Blocks(Protocol):
    """Blocks by their CIDs. What `get` gives has the CID: whoever gives blocks has compared them."""

    def get(self, cid: str, /) -> bytes | None:
        """The block of a CID, or None where it is not at hand."""
        ...


@dataclass(frozen=True, slots=True)
class Car:
    """The blocks of a CAR.

    Attributes:
        root: the CID that the header names; its block need not be there.
        blocks: blocks by their CIDs in text.
    """

    root: str
    blocks: Mapping[str, bytes]


def read_car(data: bytes | bytearray | memoryview, *, limits: CarLimits = PROOF) -> Car:
    """Read a CAR, holding every block against its CID.

    A block that occurs twice is kept once. Blocks that nothing leads to are kept too: they do no harm.

    Args:
        data: all of it.
        limits: how much is read before it is refused.

    Raises:
        CarError: it is no CAR of version 1 with one root, is cut short, larger than the limits, or has a
            block that differs from its CID. The message names the block.

    >>> read_car(b"no archive")
    Traceback (most recent call last):
        ...
    atdata.errors.CarError: the header: the CAR is cut short: 110 bytes should follow, and there are 9
    """
    given: object = data  # callers without a type checker give other things
    if not isinstance(given, bytes | bytearray | memoryview):
        raise CarError(f"a CAR is bytes, not a {type(given).__name__}")
    if memoryview(given).nbytes > limits.car_bytes:
        raise CarError(
            f"this CAR has {memoryview(given).nbytes} bytes; at most {limits.car_bytes} are read"
        )
    frames = Frames(io.BytesIO(given), limits)
    blocks = {cid_text(frame.cid): frame.block for frame in frames}
    return Car(frames.root, MappingProxyType(blocks))
