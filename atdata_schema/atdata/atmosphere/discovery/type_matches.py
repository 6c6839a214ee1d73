"""Types that fit a type: the same, those that its class reads, and those that a lens leads from.

Whether a class reads a type is computed from both (`atdata_schema.compare`), in this direction alone, once for each pair: types are known
by the CIDs of their documents, so the answer never changes and is kept. Only types that have all fields which the class requires are
looked at, as the index of fields finds them.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.field_tokens import folded, kind_token, kinds_of
from atdata.atmosphere.discovery.lens_edges import edges_to, keep_edges
from atdata.atmosphere.discovery.match import Match
from atdata.atmosphere.discovery.types_of_entries import FIELD_BITS
from atdata.errors import CatalogueWarning, QueryError
from atdata.lenses.finding import Lenses
from atdata.sample_type import schema_of
from atdata.views.seen import as_lens
from atdata.words import encoded
from atdata_schema.compare import compare
from atdata_schema.errors import AtdataError
from atdata_schema.lenses.routes.graph import Graph
from atdata_schema.model import DatetimeType, FieldModel, TextType
from atdata_schema.schema import Schema
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["MOST_COMPARED", "same_types", "type_matches", "wanted_types"]

MOST_COMPARED: Final = 5000
"""Types that are compared for one search; what is left is compared by the next one."""

_MOST_TARGETS: Final = 8
_MANY: Final = 1000


def wanted_types(catalogue: Catalogue, wanted: object) -> list[Schema]:
    """The types that are meant: that of a class, a schema, or those that have a name in the catalogue.

    Of several types that have one name, as versions have and anybody may publish, those come first that most datasets are of.

    Raises:
        QueryError: it is neither a class with a schema, a schema, nor an NSID.
    """
    if isinstance(wanted, str):
        name = _name(wanted)
        return catalogue.ask(lambda db: _named(db, name))
    found = wanted if isinstance(wanted, Schema) else schema_of(wanted)
    if found is None:
        shown = getattr(wanted, "__name__", None) or f"a {type(wanted).__name__}"
        raise QueryError(
            f"schema={shown}: that has no schema; give a sample class, a schema or an NSID"
        )
    return [found]


def same_types(catalogue: Catalogue, wanted: object) -> set[int]:
    """The types that are the wanted one: by their CID or, where a name was given, by the name.

    Raises:
        QueryError: as for `wanted_types`.
    """
    if isinstance(wanted, str):
        name = _name(wanted)
        return catalogue.ask(partial(_numbers, where="id = ?", value=name))
    (schema,) = wanted_types(catalogue, wanted)
    return catalogue.ask(partial(_numbers, where="cid = ?", value=schema.cid))


def type_matches(
    catalogue: Catalogue, wanted: object, lenses: Lenses | None = None
) -> dict[int, Match]:
    """The types of the catalogue that fit one, and how: exact ones first, then those it reads, then by lenses.

    Args:
        catalogue: the catalogue.
        wanted: a sample class, a schema or an NSID.
        lenses: lenses beside those of the catalogue: some of them, a graph, or an Index.

    Raises:
        QueryError: as for `wanted_types`.
    """
    exact = same_types(catalogue, wanted)
    targets = wanted_types(catalogue, wanted)
    matches = {number: Match("exact") for number in sorted(exact)}
    for schema in targets:
        for number in _read_by(catalogue, schema):
            matches.setdefault(number, Match("compatible"))
    for schema in targets:
        for number, match in _leading_to(catalogue, schema, lenses):
            matches.setdefault(number, match)
    return matches


def _name(wanted: str) -> str:
    name = wanted.removesuffix("#main")
    if not is_valid("nsid", name.partition("#")[0]):
        raise QueryError(
            f"schema={quoted(wanted)} is no NSID; give one, a sample class or a schema"
        )
    return name


def _named(db: sqlite3.Connection, name: str) -> list[Schema]:
    # Of a type of very many datasets it is enough to know that they are many.
    used = f"SELECT count(*) FROM (SELECT 1 FROM entries e WHERE e.type = t.number LIMIT {_MANY})"
    rows = db.execute(
        f"SELECT t.body FROM types t WHERE t.id = ? ORDER BY ({used}) DESC, t.number DESC LIMIT ?",
        (name, _MOST_TARGETS),
    )
    return [_schema(body) for (body,) in rows.fetchall()]


def _numbers(db: sqlite3.Connection, where: str, value: str) -> set[int]:
    return {number for (number,) in db.execute(f"SELECT number FROM types WHERE {where}", (value,))}


def _schema(body: str) -> Schema:
    return Schema.from_json(json.loads(body))


# What a class reads.


@dataclass(frozen=True, slots=True)
class _Compared:
    """What was found out in one go.

    Attributes:
        reads: the types that are read.
        last: the highest type that was looked at; those above it are new.
        whole: whether all were.
    """

    reads: list[int]
    last: int
    whole: bool


def _read_by(catalogue: Catalogue, reader: Schema) -> list[int]:
    """The types that a class of this type reads; what is new is compared, and kept."""
    found = catalogue.ask(lambda db: _compare_new(db, reader))
    if found.reads or found.last:
        catalogue.change(lambda db: _keep(db, reader, found))
    if not found.whole:
        warnings.warn(
            f"{reader.id}: more than {MOST_COMPARED:,} types are new and look like it; the others are compared by the next search",
            CatalogueWarning,
            stacklevel=4,
        )
    known = "SELECT type FROM verdicts WHERE reader = ? AND type > 0 AND reads"
    return [
        number
        for (number,) in catalogue.ask(lambda db: db.execute(known, (reader.cid,)).fetchall())
    ]


def _compare_new(db: sqlite3.Connection, reader: Schema) -> _Compared:
    mark = db.execute(
        "SELECT reads FROM verdicts WHERE reader = ? AND type = 0", (reader.cid,)
    ).fetchone()
    since = 0 if mark is None else int(mark[0])
    (highest,) = db.execute("SELECT coalesce(max(number), 0) FROM types").fetchone()
    if highest <= since:
        return _Compared([], 0, True)
    numbers = sorted(_candidates(db, reader, since))
    taken, reads = numbers[:MOST_COMPARED], list[int]()
    for number in taken:
        (body,) = db.execute("SELECT body FROM types WHERE number = ?", (number,)).fetchone()
        if _reads(reader, body):
            reads.append(number)
    whole = len(taken) == len(numbers)
    return _Compared(reads, highest if whole else taken[-1], whole)


def _keep(db: sqlite3.Connection, reader: Schema, found: _Compared) -> None:
    statement = "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)"
    db.executemany(statement, [(reader.cid, number, 1) for number in found.reads])
    db.execute(statement, (reader.cid, 0, found.last))


def _reads(reader: Schema, body: str) -> bool:
    try:
        return compare(_schema(body).model, reader.model).new_reads_old
    except (AtdataError, RecursionError):
        return False


def _candidates(db: sqlite3.Connection, reader: Schema, since: int) -> set[int]:
    """The types above a number that have what a class requires; where it requires nothing, any field of its."""
    fields = reader.model.main.fields
    required = [field for field in fields if field.required]
    above = f" AND rowid >= {(since + 1) << FIELD_BITS}"
    statement = f"SELECT DISTINCT rowid >> {FIELD_BITS} FROM fields WHERE fields MATCH ?{above}"
    if not required:
        asked = " OR ".join(f"({_asked(field)})" for field in fields)
        return {number for (number,) in db.execute(statement, (asked,))} if asked else set()
    found: set[int] | None = None
    for field in required:
        having = {number for (number,) in db.execute(statement, (_asked(field),))}
        found = having if found is None else found & having
        if not found:
            break
    return found or set()


def _asked(field: FieldModel) -> str:
    """A field as the index of fields is asked for it: under any of its names, of its kind."""
    names = " OR ".join(f'"p_{encoded(folded(name))}"' for name in (field.name, *field.aliases))
    if isinstance(field.type, TextType | DatetimeType):
        return f"({names})"
    return f'({names}) AND "{kind_token(kinds_of(field.type)[0])}"'


# Where lenses lead from.


def _leading_to(
    catalogue: Catalogue, view: Schema, lenses: Lenses | None
) -> Iterator[tuple[int, Match]]:
    for hop in [] if lenses is None else _graph(lenses, view).into(view.cid):
        match = Match("lens", str(hop.lens.name), given=hop.lens, view=view)
        for number in catalogue.ask(partial(_numbers, where="cid = ?", value=hop.start)):
            yield number, match
    edges, whole = catalogue.ask(lambda db: edges_to(db, view))
    if any(edge.state is not None for edge in edges):
        catalogue.change(lambda db: keep_edges(db, edges))
    if not whole:
        warnings.warn(
            f"{view.id}: many lenses lead to it that were not checked yet; the others are by the next search",
            CatalogueWarning,
            stacklevel=5,
        )
    leading = [(edge.rank, edge.did, edge.rkey, edge) for edge in edges if edge.rank is not None]
    for *_, edge in sorted(leading, key=lambda item: item[:3]):
        yield edge.type, edge.match(view)


def _graph(lenses: Lenses, view: Schema) -> Graph:
    given: Any = lenses
    if isinstance(given, Graph):
        return given
    if hasattr(given, "lens_graph"):
        graph: Graph = given.lens_graph(view.cid)
        return graph
    return Graph(map(as_lens, given if hasattr(given, "__iter__") else [given]))
