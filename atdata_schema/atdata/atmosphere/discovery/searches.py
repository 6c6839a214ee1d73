"""Searching the catalogue, as `Atmosphere` offers it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.found import Found
from atdata.atmosphere.discovery.match import Match
from atdata.atmosphere.discovery.query import Query, query_of
from atdata.atmosphere.discovery.refreshing import refresh
from atdata.atmosphere.discovery.searching import find
from atdata.atmosphere.discovery.type_matches import same_types, type_matches
from atdata.atmosphere.records.collections import ENTRY, SCHEMA
from atdata.errors import QueryError
from atdata.lenses.finding import Lenses
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import AtUri, parse_at_uri
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["by", "derived_from", "search", "who_uses"]

_MOST_DEPTH: Final = 64
_MOST_DERIVED: Final = 10_000
_NONE: Final = Match("")


@dataclass(frozen=True, slots=True)
class _Searching:
    """A catalogue, and who searches it."""

    atmosphere: Atmosphere
    catalogue: Catalogue

    def found(self, query: Query, matches: dict[int, Match] | None) -> list[Found]:
        """What is found: of exact types first, then compatible ones, then those by lenses."""
        if matches is None:
            return self.catalogue.ask(lambda db: self.shown(db, find(db, query), None))
        groups: dict[str, list[int]] = {"exact": [], "compatible": [], "lens": []}
        for number, match in matches.items():
            groups[match.how].append(number)

        def ask(db: sqlite3.Connection) -> list[Found]:
            numbers: list[int] = []
            for types in groups.values():
                numbers += find(db, query, types) if len(numbers) < query.limit else []
            return self.shown(db, numbers[: query.limit], matches)

        return self.catalogue.ask(ask)

    def shown(
        self, db: sqlite3.Connection, numbers: Sequence[int], matches: dict[int, Match] | None
    ) -> list[Found]:
        """Entries as they are shown."""
        statement = (
            "SELECT e.did, e.rkey, e.cid, e.level, e.source, e.schema_uri, e.type, t.id, r.handle, e.body "
            "FROM entries e LEFT JOIN types t ON t.number = e.type "
            "LEFT JOIN repositories r ON r.did = e.did WHERE e.number = ?"
        )
        rows = [db.execute(statement, (number,)).fetchone() for number in numbers]
        return [self._found(row, _labels(db, *row[:2]), matches) for row in rows]

    def _found(
        self, row: tuple[Any, ...], labels: tuple[str, ...], matches: dict[int, Match] | None
    ) -> Found:
        did, rkey, cid, level, source, schema_uri, type, schema, handle, body = row
        said: dict[str, Any] = json.loads(body)
        match = _NONE if matches is None else matches[type]
        return Found(
            uri=f"at://{did}/{ENTRY}/{rkey}",
            cid=cid,
            did=did,
            handle=handle,
            name=said["name"],
            version=said["version"],
            description=said["description"],
            license=said["license"],
            tags=tuple(said["tags"]),
            samples=said["samples"],
            bytes=said["bytes"],
            shards=said["shards"],
            splits=tuple(said["splits"]),
            labels=labels,
            created=said["created"],
            schema=schema,
            schema_uri=schema_uri,
            how=match.how,
            lens=match.lens,
            level=level,
            source=source,
            _match=match,
            _atmosphere=self.atmosphere,
        )


def _labels(db: sqlite3.Connection, did: str, rkey: str) -> tuple[str, ...]:
    """The labels of an entry that its owner gave it: those of others mean nothing."""
    rows = db.execute(
        "SELECT DISTINCT name FROM labels WHERE entry = ?1 AND did = ?2 AND name <> "
        "(SELECT name FROM entries WHERE did = ?2 AND rkey = ?3) ORDER BY name LIMIT 100",
        (f"at://{did}/{ENTRY}/{rkey}", did, rkey),
    )
    return tuple(name for (name,) in rows)


def search(
    atmosphere: Atmosphere,
    text: str | None = None,
    *,
    tags: Sequence[str] = (),
    license: str | None = None,
    has_field: str | None = None,
    schema: object = None,
    lenses: Lenses | None = None,
    by: str | None = None,
    versions: bool = False,
    limit: int = 20,
    catalogue: Catalogue | None = None,
) -> list[Found]:
    """Datasets of the catalogue for which all that is asked for is true; see `Atmosphere.search`."""
    searching = _Searching(atmosphere, catalogue or Catalogue())
    did = None if by is None else atmosphere.identities.identity(by).did
    query = query_of(
        text,
        tags=tags,
        license=license,
        has_field=has_field,
        did=did,
        versions=versions,
        limit=limit,
    )
    if schema is None:
        return searching.found(query, None)
    return searching.found(query, type_matches(searching.catalogue, schema, lenses))


def by(
    atmosphere: Atmosphere,
    account: str,
    *,
    versions: bool = False,
    limit: int = 100,
    catalogue: Catalogue | None = None,
) -> list[Found]:
    """The datasets of one account; see `Atmosphere.by`."""
    searching = _Searching(atmosphere, catalogue or Catalogue())
    did = atmosphere.identities.identity(account).did
    known = "SELECT 1 FROM repositories WHERE did = ?"
    if searching.catalogue.ask(lambda db: db.execute(known, (did,)).fetchone()) is None:
        refresh(atmosphere, [did], catalogue=searching.catalogue)
    return searching.found(query_of(None, did=did, versions=versions, limit=limit), None)


def who_uses(
    atmosphere: Atmosphere,
    schema: object,
    *,
    versions: bool = False,
    limit: int = 100,
    catalogue: Catalogue | None = None,
) -> list[Found]:
    """The datasets of one type; see `Atmosphere.who_uses`."""
    searching = _Searching(atmosphere, catalogue or Catalogue())
    query = query_of(None, versions=versions, limit=limit)
    if isinstance(schema, str) and schema.startswith("at://"):
        address = _record(atmosphere, schema, SCHEMA)
        types = searching.catalogue.ask(lambda db: _type_at(db, address))
    else:
        types = same_types(searching.catalogue, schema)
    return searching.found(query, {number: Match("exact") for number in types})


def derived_from(
    atmosphere: Atmosphere,
    dataset: str | Found,
    *,
    depth: int | None = None,
    limit: int = 100,
    catalogue: Catalogue | None = None,
) -> list[Found]:
    """The datasets that were made from one; see `Atmosphere.derived_from`."""
    searching = _Searching(atmosphere, catalogue or Catalogue())
    query_of(None, limit=limit)
    most = _MOST_DEPTH if depth is None else depth
    if type(most) is not int or not 0 < most <= _MOST_DEPTH:
        raise QueryError(f"depth is a number from 1 to {_MOST_DEPTH}, not {depth!r:.40}")
    given: object = dataset
    if isinstance(given, Found):
        roots = [given.uri]
    elif isinstance(given, str) and given.startswith("@"):
        roots = _named(atmosphere, searching.catalogue, given)
    elif isinstance(given, str):
        roots = [str(_record(atmosphere, given, ENTRY))]
    else:
        raise QueryError(
            f"derived_from takes an AT-URI, @handle/name or what a search found, not a {type(given).__name__}"
        )

    def ask(db: sqlite3.Connection) -> list[Found]:
        return searching.shown(db, _derived(db, roots, most)[:limit], None)

    return searching.catalogue.ask(ask)


def _derived(db: sqlite3.Connection, roots: Sequence[str], depth: int) -> list[int]:
    """What was made from some datasets, what was made from that, and so on; each once, the nearest first."""
    found: dict[int, None] = {}
    seen = set(roots)
    sources = list(roots)
    for _ in range(depth):
        following: list[str] = []
        for source in sources:
            rows = db.execute(
                "SELECT e.number, e.did, e.rkey FROM sources s JOIN entries e ON e.number = s.entry "
                "WHERE s.source = ? ORDER BY e.number DESC LIMIT ?",
                (source, _MOST_DERIVED),
            )
            for number, did, rkey in rows:
                uri = f"at://{did}/{ENTRY}/{rkey}"
                if uri not in seen and len(found) < _MOST_DERIVED:
                    seen.add(uri)
                    found[number] = None
                    following.append(uri)
        sources = following
        if not sources:
            break
    return [*found]


def _named(atmosphere: Atmosphere, catalogue: Catalogue, reference: str) -> list[str]:
    """Every version of a dataset that is named as `@handle/name`."""
    account, slash, name = reference.removeprefix("@").partition("/")
    if not slash or not name:
        raise QueryError(f"{quoted(reference)} names no dataset: give @handle/name")
    did = atmosphere.identities.identity(account).did
    ask = "SELECT rkey FROM entries WHERE did = ? AND name = ? ORDER BY number"
    rows = catalogue.ask(lambda db: db.execute(ask, (did, name)).fetchall())
    if not rows:
        raise QueryError(
            f"{quoted(reference)}: no dataset of that name is in the catalogue; refresh it, or give an AT-URI"
        )
    return [f"at://{did}/{ENTRY}/{rkey}" for (rkey,) in rows]


def _record(atmosphere: Atmosphere, uri: str, collection: str) -> AtUri:
    """The address of a record, with a DID."""
    try:
        address = parse_at_uri(uri)
    except InvalidSyntax as error:
        raise QueryError(str(error)) from None
    if address.collection != collection or address.rkey is None:
        raise QueryError(f"{quoted(uri)} is no record of {collection}")
    did = address.authority
    if not did.startswith("did:"):
        did = atmosphere.identities.identity(did).did
    return AtUri(did, collection, address.rkey)


def _type_at(db: sqlite3.Connection, address: AtUri) -> set[int]:
    rows = db.execute(
        "SELECT type FROM schemas WHERE did = ? AND rkey = ?", (address.authority, address.rkey)
    )
    return {number for (number,) in rows}
