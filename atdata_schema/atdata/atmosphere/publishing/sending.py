"""Everything goes up that the records will name, before any record is written."""

from __future__ import annotations

import hashlib
import io

from atdata.atmosphere.publishing.arranging import Arrangement
from atdata.atmosphere.publishing.blobs import LIST, TooLarge, send
from atdata.atmosphere.publishing.composing import Composed
from atdata.atmosphere.publishing.journal import Journal
from atdata.atmosphere.publishing.public_checks import Asked, check_public
from atdata.atmosphere.publishing.repository import OwnRepository
from atdata.atmosphere.publishing.uploading import Uploads, put_into
from atdata.atmosphere.records.shards import BlobPlace
from atdata.atmosphere.records.web_address import web_address
from atdata.errors import PublishError
from atdata.progress import counted_bytes
from atdata.stores.store import Store

__all__ = ["Sender"]


class Sender:
    """Sends the shards of one dataset; what was sent before is not sent again.

    Args:
        arrangement: what becomes of each shard.
        repository: the account's repository.
        journal: where it is noted.
        store: where shards go; without it they become blobs.
        name: the dataset, beside the bar.
        progress: whether there is a bar.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        repository: OwnRepository,
        journal: Journal,
        store: Store | None,
        *,
        name: str,
        progress: bool,
    ) -> None:
        self._arrangement = arrangement
        self._repository = repository
        self._journal = journal
        self._store = store
        self._name = name
        self._progress = progress

    def send(self) -> Composed:
        """Send the shards, in smaller pieces where the server does not take them; the dataset as it is then.

        Raises:
            PublishError, XrpcError, StoreError: one cannot be sent.
        """
        while True:
            composed = self._arrangement.compose()
            prepared = self._arrangement.prepared
            if not prepared:
                return composed
            total = sum(part.bytes for item in prepared for part in item.parts)
            with counted_bytes(total, self._name, self._progress) as count:
                if self._store is not None:
                    put_into(self._store, prepared, self._repository.did, count)
                    self._check_stored(composed)
                    return composed
                server, did = self._repository.server, self._repository.did
                try:
                    Uploads(server, self._journal, did, count).send(prepared)
                except TooLarge as refused:
                    self._arrangement.halve(refused.bytes)
                    continue
            # Now it is known what the server takes each blob for.
            return self._arrangement.compose()

    def send_list(self, composed: Composed) -> None:
        """Send the list of shards, where that is a blob of its own.

        Raises:
            PublishError, XrpcError: it cannot be sent.
        """
        data, did = composed.list_blob, self._repository.did
        if data is None:
            return
        digest = hashlib.sha256(data).hexdigest()
        if digest in self._journal.blobs(did):
            return
        server = self._repository.server
        try:
            send(server, self._journal, did, lambda: io.BytesIO(data), len(data), digest, LIST)
        except TooLarge:
            raise PublishError(
                f"{server.origin}: does not take the list of shards, {len(data):,} bytes: write the dataset with "
                "fewer, larger shards (maxsize=)"
            ) from None

    def _check_stored(self, composed: Composed) -> None:
        """What was put into a store has to be there for everybody."""
        new = {part.sha256 for item in self._arrangement.prepared for part in item.parts}
        asked = [
            Asked(web_address(shard.place), shard.bytes or 0, shard.sha256 or "", None)
            for shards in composed.splits.values()
            for shard in shards
            if shard.sha256 in new and not isinstance(shard.place, BlobPlace)
        ]
        answers = check_public(asked, local=self._repository.local)
        for item, answer in zip(asked, answers, strict=True):
            if answer.fault is not None:
                raise PublishError(
                    f"{item.address}: was put there and cannot be read without credentials ({answer.fault}): let "
                    "everybody read the bucket (a policy with s3:GetObject for all), then do this again; nothing was "
                    "published"
                )
