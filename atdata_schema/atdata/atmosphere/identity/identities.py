"""Handle and DID together, believed only where each names the other."""

from __future__ import annotations

from dataclasses import dataclass

from atdata.atmosphere.identity.dids import PLC_DIRECTORY, resolve_did
from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.identity.handles import normal_handle, resolve_handle
from atdata.atmosphere.identity.resolver import Resolver
from atdata.errors import IdentityError, SourceError

__all__ = ["Identity", "resolve_identity"]


@dataclass(frozen=True, slots=True)
class Identity:
    """An account.

    Attributes:
        did: its DID, which stays the same.
        handle: its handle, in both directions; None where it has none, or one that does not lead back to it.
        document: its DID document.
    """

    did: str
    handle: str | None
    document: DidDocument


def resolve_identity(
    name: str, resolver: Resolver, *, directory: str = PLC_DIRECTORY, local: bool = False
) -> Identity:
    """The account that a handle or a DID names.

    Args:
        name: a handle, with or without @, or a DID.
        resolver: makes the look-ups.
        directory: the directory for did:plc.
        local: take http, private addresses and the domains of experiments too.

    Returns:
        The account. Asked by a DID, its handle is None where it cannot be confirmed: the DID names it all the same.

    Raises:
        IdentityError: asked by a handle, the handle and the DID do not name each other; or one of them is wrong.
        SourceError: no answer came.
    """
    if name.startswith("did:"):
        document = resolve_did(name, resolver, directory=directory, local=local)
        return Identity(name, _confirmed(document, resolver, local), document)
    handle = normal_handle(name, local=local)
    did = resolve_handle(handle, resolver, local=local)
    document = resolve_did(did, resolver, directory=directory, local=local)
    if document.handle != handle:
        claim = "no handle" if document.handle is None else document.handle
        raise IdentityError(
            f"{handle} names {did}, whose document claims {claim}: the handle was given up, or is not its own; "
            "use the DID if you know it to be right"
        )
    return Identity(did, handle, document)


def _confirmed(document: DidDocument, resolver: Resolver, local: bool) -> str | None:
    """The handle that a document claims, if its domain names the DID."""
    if document.handle is None:
        return None
    try:
        found = resolve_handle(document.handle, resolver, local=local)
    except (IdentityError, SourceError):
        return None
    return document.handle if found == document.did else None
