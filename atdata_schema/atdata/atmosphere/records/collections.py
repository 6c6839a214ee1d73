"""The collections, their record keys, and the CIDs of records."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from atdata.atmosphere.records.texts import check_version
from atdata.errors import AtdataError, RecordError
from atdata_schema import data
from atdata_schema.errors import DataError
from atdata_schema.syntax import check, ref_parts
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "CODE_LENS",
    "ENTRY",
    "LABEL",
    "LENS",
    "LEXICON",
    "SCHEMA",
    "new_tid",
    "record_cid",
    "schema_rkey",
]

SCHEMA: Final = "science.alt.dataset.schema"
"""Sample types."""

ENTRY: Final = "science.alt.dataset.entry"
"""Datasets."""

LABEL: Final = "science.alt.dataset.label"
"""Names that stand for datasets."""

CODE_LENS: Final = "science.alt.dataset.lens"
"""Lenses that name code; they are shown and never run."""

LENS: Final = "dev.atdata.lens"
"""Lenses that are data."""

LEXICON: Final = "com.atproto.lexicon.schema"
"""Lexicons, each under its NSID."""


def schema_rkey(id: str, version: str) -> str:
    """The record key of one version of a sample type: `<nsid>:<version>`.

    Args:
        id: the full name of the type; a `#` in it becomes a dot, since keys have none.
        version: the version, without build metadata.

    Raises:
        RecordError: there is none.

    >>> schema_rkey("org.example.imageSample", "1.0.0"), schema_rkey("org.example.defs#box", "2.0.0-rc.1")
    ('org.example.imageSample:1.0.0', 'org.example.defs.box:2.0.0-rc.1')
    """
    try:
        nsid, name = ref_parts(id)
        kind = nsid if name == "main" else f"{nsid}.{name}"
        return check("record-key", f"{kind}:{check_version(version, ours=True)}")
    except AtdataError as error:
        raise RecordError(f"version {quoted(version)} of {quoted(id)}", str(error)) from None


_LETTERS: Final = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCKS: Final = 1 << 10
_lock: Final = threading.Lock()
_last = 0


def new_tid() -> str:
    """A record key of this moment. Each is greater than those that this process made before.

    >>> new_tid() < new_tid()
    True
    """
    global _last
    with _lock:
        _last = moment = max(time.time_ns() // 1000, _last + 1)
    # Which of the clocks is drawn each time, so that processes which were one do not draw the same.
    number = moment * _CLOCKS + secrets.randbelow(_CLOCKS)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def record_cid(value: Mapping[str, Any]) -> str:
    """The CID that a repository has a record under.

    Args:
        value: the record, as JSON or as values of the data model.

    Raises:
        RecordError: it is no record: something in it is outside the data model.

    >>> record_cid({})
    'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua'
    """
    try:
        found = data.as_value(dict(value))
        if not isinstance(found, dict):
            raise DataError("it is bytes or a link, and no map")
        return data.cid(found)
    except DataError as error:
        raise RecordError("a record", str(error)) from None
