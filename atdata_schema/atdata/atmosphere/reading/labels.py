"""From the name of a dataset to the entry that it stands for.

A name is looked for among what the account's server lists, which is not proved; what is found is fetched with its proof then, and held
against the name. That a server leaves something out of a list cannot be noticed: the address of a record can.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata.atmosphere.identity.identities import Identity
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.verification import VerifiedRecord
from atdata.atmosphere.reading.fetching import Listed, fetch_record, identity_of, list_records
from atdata.atmosphere.reading.kept_names import KeptNames
from atdata.atmosphere.reading.references import NamedDataset
from atdata.atmosphere.reading.terms import Terms
from atdata.atmosphere.records.collections import ENTRY, LABEL
from atdata.atmosphere.records.label import PublishedLabel, label_from_record
from atdata.errors import DatasetNotFound, RecordError, SourceError
from atdata.versions import Version, is_version
from atdata_schema.syntax import AtUri, parse_at_uri
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["MOST_ENTRIES", "MOST_LABELS", "Meant", "meant_by", "meant_by_label"]

MOST_LABELS: Final = 10_000
"""Labels of an account that are looked through for a name."""

MOST_ENTRIES: Final = 1_000
"""Entries that are looked through where no label has the name."""

_ENTRIES: Final = 25  # of a page: an entry may have a megabyte
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Meant:
    """The entry that a name stands for.

    Attributes:
        uri: its address, with a DID.
        label: the label that says so; `None` where only the entry itself has the name.
    """

    uri: str
    label: VerifiedRecord | None


def meant_by(
    atmosphere: Atmosphere, identity: Identity, wanted: NamedDataset, terms: Terms
) -> Meant:
    """The entry that a name stands for.

    Args:
        atmosphere: who reads.
        identity: the account that the name is of.
        wanted: the name. Without a version it is the label without one, else the one of the highest version.
        terms: how much has to be proved, and whether a server may be asked.

    Raises:
        DatasetNotFound: the account has no such dataset, or no such version of it.
        RecordError: what was found is not what was listed, or the label points to another account.
        LoadError: the account has more labels than are looked through; the message says what to name instead.
        ProofError, SourceError: as `fetch_record`.
    """
    names = KeptNames(identity.did, wanted.name, wanted.version)
    if terms.offline:
        kept = names.read()
        if kept is None:
            raise SourceError(
                f"{wanted}: is not among what was kept, and offline no server is asked: read it once online"
            )
        label, entry = kept
        return Meant(entry, None) if label is None else _by_label(atmosphere, label, wanted, terms)
    search = _Search(wanted)
    uri = search.best(list_records(atmosphere, identity.did, LABEL, most=MOST_LABELS))
    if uri is not None:
        found = _by_label(atmosphere, _own(uri, identity, LABEL), wanted, terms)
    else:
        # The earlier writer of these records made entries without labels too.
        entries = list_records(atmosphere, identity.did, ENTRY, most=MOST_ENTRIES, page=_ENTRIES)
        uri = search.best(entries)
        if uri is None:
            raise search.nothing(identity)
        found = Meant(_own(uri, identity, ENTRY), None)
    names.keep(None if found.label is None else found.label.uri, found.uri)
    return found


def meant_by_label(atmosphere: Atmosphere, uri: str, terms: Terms) -> Meant:
    """The entry that a label stands for, which is named by its address.

    Raises:
        RecordError: it is no label, or points to another account.
        ProofError, SourceError: as `fetch_record`.
    """
    return _by_label(atmosphere, uri, None, terms)


def _by_label(atmosphere: Atmosphere, uri: str, wanted: NamedDataset | None, terms: Terms) -> Meant:
    record = fetch_record(atmosphere, uri, trust=_level(terms), offline=terms.offline)
    label = label_from_record(record.value, record.uri)
    if wanted is not None:
        _check_named(record, label, wanted)
    return Meant(_entry_of(atmosphere, record, label, terms), record)


def _level(terms: Terms) -> Level:
    """What is to be proved of a label: nothing holds its CID, so that level is the one before it."""
    return Level.UNVERIFIED if terms.trust is Level.CID else terms.trust


def _check_named(record: VerifiedRecord, label: PublishedLabel, wanted: NamedDataset) -> None:
    if label.name != wanted.name or wanted.version not in (None, label.version):
        version = "" if label.version is None else f" in version {quoted(label.version)}"
        raise RecordError(
            record.uri,
            f"the server lists it under the name {wanted}, and it says {quoted(label.name)}{version}: the server's "
            "list is wrong; name the entry by its address, at://…",
        )


def _entry_of(
    atmosphere: Atmosphere, record: VerifiedRecord, label: PublishedLabel, terms: Terms
) -> str:
    """The address of the entry that a label points to, which has to be one of the same account."""
    found = parse_at_uri(label.dataset_uri)
    did = found.authority
    if not did.startswith("did:"):
        did = identity_of(atmosphere, did, offline=terms.offline).did
    if found.collection != ENTRY or found.rkey is None:
        raise RecordError(
            record.uri, f"datasetUri: {quoted(label.dataset_uri)} is no entry of a dataset"
        )
    if did != record.commit.did:
        # Nothing in the label pins what the other account has there.
        raise RecordError(
            record.uri,
            f"datasetUri: points to a dataset of another account, {did}: if that is the one you mean, name it "
            f"by its address, {AtUri(did, found.collection, found.rkey)}",
        )
    return str(AtUri(did, found.collection, found.rkey))


def _own(uri: str, identity: Identity, collection: str) -> str:
    """The address of a record that a server listed, if it is one that was asked for."""
    found = parse_at_uri(uri)
    if found.rkey is None or found.collection != collection:
        raise SourceError(f"at://{identity.did}/{collection}: the server lists other records")
    return str(AtUri(identity.did, collection, found.rkey))


class _Search:
    """The record that has a name, among those that a server lists.

    Args:
        wanted: the name.
    """

    def __init__(self, wanted: NamedDataset) -> None:
        self._wanted = wanted
        self._names: dict[str, None] = {}
        self._versions: dict[str, None] = {}

    def best(self, listed: Iterable[Listed]) -> str | None:
        """The address of the record that is meant: the newest one without a version, else that of the highest."""
        wanted = self._wanted
        best: tuple[Version | None, str] | None = None
        for uri, _, value in listed:
            name, version = value.get("name"), _version(value)
            if not isinstance(name, str):
                continue
            if name != wanted.name:
                if len(self._names) < _SHOWN:
                    self._names[name] = None
                continue
            if version is not None and len(self._versions) < 2 * _SHOWN:
                self._versions[version] = None
            if version == wanted.version:
                return uri  # also where neither has one
            if wanted.version is None:
                order = Version.of(version) if is_version(version) else None
                if best is None or (order is not None and (best[0] is None or order > best[0])):
                    best = order, uri
        return None if best is None else best[1]

    def nothing(self, identity: Identity) -> DatasetNotFound:
        """The error where nothing is meant."""
        who = identity.handle or identity.did
        if self._versions:
            known = ", ".join(map(quoted, self._versions))
            return DatasetNotFound(
                f"{self._wanted}: {who} has no such version of it; there are {known}"
            )
        known = ", ".join(map(quoted, self._names))
        there = f"; there are {known}, for example" if known else ""
        return DatasetNotFound(
            f"{self._wanted}: {who} has published no dataset of this name{there}"
        )


def _version(value: dict[str, Any]) -> str | None:
    """The version that a label says, or an entry."""
    details = value.get("atdata")
    found = value.get("version", details.get("version") if isinstance(details, dict) else None)
    return found if isinstance(found, str) else None
