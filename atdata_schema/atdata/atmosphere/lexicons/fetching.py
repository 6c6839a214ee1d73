"""A lexicon from the repository of its owner, proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from atdata.atmosphere.lexicons.authority import authority_of, record_name
from atdata.atmosphere.lookups import LiveResolver
from atdata.atmosphere.reading.fetching import fetch_record, list_records
from atdata.atmosphere.records.collections import LEXICON
from atdata.errors import IdentityError, LoadError, RecordAbsent, RecordError
from atdata_schema.data import to_json
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import document_cid
from atdata_schema.syntax import is_valid, parse_at_uri
from atdata_schema.syntax.quoting import quoted
from atdata_schema.vendored.pulling import FetchedLexicon

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["MOST", "Network", "owner_of"]

MOST: Final = 10_000
"""Lexicons of an account that are looked through."""


class Network:
    """Lexicons by name, from the network.

    Args:
        atmosphere: who reads; a login is not needed.
    """

    def __init__(self, atmosphere: Atmosphere) -> None:
        self._atmosphere = atmosphere
        self._names = LiveResolver(atmosphere.settings)
        self._owners: dict[str, str | None] = {}

    def owner(self, nsid: str) -> str | None:
        """The account that publishes a lexicon, by DNS; asked once a group."""
        name = record_name(nsid)
        if name not in self._owners:
            self._owners[name] = authority_of(nsid, self._names)
        return self._owners[name]

    def fetch(self, nsid: str, uri: str | None = None, cid: str | None = None) -> FetchedLexicon:
        """A lexicon, proved and legal.

        Args:
            nsid: the lexicon.
            uri: its record, where it is known; else DNS is asked who publishes it.
            cid: the CID that it has to have, where one is pinned.

        Raises:
            IdentityError: nobody is said to publish it.
            ProofError: it is not there, not proved, or has another CID.
            RecordError: the record is no lexicon, or one of another name.
            SourceError: a server does not answer.
        """
        address = uri or f"at://{owner_of(self, nsid)}/{LEXICON}/{nsid}"
        try:
            record = fetch_record(self._atmosphere, address, cid=cid)
        except RecordAbsent:
            raise LoadError(
                f"{address}: there is no such lexicon; it is not published there, or not any more"
            ) from None
        document = cast("dict[str, Any]", to_json(record.value))
        _check(document, nsid, record.uri)
        return FetchedLexicon(record.uri, record.cid, document)

    def published_in(self, group: str, did: str) -> list[str]:
        """The NSIDs of a group that an account publishes, sorted; the server's word for it."""
        found: set[str] = set()
        for uri, _, _ in list_records(self._atmosphere, did, LEXICON, most=MOST):
            rkey = parse_at_uri(uri).rkey or ""
            if is_valid("nsid", rkey) and rkey.rpartition(".")[0] == group:
                found.add(rkey)
        return sorted(found)


def owner_of(network: Network, nsid: str) -> str:
    """The account that publishes a lexicon.

    Raises:
        IdentityError: DNS names none.
    """
    found = network.owner(nsid)
    if found is None:
        raise IdentityError(
            f"{nsid}: there is no TXT record {record_name(nsid)} with did=…, so nobody is known to publish it; give its "
            f"address, at://<did>/{LEXICON}/{nsid}, or say in [atmosphere.dns] of config.toml what DNS would"
        )
    return found


def _check(document: dict[str, Any], nsid: str, where: str) -> None:
    """Refuse what is no legal lexicon of the name, or would have another CID as a file."""
    if document.get("$type") != LEXICON:
        raise RecordError(where, f"$type: it is {LEXICON} for a lexicon")
    if document.get("id") != nsid:
        raise RecordError(where, f"id: {quoted(str(document.get('id')))} where {nsid} is published")
    try:
        Catalog().add(document)
    except LexiconError as error:
        raise RecordError(where, f"it is no legal lexicon: {error}") from None
    document_cid(document)
