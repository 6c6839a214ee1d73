"""Lenses of others, checked before they count.

A record says that it leads from one type to another, and may be wrong, or mean something else by the name. So it is checked against both
types, which are known by their CIDs, before a dataset is found by it; what came out is kept beside it, since none of the three
can change. A lens that needs code of whoever reads it is no way.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Final

from atdata.atmosphere.discovery.match import Match
from atdata.atmosphere.records.collections import LENS
from atdata.errors import AtdataError
from atdata_schema.lenses.checked import check_record
from atdata_schema.lenses.findings import errors_of
from atdata_schema.lenses.routes.costs import cost_of
from atdata_schema.schema import Schema

__all__ = ["MOST_CHECKED", "Edge", "edges_to", "keep_edges"]

MOST_CHECKED: Final = 256
"""Lenses that are checked for one search; the others are, the next time."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A published lens that leads to a type.

    Attributes:
        did: whose it is.
        rkey: the key of its record.
        cid: the CID of its record.
        type: the number of the type that it leads from.
        rank: what it costs, less first; None where it leads nowhere.
        state: what was found out about it, where that is new.
    """

    did: str
    rkey: str
    cid: str
    type: int
    rank: tuple[int, ...] | None
    state: str | None

    def match(self, view: Schema) -> Match:
        """How the type fits the one that was asked for."""
        return Match("lens", f"at://{self.did}/{LENS}/{self.rkey}", self.cid, view=view)


def edges_to(db: sqlite3.Connection, view: Schema) -> tuple[list[Edge], bool]:
    """The published lenses that lead to a type: by what they show of another, or by what they create.

    Returns:
        The edges, refused ones among them, and whether all are there: no more than `MOST_CHECKED` are checked at a time.
    """
    edges: list[Edge] = []
    budget = MOST_CHECKED
    for here, there, direction in (
        ("view_cid", "source_cid", "get"),
        ("source_cid", "view_cid", "create"),
    ):
        rows = db.execute(
            f"SELECT l.did, l.rkey, l.cid, l.state, l.body, t.number, t.body FROM lenses l "
            f"JOIN types t ON t.cid = l.{there} WHERE l.{here} = ? AND l.{there} <> l.{here} "
            "ORDER BY l.state IS NULL, l.did, l.rkey",
            (view.cid,),
        )
        for did, rkey, cid, state, body, type, other in rows:
            new = state is None
            if new and not budget:
                return edges, False
            budget -= new
            found = _checked(body, other, view, direction) if new else state
            rank = json.loads(found).get(direction)
            edges.append(
                Edge(
                    did,
                    rkey,
                    cid,
                    type,
                    None if rank is None else tuple(rank),
                    found if new else None,
                )
            )
    return edges, True


def keep_edges(db: sqlite3.Connection, edges: list[Edge]) -> None:
    """Keep what was found out about lenses."""
    for edge in edges:
        if edge.state is not None:
            db.execute(
                "UPDATE lenses SET state = ? WHERE did = ? AND rkey = ? AND cid = ?",
                (edge.state, edge.did, edge.rkey, edge.cid),
            )


def _checked(body: str, other: str, view: Schema, direction: str) -> str:
    """What a lens costs in each direction that it goes, as JSON; empty where it is refused."""
    there = Schema.from_json(json.loads(other))
    ends = (there, view) if direction == "get" else (view, there)
    try:
        checked = check_record(json.loads(body), *ends)
    except (AtdataError, RecursionError):
        return "{}"
    lens = checked.result
    if lens is None or errors_of(checked.findings) or lens.missing:
        return "{}"
    ranks = {"get": cost_of(lens, "get", 0).rank}
    if lens.creates:
        ranks["create"] = cost_of(lens, "create", 0).rank
    return json.dumps(ranks)
