"""What a run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["ORDERS", "Order", "Settings"]

Order = Literal["ordered", "shuffled"]
ORDERS: tuple[Order, Order] = ("ordered", "shuffled")

# Samples of a workload in a full and in a quick run; `workloads` has the rest, and needs numpy. A full one is
# larger than processors' caches, and what all contenders write of it is about 10 GB.
_COUNTS = {
    "W1": (1_536, 256),
    "W2": (6_144, 1_024),
    "W3": (1_000_000, 20_000),
    "W4": (400_000, 20_000),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the command.

    Attributes:
        only: workloads and other measurements to make.
        contenders: names of contenders.
        rounds: rounds of each; the figures are their medians.
        seconds: how long a round may take about; slower contenders read a part of an epoch.
        quick: small data, for trying.
        touch: how what is delivered is touched, `"all"` or `"lines"`.
        data: where the data is written and removed again.
        report: where the report is written.
        update: whether what is measured replaces its parts of the report that is there.
    """

    only: tuple[str, ...]
    contenders: tuple[str, ...]
    rounds: int
    seconds: float
    quick: bool
    touch: str
    data: Path
    report: Path
    update: bool = False

    def count(self, workload: str) -> int:
        """Samples of a workload."""
        return _COUNTS[workload][self.quick]
