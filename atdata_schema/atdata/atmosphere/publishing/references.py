"""What a dataset was made from: records of anybody, pinned as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from atdata.atmosphere.proofs.verification import VerifiedRecord
from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.reading.fetching import fetch_record
from atdata.atmosphere.records.refs import StrongRef
from atdata.errors import AtdataError, PublishError
from atdata_schema import syntax
from atdata_schema.syntax.quoting import quoted

__all__ = ["References", "pinned", "strong_refs"]

References: TypeAlias = Iterable[str | StrongRef] | str | StrongRef
"""Records by their AT-URIs, or pinned by their CIDs."""


def strong_refs(account: Account, given: References) -> tuple[StrongRef, ...]:
    """Each of the records, pinned, once.

    Raises:
        PublishError: one is no AT-URI of a record, or cannot be had.
    """
    items = (given,) if isinstance(given, str | StrongRef) else tuple(given)
    return tuple(dict.fromkeys(_strong(account, item) for item in items))


def _strong(account: Account, item: str | StrongRef) -> StrongRef:
    if isinstance(item, StrongRef):
        return item
    found = pinned(account, item)
    return StrongRef(found.uri, found.cid)


def pinned(account: Account, uri: str) -> VerifiedRecord:
    """A record as its owner has it now, proved by the owner's signature.

    Raises:
        PublishError: it is no AT-URI of a record, or the record cannot be had, or is not proved.
    """
    parts = uri.removeprefix("at://").split("/")
    if len(parts) != 3 or not uri.startswith("at://") or not syntax.is_valid("at-uri", uri):
        raise PublishError(
            f"{quoted(uri)} names no record: give at://did:plc:.../science.alt.dataset.entry/..., as "
            "promote_entry returns it"
        )
    try:
        return fetch_record(account, uri)
    except AtdataError as error:
        raise PublishError(f"{quoted(uri)} cannot be pinned: {error}") from error
