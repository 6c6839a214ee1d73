"""On which terms something of the network is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from atdata.atmosphere.proofs.levels import Level
from atdata.errors import LoadError
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.remote.s3_access import S3Access

__all__ = ["LOCK", "Terms"]

LOCK: Final = "atdata.lock"
"""What the lock is called in the working folder, where no other is given."""

_SWITCHED: Final = {"": False, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms something of the network is read.

    Attributes:
        trust: how much has to be proved about every record that is used.
        locked: whether only what the lock pins is read.
        lock: the lock, where there is one.
        offline: whether no server is asked.
        access: how an S3 service is reached; without it, buckets are read as everybody can.
    """

    trust: Level = Level.SIGNED
    locked: bool = False
    lock: Path | None = None
    offline: bool = False
    access: S3Access | None = None

    @classmethod
    def of(
        cls,
        trust: str = Level.SIGNED,
        locked: bool = False,
        lock: str | Path | None = None,
        offline: bool | None = None,
        access: S3Access | None = None,
    ) -> Self:
        """The terms that a program names, those of the environment and the working folder where it does not.

        Raises:
            LoadError: there is no such level, or `ATDATA_OFFLINE` is neither 1 nor 0.
        """
        try:
            level = Level(trust)
        except ValueError:
            raise LoadError(
                f"trust is {quoted(str(trust))}: give one of {', '.join(Level)}"
            ) from None
        path = Path(LOCK) if lock is None else Path(lock)
        used = lock is not None or locked or path.exists()
        # Absolute, since the working folder may be another one when it is written.
        return cls(
            level,
            locked,
            path.absolute() if used else None,
            _offline() if offline is None else offline,
            access,
        )


def _offline() -> bool:
    text = os.environ.get("ATDATA_OFFLINE", "")
    if text not in _SWITCHED:
        raise LoadError(f"ATDATA_OFFLINE is 1 or 0, not {quoted(text)}")
    return _SWITCHED[text]
