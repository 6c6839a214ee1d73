"""What happened in a repository, as a stream tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from atdata.atmosphere.proofs.levels import Level

__all__ = ["Event", "Happening", "Message", "RecordEvent"]

Happening: TypeAlias = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """A record was made, changed or deleted.

    Attributes:
        did: whose repository.
        collection: its collection.
        rkey: its key.
        happening: what happened.
        rev: the revision of the repository since.
        cid: the CID of the record; None where it was deleted.
        record: what it says; None where it was deleted.
        level: how much is proved: `signed` where the stream has the commit, and it is signed by the account's key.
        time: when, as the server says.
        handle: the account's handle, where it is known.
    """

    did: str
    collection: str
    rkey: str
    happening: Happening
    rev: str
    cid: str | None
    record: Mapping[str, Any] | None = field(repr=False)
    level: Level
    time: str | None = None
    handle: str | None = None

    @property
    def uri(self) -> str:
        """The AT-URI of the record."""
        return f"at://{self.did}/{self.collection}/{self.rkey}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a repository as a whole.

    Attributes:
        did: whose.
        happening: `inactive`: it is not to be shown any more. `identity`: its handle or its keys may be others. `sync`: it has to be
            read anew.
        time: when, as the server says.
    """

    did: str
    happening: Literal["inactive", "identity", "sync"]
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream.

    Attributes:
        cursor: where the stream goes on behind it; None where it says nothing of that.
        did: the repository that it is about; empty where it is about none.
        rev: its revision since; None where the message does not tell.
        since: its revision before, where the message tells: so nothing between is missed.
        events: what happened, as far as it is asked for.
        faults: what is wrong in it.
    """

    cursor: int | None = None
    did: str = ""
    rev: str | None = None
    since: str | None = None
    events: tuple[RecordEvent | Event, ...] = ()
    faults: tuple[str, ...] = ()
