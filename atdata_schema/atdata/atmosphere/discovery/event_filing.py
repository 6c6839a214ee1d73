"""What a message of a stream says, filed in a transaction that the caller began."""

from __future__ import annotations

from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Final

from atdata.atmosphere.discovery.events import Event, Message, RecordEvent
from atdata.atmosphere.discovery.filing import (
    Filed,
    file_record,
    filed_of,
    forget_repository,
    note_repository,
    prove,
    remove_record,
)
from atdata.atmosphere.discovery.limits import Fault
from atdata.atmosphere.discovery.record_rows import COLLECTIONS, row_of
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.revisions import AHEAD, time_of_revision
from atdata.errors import RecordError

__all__ = ["file_message"]

_STALE: Final = "UPDATE repositories SET rev = NULL WHERE did = ?"


def file_message(
    db: Connection, message: Message, source: str, handle: str | None, *, local: bool = False
) -> list[Fault]:
    """File what a message says.

    Args:
        db: the catalogue.
        message: the message.
        source: who sent it.
        handle: the handle of the account that it is about, where it is known.
        local: take addresses of this machine in records, for experiments.

    Returns:
        What cannot be used.
    """
    did = message.did
    faults: list[Fault] = []
    row = db.execute("SELECT rev FROM repositories WHERE did = ?", (did,)).fetchone()
    seen = None if row is None else row[0]
    proved = not message.faults
    for event in message.events:
        if isinstance(event, Event):
            if message.rev is None or seen is None or message.rev > seen:
                _file_event(db, event)
            proved = False
        elif seen is None or event.rev > seen:
            fault = _file_record(db, event, source, local)
            faults += [] if fault is None else [fault]
            proved = proved and fault is None and event.level is Level.SIGNED
    if any(isinstance(event, RecordEvent) for event in message.events):
        note_repository(db, did, handle, None)
        _continue(db, message, seen, proved)
    elif message.faults:
        db.execute(_STALE, (did,))
    return faults


def _continue(db: Connection, message: Message, seen: str | None, proved: bool) -> None:
    """Note the revision where nothing between is missed and all is proved; else let the next refresh look."""
    if message.rev is not None and seen is not None and message.rev <= seen:
        return
    whole = proved and message.since is not None and message.since == seen
    rev = message.rev if whole else None
    db.execute("UPDATE repositories SET rev = ? WHERE did = ?", (rev, message.did))


def _file_event(db: Connection, event: Event) -> None:
    if event.happening == "inactive":
        forget_repository(db, event.did)
    elif event.happening == "identity":
        # The next refresh looks it up, as it does of all.
        db.execute("UPDATE repositories SET handle = NULL WHERE did = ?", (event.did,))
    else:
        db.execute(_STALE, (event.did,))


def _file_record(db: Connection, event: RecordEvent, source: str, local: bool) -> Fault | None:
    if event.collection not in COLLECTIONS:
        return None
    if time_of_revision(event.rev) > datetime.now(UTC) + AHEAD:
        return Fault(event.uri, f"its revision {event.rev} lies in the future")
    filed = filed_of(db, event.did, event.collection, event.rkey)
    if filed is not None and filed[1] is not None and filed[1] >= event.rev:
        return None
    if event.cid is None or event.record is None:
        remove_record(db, event.did, event.collection, event.rkey)
        return None
    place = Filed(
        event.did, event.collection, event.rkey, event.cid, event.rev, source, event.level
    )
    if filed is not None and filed[0] == event.cid:
        prove(db, place)
        return None
    try:
        row = row_of(event.collection, event.record, event.uri, local=local)
    except RecordError as error:
        remove_record(db, event.did, event.collection, event.rkey)
        return Fault(event.uri, error.reason)
    file_record(db, place, row)
    return None
