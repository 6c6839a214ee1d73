"""The collections, their record keys, and the CIDs of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["CODE_LENS", "ENTRY", "LABEL", "LENS", "LEXICON", "SCHEMA", "new_tid", "record_cid", "schema_rkey"]

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

    Raises:
        RecordError: there is none: too long, or the version has build metadata.
    """
    raise NotImplementedError


def new_tid() -> str:
    """A record key of this moment, which no other call here gave; later calls give greater ones."""
    raise NotImplementedError


def record_cid(value: Mapping[str, Any]) -> str:
    """The CID that a repository has a record under.

    Raises:
        RecordError: it is no record: something in it is outside the data model.
    """
    raise NotImplementedError
