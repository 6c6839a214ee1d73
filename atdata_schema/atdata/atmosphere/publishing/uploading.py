"""Shards go up: as blobs of the account, or into a store that everybody can read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import BinaryIO, Final, cast

from atdata.atmosphere.publishing.blobs import INDEX, SHARD, send
from atdata.atmosphere.publishing.copies import local_file
from atdata.atmosphere.publishing.journal import Journal, Part
from atdata.atmosphere.publishing.piece_file import PieceFile
from atdata.atmosphere.publishing.preparing import Prepared, index_file
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.index.owners import own
from atdata.stores.layout import shard_key, sidecar_key
from atdata.stores.store import Store

__all__ = ["UPLOADS", "Uploads", "put_into"]

UPLOADS: Final = 4
"""Shards that are on their way at once."""

Count = Callable[[int], None]


class _Stopped(Exception):
    """Another upload has failed."""


class Uploads:
    """Sends blobs, several at once; those that were sent before are not sent again.

    Args:
        server: the account's server.
        journal: where it is noted.
        did: the account.
        count: called with numbers of bytes as they are sent, negative ones where they are sent again.
    """

    def __init__(self, server: Xrpc, journal: Journal, did: str, count: Count) -> None:
        self._server = server
        self._journal = journal
        self._did = did
        self._count = count
        self._stopped = threading.Event()
        self._sent = set(journal.blobs(did))

    def send(self, shards: Sequence[Prepared]) -> None:
        """Send shards and their indexes.

        Raises:
            TooLarge: the server does not take a blob of the size; the others are given up.
            PublishError, XrpcError: one cannot be sent.
        """
        self._stopped.clear()
        with ThreadPoolExecutor(UPLOADS, "atdata-upload") as pool:
            jobs = [pool.submit(self._send, shard) for shard in shards]
            try:
                done, _ = wait(jobs, return_when=FIRST_EXCEPTION)
                failed = [job.exception() for job in done if job.exception() is not None]
                # The first cause, and not that the others were given up for it.
                for error in sorted(failed, key=lambda error: isinstance(error, _Stopped)):
                    assert error is not None
                    raise error
            finally:
                self._stopped.set()
                pool.shutdown(wait=True, cancel_futures=True)

    def _send(self, shard: Prepared) -> None:
        waiting = [part for part in shard.parts if part.sha256 not in self._sent]
        if waiting:
            with local_file(shard.shard) as path:
                for part in waiting:
                    self._send_part(path, part)
        self._count(sum(part.bytes for part in shard.parts if part not in waiting))
        for part in shard.parts:
            self._send_index(part)

    def _send_part(self, path: Path, part: Part) -> None:
        def opened() -> BinaryIO:
            return cast("BinaryIO", PieceFile(path, part.piece, self._note))

        self._send_file(opened, part.bytes, part.sha256, SHARD)

    def _send_index(self, part: Part) -> None:
        if part.index not in self._sent:
            path = index_file(part)
            self._send_file(lambda: path.open("rb"), part.index_bytes, part.index, INDEX)

    def _send_file(
        self, opened: Callable[[], BinaryIO], size: int, sha256: str, mime_type: str
    ) -> None:
        self._check()
        send(self._server, self._journal, self._did, opened, size, sha256, mime_type)
        self._sent.add(sha256)

    def _note(self, count: int) -> None:
        self._check()
        self._count(count)

    def _check(self) -> None:
        if self._stopped.is_set():
            raise _Stopped


def put_into(store: Store, shards: Sequence[Prepared], did: str, count: Count) -> None:
    """Put shards and their indexes into a store, several at once; what is there already is not sent again.

    The store is told whose they are, so that no Index collects them as nobody's.

    Args:
        store: the store.
        shards: the shards, uncut.
        did: the account that names them in a record.
        count: called with numbers of bytes as they are sent.

    Raises:
        StoreError: the store cannot be reached, denies or is full.
    """
    own(store, f"at://{did}", f"published by {did}")

    def put(shard: Prepared) -> None:
        (part,) = shard.parts
        index = sidecar_key(part.sha256, ".tar.idx")
        store.put(index, index_file(part), sha256=part.index, replace=True)
        with local_file(shard.shard) as path:
            # The shard comes last: where it is, its index is too.
            store.put(shard_key(part.sha256), path, sha256=part.sha256, progress=count)

    with ThreadPoolExecutor(UPLOADS, "atdata-upload") as pool:
        jobs = [pool.submit(put, shard) for shard in shards]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
