"""How large proofs may be.

A record has at most 1 MiB by the protocol, and the nodes on the way to it a few KiB each. Both limits leave room; what
is larger is an attack, or no proof of one record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PROOF", "REPOSITORY", "CarLimits"]


@dataclass(frozen=True, slots=True)
class CarLimits:
    """How much of a CAR is read before it is refused.

    Attributes:
        car_bytes: all of it.
        blocks: how many blocks, those that occur twice counted twice.
        block_bytes: one block.
    """

    car_bytes: int
    blocks: int
    block_bytes: int = 2**20


PROOF: Final = CarLimits(8 * 2**20, 4096)
"""For the proof of one record."""

REPOSITORY: Final = CarLimits(16 * 2**30, 16_000_000)
"""For a whole repository, which lies in a file."""
