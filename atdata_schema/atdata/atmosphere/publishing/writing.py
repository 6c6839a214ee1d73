"""The records are written, whatever others write meanwhile, and whatever answers are lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from atdata.atmosphere.publishing.committing import (
    BODY,
    BODY_OF_NEWER,
    Commit,
    Uncertain,
    body_size,
)
from atdata.atmosphere.publishing.composing import Composed
from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.atmosphere.publishing.request import Request
from atdata.atmosphere.publishing.sameness import is_composed_same, is_request_same
from atdata.atmosphere.publishing.state import State, look
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA
from atdata.errors import PublishError, XrpcError

__all__ = ["missing", "published", "write"]

_TRIES: Final = 5


def published(repository: OwnRepository, composed: Composed, state: State) -> str | None:
    """The entry that is there under the name and the version, where it is what would be published.

    Raises:
        PublishError: it is another one.
        XrpcError: the account's server cannot be asked.
    """
    if state.entry is None:
        return None
    if is_composed_same(repository, composed, state.entry, state.schema):
        return state.entry.uri
    if is_request_same(repository, composed.request, state.entry, state.schema):
        return state.entry.uri
    request = composed.request
    raise PublishError(
        f"{request.name}@{request.version} is published already with other contents, as {state.entry.uri}: a version "
        "does not change; publish another version, or unpublish that one first"
    )


def write(repository: OwnRepository, commit: Commit) -> str:
    """Write the records that are missing; the AT-URI of the entry.

    Raises:
        PublishError: others write all the time, or no answer comes; or another entry is there.
        XrpcError: the server refuses.
    """
    reason: Exception | None = None
    request = commit.composed.request
    for _ in range(_TRIES):
        state = look(repository, request)
        if (uri := published(repository, commit.composed, state)) is not None:
            return uri
        writes = missing(repository, commit, state)
        try:
            _send(repository, commit, writes, state.head)
        except Uncertain as uncertain:
            reason = uncertain
        except XrpcError as error:
            if error.name != "InvalidSwap":
                raise _refused(error, request) from error
            reason = error
        else:
            return repository.uri(ENTRY, commit.noted.entry)
    raise PublishError(
        f"{request.name}@{request.version} was not published at {_TRIES} tries ({reason}): nothing is half done; do "
        "this again, and it goes on"
    ) from reason


def missing(repository: OwnRepository, commit: Commit, state: State) -> list[Write]:
    """The records that are to be written: all of them, or the label alone where that was taken away.

    Raises:
        PublishError: one cannot be published so.
        XrpcError: the account's server cannot be asked.
    """
    writes = commit.writes(repository, state)
    if repository.get(ENTRY, commit.noted.entry) is None:
        return writes
    return [item for item in writes if item.collection == LABEL]


def _send(repository: OwnRepository, commit: Commit, writes: Sequence[Write], head: str) -> None:
    try:
        commit.send(repository, writes, head)
    except XrpcError as error:
        first = [item for item in writes if item.collection == SCHEMA]
        rest = [item for item in writes if item.collection != SCHEMA]
        if error.status != 413 or not first or not _fits(repository, writes, rest):
            raise
        # An older server, and a type with long documents: it is whole by itself, so it may come first.
        commit.send(repository, first, head)
        raise Uncertain("the type was published first") from error


def _fits(repository: OwnRepository, refused: Sequence[Write], rest: Sequence[Write]) -> bool:
    """Whether some of the writes that a server found too large are small enough for it."""
    limit = BODY_OF_NEWER if body_size(repository, refused) > BODY_OF_NEWER else BODY
    return body_size(repository, rest) <= limit


def _refused(error: XrpcError, request: Request) -> Exception:
    """What a refusal means; a lost blob is for whoever sent it."""
    if error.name == "BlobNotFound":
        return error
    what = f"{request.name}@{request.version} was not published"
    if error.status == 413:
        return PublishError(
            f"{what}: its records are larger than the server takes ({error}): with data_store= the list of shards "
            "becomes a file of its own; or write the dataset with fewer, larger shards (maxsize=)"
        )
    return PublishError(f"{what}: {error}")
