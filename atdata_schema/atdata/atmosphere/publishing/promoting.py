"""A dataset is published: looked at, planned, agreed to, sent, and written in one commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.arranging import Arrangement
from atdata.atmosphere.publishing.blobs import blob_cid
from atdata.atmosphere.publishing.clock import now
from atdata.atmosphere.publishing.committing import BODY, Commit, body_size
from atdata.atmosphere.publishing.composing import Composed
from atdata.atmosphere.publishing.copies import sweep_staging
from atdata.atmosphere.publishing.journal import Journal, Noted
from atdata.atmosphere.publishing.options import Options
from atdata.atmosphere.publishing.plan import Plan, megabytes
from atdata.atmosphere.publishing.preparing import index_file
from atdata.atmosphere.publishing.repository import OwnRepository
from atdata.atmosphere.publishing.request import Request
from atdata.atmosphere.publishing.sameness import is_request_same
from atdata.atmosphere.publishing.sending import Sender
from atdata.atmosphere.publishing.state import State, look
from atdata.atmosphere.publishing.writing import missing, published, write
from atdata.atmosphere.records.collections import ENTRY, LABEL, new_tid
from atdata.atmosphere.records.shards import BlobPlace
from atdata.atmosphere.records.storage import BLOBS
from atdata.atmosphere.records.web_address import web_address
from atdata.errors import ConfirmationNeeded, XrpcError
from atdata.index.published import note_published
from atdata.index.store_names import is_same

__all__ = ["promote"]

_BLOBS_A_DAY: Final = 1000

_TRIES: Final = 5
"""How often blobs are sent again that the server has lost since."""


def promote(account: Account, request: Request, options: Options) -> Plan:
    """Publish a dataset; what was done, or would be done.

    Raises:
        ConfirmationNeeded: it is large, and nobody said yes; or somebody said no.
        PublishError: it cannot be published as asked.
        XrpcError: the account's server refuses, or cannot be reached.
        StoreError: the store refuses, or cannot be reached.
    """
    return _Promotion(OwnRepository(account), request, options).run()


class _Promotion:
    def __init__(self, repository: OwnRepository, request: Request, options: Options) -> None:
        self._repository = repository
        self._request = request
        self._options = options
        self._journal = Journal()
        self._arrangement = Arrangement(request, repository, self._journal, options.data_store)

    def run(self) -> Plan:
        repository, request = self._repository, self._request
        noted = self._journal.begun(repository.did, request.digest)
        if noted is not None and self._is_whole(noted):
            return self._again(repository.uri(ENTRY, noted.entry))
        state = look(repository, request)
        if state.entry is not None and is_request_same(
            repository, request, state.entry, state.schema
        ):
            return self._again(state.entry.uri)
        sweep_staging()
        composed = self._arrangement.compose()
        if (uri := published(repository, composed, state)) is not None:
            return self._done(uri)
        commit = self._commit(composed, noted or Noted(new_tid(), new_tid(), now()))
        plan = self._plan(commit, state)
        if self._options.dry_run:
            return plan
        self._ask(plan)
        noted = self._journal.begin(repository.did, request.digest, commit.noted)
        return replace(plan, uri=self._publish(noted))

    def _is_whole(self, noted: Noted) -> bool:
        """Whether a publication that was begun came to its end."""
        if self._repository.get(ENTRY, noted.entry) is None:
            return False
        return self._repository.get(LABEL, noted.label) is not None

    def _again(self, uri: str) -> Plan:
        """What was published before; by an older release, perhaps, which did not say so in the store."""
        if self._at_home:
            stored = self._repository.get(ENTRY, uri.rpartition("/")[2])
            storage = {} if stored is None else stored.value.get("storage")
            if not isinstance(storage, dict) or storage.get("$type") != BLOBS:
                self._say_in_place(uri)
        return self._done(uri)

    def _say_in_place(self, uri: str) -> None:
        """Have the Index's store know which of its shards a record names, so that they are not collected."""
        home, request, digests = self._options.home, self._request, self._at_home
        if home is not None and digests and not self._options.dry_run:
            note_published(home, uri, f"{request.name}@{request.version}", digests)

    @property
    def _at_home(self) -> list[str]:
        """The digests of the shards that lie in the Index's store."""
        home = self._options.home
        if home is None:
            return []
        shards = self._request.shards
        return [s.sha256 for s in shards if s.record.key and is_same(s.store, home.url)]

    def _done(self, uri: str) -> Plan:
        repository, request = self._repository, self._request
        return Plan(
            *(request.name, request.version, repository.did, repository.handle),
            *(repository.server.origin, uri, ()),
        )

    def _commit(self, composed: Composed, noted: Noted) -> Commit:
        """What is written, in one call that servers of every age take, where that can be."""
        commit = Commit(composed, noted)
        if composed.list_blob is None and not composed.has_blobs:
            writes = commit.writes(self._repository, State("", None, None, None))
            if body_size(self._repository, writes) > BODY:
                return Commit(composed.listed(), noted)
        return commit

    def _plan(self, commit: Commit, state: State) -> Plan:
        repository, request, store = self._repository, self._request, self._options.data_store
        uploads = self._arrangement.uploads()
        addresses = [
            web_address(shard.place)
            for shards in commit.composed.splits.values()
            for shard in shards
            if not isinstance(shard.place, BlobPlace)
        ]
        return Plan(
            *(request.name, request.version, repository.did, repository.handle),
            *(repository.server.origin, repository.uri(ENTRY, commit.noted.entry)),
            writes=tuple(missing(repository, commit, state)),
            uploads=uploads,
            target=None if store is None or not uploads else store.url,
            addresses=tuple(addresses),
            list_blob=commit.composed.list_blob,
            notes=tuple(self._notes(commit.composed)),
        )

    def _notes(self, composed: Composed) -> Iterator[str]:
        request = self._request
        if request.local_name is not None:
            yield f"Its type, {request.local_name} on this machine, is called {request.schema.id} there."
        blobs = 2 * sum(map(len, composed.splits.values())) if composed.has_blobs else 0
        if blobs > _BLOBS_A_DAY:
            yield (
                f"It becomes {blobs:,} blobs, indexes among them, and servers take {_BLOBS_A_DAY:,} a day: "
                "data_store= with a bucket has no such limit."
            )

    def _ask(self, plan: Plan) -> None:
        options = self._options
        if options.yes:
            return
        if options.confirm is not None:
            if not options.confirm(plan):
                raise ConfirmationNeeded(
                    f"{plan.name}@{plan.version} was not published: the answer was no"
                )
            return
        if plan.is_large:
            raise ConfirmationNeeded(
                f"{plan.summary()}\nThat is {megabytes(plan.upload_bytes)} to send, and servers of accounts are made for "
                "less. Give yes=True to do it all the same; or data_store= with a bucket that everybody can read; or "
                "put the shards on https yourself, index.add them there and publish that"
            )

    def _publish(self, noted: Noted) -> str:
        options, request = self._options, self._request
        sender = Sender(
            *(self._arrangement, self._repository, self._journal, options.data_store),
            name=f"{request.name}@{request.version}",
            progress=options.progress,
        )
        lost = 0
        while True:
            commit = self._commit(sender.send(), noted)
            sender.send_list(commit.composed)
            if not commit.composed.has_blobs:
                self._say_in_place(self._repository.uri(ENTRY, commit.noted.entry))
            try:
                uri = write(self._repository, commit)
            except XrpcError as error:
                # Blobs that no record names vanish from servers after a while.
                if error.name != "BlobNotFound" or lost == _TRIES:
                    raise
                lost += 1
                self._forget_lost(str(error))
                continue
            self._clean()
            return uri

    def _forget_lost(self, said: str) -> None:
        did = self._repository.did
        named = [sha256 for sha256 in self._journal.blobs(did) if blob_cid(sha256) in said]
        if named:
            self._journal.forget_blobs(did, named)
        else:
            self._journal.forget_all_blobs(did)

    def _clean(self) -> None:
        """The indexes that waited are sent."""
        for item in self._arrangement.prepared:
            for part in item.parts:
                index_file(part).unlink(missing_ok=True)
