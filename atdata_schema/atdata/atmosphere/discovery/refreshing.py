"""The catalogue brought up to date: relays say which repositories there are, their servers what is in them.

What is asked is in proportion to what changed: a repository whose revision was seen is not listed, and its account is looked up at most once
a day. Repositories are read side by side, a few at one server; what came is filed by one thread, a transaction a repository.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.filing import (
    cids_of,
    file_record,
    forget_repository,
    newer_than,
    note_repository,
    remove_record,
)
from atdata.atmosphere.discovery.limits import USUAL, Fault, Limits
from atdata.atmosphere.discovery.record_rows import COLLECTIONS, EntryRow
from atdata.atmosphere.discovery.relays import repositories_with
from atdata.atmosphere.discovery.repositories import Reading, read_repository
from atdata.atmosphere.discovery.types_of_entries import type_named
from atdata.errors import IdentityError, LoadError, SourceError
from atdata_schema.errors import AtdataError, InvalidSyntax
from atdata_schema.syntax import parse_at_uri

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.atmosphere.identity.identities import Identity

__all__ = ["Progress", "Refreshed", "refresh"]

Progress = Callable[[int, int], None]
"""Is told how many repositories have been looked at, of how many."""

_MOST_FAULTS: Final = 10_000
_MOST_OWNERS: Final = 10_000


@dataclass(slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        repositories: how many were looked at.
        unchanged: how many of them were as they had been seen.
        added: records that are new.
        changed: records that are others now.
        removed: records that are gone.
        faults: what was passed over, by whose fault.
    """

    repositories: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])

    def __str__(self) -> str:
        faults = f", {len(self.faults)} faults" if self.faults else ""
        return (
            f"{self.repositories} repositories ({self.unchanged} unchanged): {self.added} records added, "
            f"{self.changed} changed, {self.removed} removed{faults}"
        )


def refresh(
    atmosphere: Atmosphere,
    repositories: Iterable[str] | None = None,
    *,
    relays: Sequence[str] | None = None,
    thorough: bool = False,
    limits: Limits = USUAL,
    progress: Progress | None = None,
    catalogue: Catalogue | None = None,
) -> Refreshed:
    """Bring the catalogue up to date.

    Args:
        atmosphere: who reads; a login is not needed.
        repositories: DIDs and handles of those to look at; without it those that relays tell of, and all that are known.
        relays: relays to ask, as origins; those of the settings without it.
        thorough: ask every relay, and take what any of them says.
        limits: how much is taken.
        progress: is told how far it is.
        catalogue: another one than the user's.

    Returns:
        What it did. A server that is broken or hostile is a fault in it, and the others are read all the same.

    Raises:
        SourceError: no relay answered, and no repository is known.
    """
    done = Refreshed()
    work = _Work(atmosphere, catalogue or Catalogue(), limits, done)
    if repositories is None:
        names = _told(atmosphere, work, relays, thorough)
    else:
        names = (
            [repositories] if isinstance(repositories, str) else list(dict.fromkeys(repositories))
        )
    work.read(names, progress)
    # Types may be records of others, whom no relay was asked about.
    work.read(work.owners_of_types(), None)
    return done


def _told(
    atmosphere: Atmosphere, work: _Work, relays: Sequence[str] | None, thorough: bool
) -> list[str]:
    """The repositories that relays tell of, and those that are known."""
    settings = atmosphere.settings
    chosen = settings.relays if relays is None else tuple(relays)
    names: dict[str, None] = dict.fromkeys(work.known())
    answered, silent = False, set[str]()
    for collection in COLLECTIONS:
        found, whole = repositories_with(
            settings,
            collection,
            chosen,
            work.done.faults,
            silent=silent,
            thorough=thorough,
            limits=work.limits,
        )
        names.update(dict.fromkeys(found))
        answered = answered or whole
    if not answered and not names:
        reasons = "; ".join(dict.fromkeys(map(str, work.done.faults))) or "none is set"
        raise SourceError(
            f"no relay says which repositories there are: {reasons}. Name repositories by their handles, or set other relays"
        )
    return [*names]


class _Work:
    """One refresh."""

    def __init__(
        self, atmosphere: Atmosphere, catalogue: Catalogue, limits: Limits, done: Refreshed
    ) -> None:
        self._atmosphere = atmosphere
        self._catalogue = catalogue
        self._seen: set[str] = set()
        self._uris: dict[str, None] = {}
        self.limits = limits
        self.done = done

    def known(self) -> list[str]:
        """The repositories that something is filed of."""
        ask = "SELECT did FROM repositories ORDER BY did"
        return [did for (did,) in self._catalogue.ask(lambda db: db.execute(ask).fetchall())]

    def owners_of_types(self) -> list[str]:
        """Accounts whose records of types are named by what came now and are not known, and that were not looked at yet.

        Of what came before it is not asked again: otherwise each refresh would look for accounts that never were.
        """
        uris = self._uris
        unknown = self._catalogue.ask(
            lambda db: [uri for uri in uris if type_named(db, uri, None) is None]
        )
        owners: dict[str, None] = {}
        for uri in unknown:
            with suppress(InvalidSyntax):
                owners[parse_at_uri(uri).authority] = None
        return [owner for owner in owners if owner not in self._seen]

    def read(self, names: Sequence[str], progress: Progress | None) -> None:
        """Look at repositories."""
        total = len(names)
        with ThreadPoolExecutor(self.limits.workers, "atdata-refresh") as pool:
            identities = self._identified(pool, names)
            for count, (identity, reading) in enumerate(self._readings(pool, identities)):
                self._file(identity, reading)
                if progress is not None:
                    progress(count + 1, total)

    def _identified(self, pool: ThreadPoolExecutor, names: Sequence[str]) -> list[Identity]:
        found: dict[str, Identity] = {}
        for name, identity in zip(names, pool.map(self._identity, names), strict=True):
            self._seen.add(name)
            if identity is not None and identity.did not in found:
                self._seen.add(identity.did)
                found[identity.did] = identity
        return [*found.values()]

    def _identity(self, name: str) -> Identity | None:
        try:
            identity = self._atmosphere.identities.identity(name)
            if identity.document.pds is None:
                raise IdentityError(f"{name}: its document names no server")
            return identity
        except (LoadError, InvalidSyntax) as error:
            self._fault(Fault(name, str(error)))
            return None

    def _readings(
        self, pool: ThreadPoolExecutor, identities: Sequence[Identity]
    ) -> Iterator[tuple[Identity, Reading]]:
        """Read them side by side, a few at one server."""
        waiting: dict[str, deque[Identity]] = {}
        for identity in identities:
            waiting.setdefault(identity.document.pds or "", deque()).append(identity)
        running: dict[Future[Reading], Identity] = {}
        at: Counter[str] = Counter()
        while waiting or running:
            for host in [*waiting]:
                while (
                    waiting[host]
                    and at[host] < self.limits.workers_a_host
                    and len(running) < self.limits.workers
                ):
                    identity = waiting[host].popleft()
                    at[host] += 1
                    running[pool.submit(self._reading, identity)] = identity
                if not waiting[host]:
                    del waiting[host]
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                identity = running.pop(future)
                at[identity.document.pds or ""] -= 1
                yield identity, future.result()

    def _reading(self, identity: Identity) -> Reading:
        did = identity.did
        try:
            server = self._atmosphere.server(did)
            seen = self._catalogue.ask(lambda db: _seen(db, did))

            def filed(collection: str) -> dict[str, str]:
                return self._catalogue.ask(lambda db: cids_of(db, did, collection))

            local = self._atmosphere.settings.local
            return read_repository(server, did, seen, filed, limits=self.limits, local=local)
        except AtdataError as error:
            reading = Reading(did, broken=True)
            reading.fault(did, str(error))
            return reading

    def _file(self, identity: Identity, reading: Reading) -> None:
        self.done.repositories += 1
        self.done.unchanged += reading.unchanged
        for fault in reading.faults:
            self._fault(fault)
        named = (row.schema_uri for _, row in reading.rows if isinstance(row, EntryRow))
        room = _MOST_OWNERS - len(self._uris)
        self._uris.update(dict.fromkeys(islice(dict.fromkeys(named), max(0, room))))
        handle = identity.handle
        counts = self._catalogue.change(lambda db: _filed_reading(db, reading, handle))
        self.done.added += counts[0]
        self.done.changed += counts[1]
        self.done.removed += counts[2]

    def _fault(self, fault: Fault) -> None:
        if len(self.done.faults) < _MOST_FAULTS:
            self.done.faults.append(fault)


def _seen(db: Connection, did: str) -> str | None:
    """The revision of a repository that was seen."""
    row = db.execute("SELECT rev FROM repositories WHERE did = ?", (did,)).fetchone()
    return None if row is None else row[0]


def _filed_reading(db: Connection, reading: Reading, handle: str | None) -> tuple[int, int, int]:
    """File what was read; how many records are new, are others, are gone."""
    did = reading.did
    if reading.gone:
        return 0, 0, forget_repository(db, did)
    note_repository(db, did, handle, None if reading.broken else reading.rev)
    there = {collection: cids_of(db, did, collection) for collection in reading.listed}
    # What a stream has told since is newer than the list.
    newer = newer_than(db, did, reading.rev or "")
    lost = [
        (collection, rkey)
        for collection in reading.whole
        for rkey in there[collection].keys() - reading.listed[collection]
    ]
    # What a record was before it was refused is not what its owner says now.
    gone = [place for place in (*lost, *reading.refused) if place not in newer]
    removed = sum(remove_record(db, did, *place) for place in gone)
    rows = [item for item in reading.rows if (item[0].collection, item[0].rkey) not in newer]
    changed = sum(place.rkey in there[place.collection] for place, _ in rows)
    for place, row in rows:
        file_record(db, place, row)
    return len(rows) - changed, changed, removed
