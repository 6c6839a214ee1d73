"""What a dataset was made from: records of anybody, pinned as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.records.collections import record_cid
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
    found = [item if isinstance(item, StrongRef) else pinned(account, item)[0] for item in items]
    return tuple(dict.fromkeys(found))


def pinned(account: Account, uri: str) -> tuple[StrongRef, dict[str, Any]]:
    """A record as its owner's server has it now: its DID in the address in place of a handle, its CID computed here.

    Raises:
        PublishError: it is no AT-URI of a record, or the record cannot be had.
    """
    parts = uri.removeprefix("at://").split("/")
    if len(parts) != 3 or not uri.startswith("at://") or not syntax.is_valid("at-uri", uri):
        raise PublishError(
            f"{quoted(uri)} names no record: give at://did:plc:.../science.alt.dataset.entry/..., as "
            "promote_entry returns it"
        )
    authority, collection, rkey = parts
    try:
        did = account.identities.identity(authority).did
        what = {"repo": did, "collection": collection, "rkey": rkey}
        value: Any = account.server(did).query("com.atproto.repo.getRecord", what).get("value")
        if not isinstance(value, dict):
            raise PublishError(f"{quoted(uri)}: its server gives no record")
        return StrongRef(f"at://{did}/{collection}/{rkey}", record_cid(value)), value
    except PublishError:
        raise
    except AtdataError as error:
        raise PublishError(f"{quoted(uri)} cannot be pinned: {error}") from error
