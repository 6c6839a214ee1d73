"""How much is taken from others before they are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["USUAL", "Fault", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a refresh takes. What is beyond a limit is told as a fault, and the rest goes on.

    Attributes:
        repositories: how many repositories are looked at.
        pages: how many pages are asked of one relay, about one collection.
        records: how many records of one collection are taken from one repository.
        bytes: how many bytes one repository may send.
        seconds: how long one repository may take.
        workers: how many repositories are read at a time.
        workers_a_host: how many of them at one server.
    """

    repositories: int = 200_000
    pages: int = 2000
    records: int = 10_000
    bytes: int = 64 << 20
    seconds: float = 120.0
    workers: int = 16
    workers_a_host: int = 4


USUAL: Final = Limits()
"""What is taken where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was passed over.

    Attributes:
        where: the relay, the account or the record.
        reason: what is wrong.
    """

    where: str
    reason: str

    def __str__(self) -> str:
        # Messages name the place themselves, where they were made for a reader of one record.
        return self.reason if self.reason.startswith(self.where) else f"{self.where}: {self.reason}"
