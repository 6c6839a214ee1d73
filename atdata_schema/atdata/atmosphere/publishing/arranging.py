"""Where each shard of a dataset will be: where it is, in a store, or in blobs of the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from atdata.atmosphere.publishing.composing import (
    Composed,
    as_blobs,
    in_place,
    in_store,
    with_shard_list,
)
from atdata.atmosphere.publishing.journal import Journal
from atdata.atmosphere.publishing.plan import PlannedUpload
from atdata.atmosphere.publishing.preparing import (
    UNLIMITED,
    Found,
    Prepared,
    looked_at,
    parts_of,
)
from atdata.atmosphere.publishing.repository import ASSUMED_LIMIT, LARGEST_BLOB, OwnRepository
from atdata.atmosphere.publishing.request import Request, SourceShard
from atdata.errors import PublishError
from atdata.stores.store import Store

__all__ = ["Arrangement"]

_SMALLEST: Final = 64 * 1024
"""Bytes below which a limit is not halved again: no server that takes so little is of use."""


class Arrangement:
    """What becomes of the shards of a dataset.

    Args:
        request: the dataset.
        repository: the account's repository.
        journal: what was found out before.
        store: where shards go that cannot stay where they are; without it they become blobs.

    Attributes:
        prepared: the shards that go up, as they were composed last.
    """

    def __init__(
        self, request: Request, repository: OwnRepository, journal: Journal, store: Store | None
    ) -> None:
        self.prepared: list[Prepared] = []
        self._request = request
        self._repository = repository
        self._journal = journal
        self._store = store
        self._found: list[Found] | None = None
        self._in_place: Composed | None = None
        self._said: int | None = None

    def compose(self) -> Composed:
        """The dataset as it will be. Shards are looked at once; those that go up are read unless they were before.

        Raises:
            PublishError: one can neither stay nor go up.
            ShardError: one is damaged.
            XrpcError: the account's server cannot be asked.
        """
        request, local = self._request, self._repository.local
        if self._found is None:
            self._said = self._repository.blob_limit()
            self._found = looked_at(request, local=local)
        hidden = [item.shard for item in self._found if item.place is None]
        if not hidden:
            if self._in_place is None:
                self._in_place = with_shard_list(in_place(request, self._found, local=local))
            return self._in_place
        if self._store is not None:
            self.prepared = self._parts(hidden, UNLIMITED)
            by_digest = {item.shard.sha256: item for item in self.prepared}
            return with_shard_list(
                in_store(request, self._found, by_digest, self._store, local=local)
            )
        # A record has one kind of storage: where one shard has to be a blob, all are.
        self.prepared = self._parts([item.shard for item in self._found], self.limit())
        types = self._journal.blobs(self._repository.did)
        return as_blobs(request, self.prepared, types, local=local)

    def uploads(self) -> tuple[PlannedUpload, ...]:
        """What goes up, as a plan says it."""
        why = {item.shard.sha256: item.why for item in self._found or ()}
        return tuple(
            PlannedUpload(
                str(item.shard.place),
                sum(part.bytes + part.index_bytes for part in item.parts),
                why.get(item.shard.sha256) or "another shard of the dataset cannot",
                len(item.parts),
            )
            for item in self.prepared
        )

    def limit(self) -> int:
        """Bytes that a blob may have: what lexicon and server say, and what the server has shown."""
        learnt = self._journal.limit(self._repository.server.origin)
        said = self._said or ASSUMED_LIMIT
        return min(said, LARGEST_BLOB, *(() if learnt is None else (learnt,)))

    def halve(self, refused: int) -> None:
        """Take smaller blobs from now on.

        Args:
            refused: bytes of a blob that the server did not take.

        Raises:
            PublishError: the server takes next to nothing.
        """
        limit = self.limit()
        smaller = limit // 2 if refused > limit // 2 else refused // 2
        if smaller < _SMALLEST:
            raise PublishError(
                f"{self._repository.server.origin}: takes no blob of {refused:,} bytes: give data_store= with a bucket "
                "that everybody can read"
            )
        self._journal.note_limit(self._repository.server.origin, smaller)

    def _parts(self, shards: Sequence[SourceShard], limit: int) -> list[Prepared]:
        return parts_of(shards, self._journal, self._repository.did, limit, flat=self._request.flat)
