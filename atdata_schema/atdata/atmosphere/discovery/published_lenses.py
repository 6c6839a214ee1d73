"""A lens that somebody published, for use: proved, and checked against both of its types."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.match import Match
from atdata.atmosphere.reading.fetching import fetch_record
from atdata.atmosphere.records.lens import lens_from_record
from atdata_schema.errors import LensError
from atdata_schema.lenses.checked import check_record
from atdata_schema.lenses.findings import errors_of
from atdata_schema.lenses.lens import Lens
from atdata_schema.schema import Schema

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["published_lens"]


def published_lens(atmosphere: Atmosphere, match: Match) -> Lens[Any, Any]:
    """The lens of a match: fetched from its owner, proved, and checked against both types.

    Raises:
        LoadError: its record is not there, is not proved, or is not the one that was found.
        LensError: it does not hold, or one of its types is not in the catalogue any more.
    """
    assert match.lens is not None
    proved = fetch_record(atmosphere, match.lens, cid=match.pinned)
    record = lens_from_record(proved.value, match.lens)
    cids = (record["source"]["cid"], record["view"]["cid"])
    ends = Catalogue().ask(lambda db: [_type(db, cid) for cid in cids])
    known = [end for end in ends if end is not None]
    if match.view is not None:
        known.append(match.view)
    by_cid = {schema.cid: schema for schema in known}
    missing = [cid for cid in cids if cid not in by_cid]
    if missing:
        raise LensError(f"{match.lens}: its type {missing[0]} is not known; refresh the catalogue")
    checked = check_record(record, by_cid[cids[0]], by_cid[cids[1]])
    if checked.result is None or errors_of(checked.findings):
        raise LensError.of(checked.findings)
    return checked.result


def _type(db: sqlite3.Connection, cid: str) -> Schema | None:
    found = db.execute("SELECT body FROM types WHERE cid = ?", (cid,)).fetchone()
    return None if found is None else Schema.from_json(json.loads(found[0]))
