"""DID documents: what an account says about itself.

Sources: the DID page of the AT Protocol specification; DID Core for the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from atdata.atmosphere.identity.hosts import origin_of
from atdata.atmosphere.identity.keys import PublicKey, parse_legacy_key, parse_multikey
from atdata.errors import IdentityError
from atdata_schema.data import parse_json
from atdata_schema.errors import DataError
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["MAX_DOCUMENT_BYTES", "DidDocument", "parse_did_document"]

MAX_DOCUMENT_BYTES: Final = 64 * 1024
"""The largest DID document that is read; usual ones have one kilobyte."""

_MOST: Final = 256  # names, keys or services of one document
_HANDLE: Final = "at://"
_KEY: Final = "#atproto"
_SERVICE: Final = "#atproto_pds"
_SERVICE_TYPE: Final = "AtprotoPersonalDataServer"


@dataclass(frozen=True, slots=True)
class DidDocument:
    """What of a DID document matters here.

    Attributes:
        did: whose document it is.
        handle: the handle that it claims, in lower case. Only a claim: see `handles`.
        key: the key that signs the repository.
        pds: the origin of the server that has the repository, as `https://host`.
    """

    did: str
    handle: str | None
    key: PublicKey | None
    pds: str | None


def parse_did_document(text: str | bytes, did: str, *, local: bool = False) -> DidDocument:
    """Read the document of a DID.

    What is absent is None: an account that was closed has neither key nor server. What is there and wrong is refused,
    rather than taken as absent.

    Args:
        text: the JSON.
        did: the DID that was asked for; the document has to be about it.
        local: take servers by http, and on this machine or private networks, too: for experiments.

    Raises:
        IdentityError: it is no DID document, that of another DID, larger than `MAX_DOCUMENT_BYTES`, or says something
            that cannot be used. The message names the property.

    >>> parse_did_document('{"id": "did:plc:z72i7hdynmk6r22z27h6tvur", "alsoKnownAs": ["at://Bsky.app"]}',
    ...                    "did:plc:z72i7hdynmk6r22z27h6tvur").handle
    'bsky.app'
    """
    try:
        document = parse_json(text, max_bytes=MAX_DOCUMENT_BYTES)
    except DataError as error:
        raise IdentityError(f"the DID document of {quoted(did)}: {error}") from None
    try:
        return _read(document, did, local)
    except IdentityError as error:
        raise IdentityError(f"the DID document of {quoted(did)}: {error}") from None


def _read(document: Mapping[str, Any], did: str, local: bool) -> DidDocument:
    if document.get("id") != did:
        found = document.get("id")
        raise IdentityError(
            f"it is that of {quoted(found) if isinstance(found, str) else 'nobody'}"
        )
    return DidDocument(did, _handle(document), _key(document, did), _pds(document, did, local))


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise IdentityError(f"{name} is no list")
    if len(found) > _MOST:
        raise IdentityError(f"{name} has {len(found)} items; at most {_MOST} are read")
    return found


def _handle(document: Mapping[str, Any]) -> str | None:
    """The first name that is a handle: others are for other protocols, or not to be believed."""
    for name in _listed(document, "alsoKnownAs"):
        if not isinstance(name, str):
            raise IdentityError("alsoKnownAs has an item that is no text")
        if name.startswith(_HANDLE) and is_valid("handle", name.removeprefix(_HANDLE)):
            return name.removeprefix(_HANDLE).lower()
    return None


def _named(
    document: Mapping[str, Any], name: str, did: str, fragment: str
) -> dict[str, Any] | None:
    """The one item of a list that has an identifier, written in full or as a fragment."""
    found: dict[str, Any] | None = None
    for item in _listed(document, name):
        if not isinstance(item, dict):
            raise IdentityError(f"{name} has an item that is no object")
        if item.get("id") not in (fragment, did + fragment):
            continue
        if found is not None:
            raise IdentityError(f"{name} has {fragment} twice, so it is not clear which is meant")
        found = item
    return found


def _key(document: Mapping[str, Any], did: str) -> PublicKey | None:
    method = _named(document, "verificationMethod", did, _KEY)
    if method is None:
        return None
    kind, text = _text(method, "type", _KEY), _text(method, "publicKeyMultibase", _KEY)
    if _text(method, "controller", _KEY) != did:
        raise IdentityError(f"{_KEY}: its controller is another DID")
    try:
        return parse_multikey(text) if kind == "Multikey" else parse_legacy_key(kind, text)
    except IdentityError as error:
        raise IdentityError(f"{_KEY}: {error}") from None


def _pds(document: Mapping[str, Any], did: str, local: bool) -> str | None:
    service = _named(document, "service", did, _SERVICE)
    if service is None:
        return None
    kind, url = _text(service, "type", _SERVICE), _text(service, "serviceEndpoint", _SERVICE)
    if kind != _SERVICE_TYPE:
        raise IdentityError(f"{_SERVICE}: its type is {quoted(kind)}, not {_SERVICE_TYPE}")
    try:
        return origin_of(url, local=local)
    except IdentityError as error:
        raise IdentityError(f"{_SERVICE}: {error}") from None


def _text(item: Mapping[str, Any], name: str, where: str) -> str:
    found = item.get(name)
    if not isinstance(found, str):
        raise IdentityError(f"{where}: {name} is no text")
    return found
