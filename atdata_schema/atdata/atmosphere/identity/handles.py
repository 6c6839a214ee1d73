"""The DID that a handle stands for, by what the owner of the domain says.

Source: the handle page of the AT Protocol specification. DNS comes first; the web is asked where DNS says nothing.
"""

from __future__ import annotations

from typing import Final

from atdata.atmosphere.identity.hosts import LOCAL, RESERVED
from atdata.atmosphere.identity.resolver import Resolver
from atdata.errors import IdentityError
from atdata_schema.errors import InvalidSyntax
from atdata_schema.syntax import check, is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["normal_handle", "resolve_handle"]

_MOST_RECORDS: Final = 100
_LONGEST_DID: Final = 2048
_PREFIX: Final = "did="


def normal_handle(text: str, *, local: bool = False) -> str:
    """A handle as it is compared: in lower case, without the @ that people put before it.

    Args:
        text: what somebody typed.
        local: take the top-level domains `test` and `localhost` too: for experiments.

    Raises:
        IdentityError: it is no handle, or of a top-level domain that no account has.

    >>> normal_handle("@Alice.example.org")
    'alice.example.org'
    """
    given: object = text  # callers without a type checker give other things
    try:
        handle = check("handle", text.removeprefix("@") if isinstance(given, str) else text).lower()
    except InvalidSyntax as error:
        raise IdentityError(str(error)) from None
    top = handle.rpartition(".")[2]
    if top in RESERVED | LOCAL and not (local and top in LOCAL):
        raise IdentityError(f"{quoted(text)} is no handle of an account: no domain ends in .{top}")
    return handle


def resolve_handle(handle: str, resolver: Resolver, *, local: bool = False) -> str:
    """The DID that a handle's domain names. Half of the truth: the DID has to claim the handle too.

    Args:
        handle: the handle.
        resolver: makes the look-ups.
        local: as in `normal_handle`.

    Raises:
        IdentityError: it is no handle, nobody has it, or its domain names several DIDs or none that is one.
        SourceError: no answer came.
    """
    name = normal_handle(handle, local=local)
    found = _by_dns(name, resolver)
    return _by_web(name, resolver) if found is None else found


def _by_dns(handle: str, resolver: Resolver) -> str | None:
    where = f"_atproto.{handle}"
    records = resolver.dns_txt(where)
    if len(records) > _MOST_RECORDS:
        raise IdentityError(
            f"{where} has {len(records)} TXT records; at most {_MOST_RECORDS} are read"
        )
    dids = {text.removeprefix(_PREFIX) for text in records if text.startswith(_PREFIX)}
    if len(dids) > 1:
        raise IdentityError(
            f"{where} names {len(dids)} DIDs, so it is not clear whose the handle is"
        )
    for did in dids:
        return _did(did, where)
    return None


def _by_web(handle: str, resolver: Resolver) -> str:
    where = f"https://{handle}/.well-known/atproto-did"
    content = resolver.https_get(where, _LONGEST_DID + 2)  # a line may end after it
    if content is None:
        raise IdentityError(
            f"nobody has the handle {handle}: there is neither a TXT record at _atproto.{handle} nor {where}"
        )
    try:
        return _did(content.decode("ascii").strip(" \t\r\n"), where)
    except UnicodeDecodeError:
        raise IdentityError(f"{where} holds no DID") from None


def _did(text: str, where: str) -> str:
    if not is_valid("did", text):
        raise IdentityError(f"{where} holds {quoted(text)}, which is no DID")
    return text
