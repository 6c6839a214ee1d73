"""Where the document of a DID is found.

Source: the DID page of the AT Protocol specification: the methods plc and web, the latter with a host name and nothing else.
"""

from __future__ import annotations

import re
from typing import Final

from atdata.atmosphere.identity.document import (
    MAX_DOCUMENT_BYTES,
    DidDocument,
    parse_did_document,
)
from atdata.atmosphere.identity.hosts import check_host
from atdata.atmosphere.identity.resolver import Resolver
from atdata.errors import IdentityError
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import check, is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["PLC_DIRECTORY", "document_url", "resolve_did"]

PLC_DIRECTORY: Final = "https://plc.directory"
"""Where the documents of did:plc are found, unless another directory is named."""

_PLC: Final = re.compile(r"[a-z2-7]{24}")
_LOCAL_WEB: Final = re.compile(r"localhost%3A([1-9][0-9]{0,4})")
_WELL_KNOWN: Final = "/.well-known/did.json"


def document_url(did: str, *, directory: str = PLC_DIRECTORY, local: bool = False) -> str:
    """The URL of a DID's document.

    Args:
        did: the DID.
        directory: the directory for did:plc.
        local: take did:web of `localhost`, with a port (`did:web:localhost%3A2583`): for experiments.

    Raises:
        IdentityError: the DID is none, of another method, or has a path or a port.

    >>> document_url("did:web:lab.example.org")
    'https://lab.example.org/.well-known/did.json'
    """
    try:
        method, _, rest = check("did", did).removeprefix("did:").partition(":")
    except InvalidSyntax as error:
        raise IdentityError(str(error)) from None
    if method == "plc":
        if not _PLC.fullmatch(rest):
            raise IdentityError(
                f"{quoted(did)} is no did:plc: 24 letters and digits from 2 to 7 follow the method"
            )
        return f"{directory.rstrip('/')}/{did}"
    if method == "web":
        return _web(did, rest, local)
    raise IdentityError(f"{quoted(did)}: the protocol has the methods did:plc and did:web only")


def _web(did: str, host: str, local: bool) -> str:
    port = _LOCAL_WEB.fullmatch(host) if local else None
    if port is not None:
        return f"http://localhost:{port[1]}{_WELL_KNOWN}"
    if ":" in host:
        raise IdentityError(
            f"{quoted(did)}: a did:web has a host name and no path in this protocol"
        )
    if "%" in host:
        raise IdentityError(
            f"{quoted(did)}: a did:web has a host name and no port in this protocol"
        )
    if not is_valid("handle", host) or host != host.lower():
        raise IdentityError(f"{quoted(did)}: {quoted(host)} is no host name in lower case")
    try:
        check_host(host, local=local)
    except IdentityError as error:
        raise IdentityError(f"{quoted(did)}: {error}") from None
    return f"https://{host}{_WELL_KNOWN}"


def resolve_did(
    did: str, resolver: Resolver, *, directory: str = PLC_DIRECTORY, local: bool = False
) -> DidDocument:
    """The document of a DID.

    Args:
        did: the DID.
        resolver: makes the look-up.
        directory: the directory for did:plc.
        local: as in `document_url` and `parse_did_document`.

    Raises:
        IdentityError: there is no such DID, or its document cannot be believed.
        SourceError: no answer came.
    """
    url = document_url(did, directory=directory, local=local)
    text = resolver.https_get(url, MAX_DOCUMENT_BYTES)
    if text is None:
        raise IdentityError(f"{quoted(did)}: there is no such DID; {url} has nothing")
    return parse_did_document(text, did, local=local)
