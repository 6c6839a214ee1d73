"""What became of the datasets of an index of the earlier release."""

from __future__ import annotations

from dataclasses import dataclass, field

from atdata.index.earlier.tables import EarlierEntry
from atdata.index.entry import Entry

__all__ = ["Imported", "Refused", "Report"]


@dataclass(frozen=True, slots=True)
class Refused:
    """A dataset of the earlier release that was not taken.

    Attributes:
        name: what it was called.
        cid: its key there.
        reason: why.
    """

    name: str
    cid: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the datasets of an index of the earlier release.

    Attributes:
        entries: the versions that were made.
        known: those that an earlier import had made.
        refused: what was not taken, and why.
        notes: what else there is to know, in sentences.
    """

    entries: tuple[Entry, ...] = ()
    known: tuple[Entry, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Report:
    """The same, while it is made.

    Attributes:
        manifests: shards that have a manifest beside them.
    """

    entries: list[Entry] = field(default_factory=list[Entry])
    known: list[Entry] = field(default_factory=list[Entry])
    refused: list[Refused] = field(default_factory=list[Refused])
    notes: dict[str, None] = field(default_factory=dict[str, None])
    manifests: int = 0

    def refuse(self, entry: EarlierEntry, reason: str) -> None:
        """Say that a dataset was not taken."""
        self.refused.append(Refused(entry.name, entry.cid, reason))

    def note(self, sentence: str) -> None:
        """Say something, once."""
        self.notes.setdefault(sentence)

    def result(self) -> Imported:
        """What became of them."""
        if self.manifests:
            self.note(
                f"{self.manifests} shards have manifests of that release, whose offsets are not those of the shards: "
                "their columns are there to be read, and queries look at the shards"
            )
        return Imported(
            tuple(self.entries), tuple(self.known), tuple(self.refused), tuple(self.notes)
        )
