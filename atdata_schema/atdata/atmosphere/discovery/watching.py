"""Streams followed, and filed as they come.

A stream is followed from where it was left: its cursor is kept in the catalogue, in the transaction that files what came before it. So
nothing is missed, and what comes twice does no harm. Where a connection breaks, another is made after a pause that grows.

What a stream proves by itself is filed as proved. What it only says is filed too, and the repository is then read anew by the next refresh,
so that a stream which says what is not so is found out.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.connecting import Stream, connected
from atdata.atmosphere.discovery.event_filing import file_message
from atdata.atmosphere.discovery.events import Event, Message, RecordEvent
from atdata.atmosphere.discovery.firehose import read_message
from atdata.atmosphere.discovery.frames import StreamRefused
from atdata.atmosphere.discovery.jetstream import (
    SUBPROTOCOL,
    V1_PATH,
    V2_PATH,
    read_event,
    subscription,
)
from atdata.atmosphere.discovery.limits import Fault
from atdata.atmosphere.discovery.record_rows import COLLECTIONS
from atdata.atmosphere.identity.document import DidDocument
from atdata.errors import LoadError, SourceError
from atdata_schema.errors import DataError
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["Faults", "watch"]

Faults = Callable[[Fault], None]
"""Is told what was passed over, and when a stream broke off."""

_FIREHOSE: Final = "/xrpc/com.atproto.sync.subscribeRepos"
_SHORTEST, _LONGEST = 0.25, 30.0
_LARGEST: Final = 32 << 20
"""Bytes of a message that is taken at all. What is larger than the protocol has it is passed over, and the stream goes on."""

_KEPT_EVERY: Final = 5.0
_LOST: Final = {"CursorTooOld", "FutureCursor", "OutdatedCursor", "InvalidCursor"}


def watch(
    atmosphere: Atmosphere,
    *,
    jetstream: str | None = None,
    firehose: str | None = None,
    collections: Sequence[str] = COLLECTIONS,
    cursor: int | None = None,
    keep: bool = True,
    stop: threading.Event | None = None,
    faults: Faults | None = None,
    catalogue: Catalogue | None = None,
) -> Iterator[RecordEvent | Event]:
    """Follow what is published, as it is published, and file it in the catalogue.

    Args:
        atmosphere: who reads; a login is not needed.
        jetstream: a Jetstream, `wss://host`; with the path `/subscribe` one of version 1. That of the settings, where no firehose
            is given.
        firehose: a server or a relay, `https://host`, whose firehose is followed instead: what it says is proved as it comes.
        collections: what is followed.
        cursor: where to begin; without it where it was left, or now.
        keep: file what comes, and keep the cursor.
        stop: ends it, within a second, when it is set.
        faults: is told what is passed over.
        catalogue: another one than the user's.

    Yields:
        What happened, oldest first; something may come twice where a connection broke.

    Raises:
        SourceError: the address is none that can be followed.
        MissingExtra: `websockets` is not installed.
    """
    place = _place(atmosphere, jetstream, firehose)
    following = _Following(atmosphere, place, collections, keep, stop, faults, catalogue)
    return following.events(cursor)


@dataclass(frozen=True, slots=True)
class _Place:
    """A stream.

    Attributes:
        origin: the server.
        path: what is asked for.
        signed: whether it is a firehose.
    """

    origin: str
    path: str
    signed: bool

    @property
    def name(self) -> str:
        return self.origin + self.path

    @property
    def source(self) -> str:
        return f"{'firehose' if self.signed else 'jetstream'} {urlsplit(self.origin).netloc}"

    def url(self, collections: Sequence[str], cursor: int | None) -> str:
        if not self.signed:
            return self.origin + subscription(self.path, collections, cursor)
        return self.name + ("" if cursor is None else f"?{urlencode({'cursor': cursor})}")


def _place(atmosphere: Atmosphere, jetstream: str | None, firehose: str | None) -> _Place:
    if jetstream is not None and firehose is not None:
        raise SourceError("one stream is followed at a time: give jetstream= or firehose=")
    given = firehose or jetstream or atmosphere.settings.jetstream
    schemes = {"https": "wss", "http": "ws", "wss": "wss", "ws": "ws"}
    parts = urlsplit(given if "://" in given else f"wss://{given}")
    scheme = schemes.get(parts.scheme)
    paths = {"", "/", _FIREHOSE} if firehose else {"", "/", V1_PATH, V2_PATH}
    if not scheme or not parts.hostname or parts.username or parts.query or parts.path not in paths:
        raise SourceError(
            f"{quoted(given)} is no stream: give wss://host, or wss://host{V1_PATH} for an older Jetstream"
        )
    if scheme == "ws" and not atmosphere.settings.local:
        raise SourceError(f"{quoted(given)}: without encryption nothing is followed; give wss://")
    path = _FIREHOSE if firehose else parts.path.rstrip("/") or V2_PATH
    return _Place(f"{scheme}://{parts.netloc}", path, firehose is not None)


class _Following:
    """One stream, followed."""

    def __init__(
        self,
        atmosphere: Atmosphere,
        place: _Place,
        collections: Sequence[str],
        keep: bool,
        stop: threading.Event | None,
        faults: Faults | None,
        catalogue: Catalogue | None,
    ) -> None:
        self._atmosphere = atmosphere
        self._place = place
        self._collections = tuple(collections)
        self._catalogue = (catalogue or Catalogue()) if keep else None
        self._stop = threading.Event() if stop is None else stop
        self._tell: Faults = (lambda fault: None) if faults is None else faults
        self._cursor: int | None = None
        self._done: int | None = None
        self._kept = time.monotonic()
        self._revs: dict[str, str] = {}
        self._moved: dict[str, str] = {}

    def events(self, cursor: int | None) -> Iterator[RecordEvent | Event]:
        """What happens, until it is stopped."""
        self._cursor = cursor
        if self._catalogue is not None:
            kept, self._revs = self._catalogue.ask(lambda db: _state(db, self._place.name))
            if cursor is None:
                self._cursor = self._done = kept
        pause = _SHORTEST
        try:
            while not self._stop.is_set():
                before = self._cursor
                try:
                    yield from self._connection()
                except StreamRefused as error:
                    self._tell(Fault(self._place.origin, str(error)))
                    self._lost(error.name)
                except SourceError as error:
                    self._tell(Fault(self._place.origin, str(error)))
                pause = _SHORTEST if self._cursor != before else min(2 * pause, _LONGEST)
                self._stop.wait(pause * random.uniform(0.5, 1.0))  # spreads those who come back
        finally:
            self._keep()

    def _lost(self, name: str | None) -> None:
        """Begin anew where the server does not have what was left; the next refresh reads what is missed."""
        if name in _LOST and self._cursor is not None:
            self._tell(
                Fault(
                    self._place.origin,
                    "what came since it was followed last is not there any more; refresh reads it",
                )
            )
            self._cursor = self._done = None

    def _connection(self) -> Iterator[RecordEvent | Event]:
        place = self._place
        with connected(
            place.url(self._collections, self._cursor),
            local=self._atmosphere.settings.local,
            largest=_LARGEST,
            subprotocol=SUBPROTOCOL if place.path == V2_PATH else None,
        ) as stream:
            yield from self._messages(stream)

    def _messages(self, stream: Stream) -> Iterator[RecordEvent | Event]:
        while not self._stop.is_set():
            data = stream.next()
            if data is None:
                self._keep()
                continue
            try:
                message = self._read(data)
            except DataError as error:
                self._tell(Fault(self._place.origin, f"a message is passed over: {error}"))
                continue
            yield from self._taken(message)

    def _read(self, data: str | bytes) -> Message:
        if not self._place.signed:
            return read_event(data, self._collections)
        if isinstance(data, str):
            raise DataError("a firehose has binary messages")
        return read_message(data, self._collections, self._document)

    def _document(self, did: str, fresh: bool) -> DidDocument | None:
        with suppress(LoadError):
            return self._atmosphere.identities.identity(did, fresh=fresh).document
        return None

    def _taken(self, message: Message) -> list[RecordEvent | Event]:
        for reason in message.faults:
            self._tell(Fault(message.did, reason))
        if message.cursor is not None and self._done is not None and message.cursor <= self._done:
            return []  # it came before
        shown = [self._named(event) for event in message.events]
        if self._catalogue is not None and (shown or message.faults):
            self._file(message)
        elif message.since is not None and self._revs.get(message.did) == message.since:
            # Something else happened in a repository that is known; all of it that matters is filed.
            self._revs[message.did] = self._moved[message.did] = message.rev or ""
        if message.cursor is not None:
            self._cursor = message.cursor
            # In version 1 of Jetstream, which counts in microseconds, several may have one.
            self._done = message.cursor - (self._place.path == V1_PATH)
        if time.monotonic() - self._kept > _KEPT_EVERY:
            self._keep()
        return shown

    def _named(self, event: RecordEvent | Event) -> RecordEvent | Event:
        """The event with the handle of its account, where that is known without asking."""
        if isinstance(event, Event):
            return event
        known = self._atmosphere.identities.known(event.did)
        return event if known is None else replace(event, handle=known.handle)

    def _file(self, message: Message) -> None:
        local, source = self._atmosphere.settings.local, self._place.source
        assert self._catalogue is not None

        def change(db: Connection) -> list[Fault]:
            self._write_state(db, message.cursor)
            return file_message(db, message, source, self._handle(message.did), local=local)

        for fault in self._catalogue.change(change):
            self._tell(fault)
        if message.since is not None and self._revs.get(message.did) in (None, message.since):
            self._revs.update(self._catalogue.ask(lambda db: _rev(db, message.did)))

    def _handle(self, did: str) -> str | None:
        known = self._atmosphere.identities.known(did)
        return None if known is None else known.handle

    def _keep(self) -> None:
        if self._catalogue is not None and (self._cursor is not None or self._moved):
            self._catalogue.change(lambda db: self._write_state(db, self._cursor))
        self._kept = time.monotonic()

    def _write_state(self, db: Connection, cursor: int | None) -> None:
        moved, self._moved = self._moved, {}
        db.executemany(
            "UPDATE repositories SET rev = ? WHERE did = ? AND rev < ?",
            [(rev, did, rev) for did, rev in moved.items()],
        )
        if cursor is not None:
            db.execute(
                "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)",
                (self._place.name, cursor, time.time()),
            )


def _state(db: Connection, name: str) -> tuple[int | None, dict[str, str]]:
    found = db.execute("SELECT cursor FROM cursors WHERE stream = ?", (name,)).fetchone()
    revs: dict[str, Any] = dict(
        db.execute("SELECT did, rev FROM repositories WHERE rev IS NOT NULL").fetchall()
    )
    return (None if found is None else found[0]), revs


def _rev(db: Connection, did: str) -> dict[str, str]:
    row = db.execute(
        "SELECT did, rev FROM repositories WHERE did = ? AND rev IS NOT NULL", (did,)
    ).fetchone()
    return {} if row is None else {row[0]: row[1]}
