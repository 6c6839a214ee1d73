"""A dataset of the network that was found: what is proved of it, and where its shards lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from atdata.atmosphere.identity.identities import Identity
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.verification import VerifiedRecord
from atdata.atmosphere.reading.lock_file import Pin, shard_digests
from atdata.atmosphere.records.dataset import PublishedDataset
from atdata.atmosphere.records.schema import PublishedSchema
from atdata.located import Located
from atdata.shards.reader import ShardFile

__all__ = ["Published"]


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset of the network.

    Attributes:
        reference: how it was named.
        identity: the account that published it.
        entry: its record.
        dataset: what the record says.
        schema_record: the record of its sample type.
        schema: what that says.
        label: the label that its name is by, where it was named so.
        splits: its shards, to be opened.
    """

    reference: str
    identity: Identity
    entry: VerifiedRecord
    dataset: PublishedDataset
    schema_record: VerifiedRecord
    schema: PublishedSchema
    label: VerifiedRecord | None
    splits: Mapping[str, tuple[ShardFile, ...]]

    @property
    def level(self) -> Level:
        """How much is proved about the entry and its type: the lesser of the two."""
        levels = list(Level)
        return min(self.entry.level, self.schema_record.level, key=levels.index)

    @property
    def unvouched(self) -> int:
        """Shards of which the record says no digest, so that nothing tells whether they are what was published."""
        return sum(file.digest is None for files in self.splits.values() for file in files)

    @property
    def is_type_pinned(self) -> bool:
        """Whether the record says which state of the sample type it means."""
        return self.dataset.schema is not None

    def located(self) -> list[Located]:
        """Its shards, for whoever makes datasets of them."""
        schema = self.schema.schema.to_json()
        return [
            Located(file, split, schema, file.place)
            for split, files in self.splits.items()
            for file in files
        ]

    def pin(self) -> Pin:
        """What a lock keeps of it."""
        digests = {name: [file.digest for file in files] for name, files in self.splits.items()}
        return Pin(
            self.entry.uri,
            self.entry.cid,
            self.entry.commit.rev,
            self.identity.did,
            self.identity.handle,
            self.schema_record.uri,
            self.schema_record.cid,
            shard_digests(digests),
        )
