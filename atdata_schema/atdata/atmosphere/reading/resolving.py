"""From a reference to a dataset of the network that can be loaded."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atdata.atmosphere.identity.identities import Identity
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.proofs.verification import VerifiedRecord
from atdata.atmosphere.reading.fetching import fetch_record, identity_of
from atdata.atmosphere.reading.kept_records import FOLDER, put
from atdata.atmosphere.reading.labels import Meant, meant_by, meant_by_label
from atdata.atmosphere.reading.lock_file import Pin, read_pin, write_pin
from atdata.atmosphere.reading.places import Owner, shard_file
from atdata.atmosphere.reading.published import Published
from atdata.atmosphere.reading.references import NamedDataset, Reference, parse_reference
from atdata.atmosphere.reading.terms import Terms
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA
from atdata.atmosphere.records.dataset import (
    PublishedDataset,
    dataset_from_record,
    shard_list_from_bytes,
)
from atdata.atmosphere.records.schema import schema_from_record
from atdata.errors import LoadError, LockError, ProofError, RecordError, SourceError
from atdata.shards.cache_folder import cache_folder
from atdata.shards.sources.hosted_blob import HostedBlob
from atdata.shards.sources.opening import open_source
from atdata_schema.syntax import AtUri, parse_at_uri
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["resolve_published"]

LARGEST_LIST: Final = 64 << 20
"""Bytes of a list of shards that is fetched."""

_LISTS: Final = "lists"


def resolve_published(
    reference: str, atmosphere: Atmosphere, terms: Terms | None = None, *, pins: bool = True
) -> Published:
    """Find a dataset of the network, and prove every record that is used for it.

    Args:
        reference: `@handle/name`, `@handle/name@1.2.0`, the same with a DID, or `at://…` of its entry or a label.
        atmosphere: who reads; a login is not needed.
        terms: how much has to be proved, what is pinned, whether servers are asked.
        pins: whether what was found is written into the lock, as it is where data are read.

    Raises:
        DatasetNotFound: there is no such dataset or version.
        IdentityError: the account cannot be found, or the handle is not its own, or was another's before.
        ProofError: a record is not proved as asked; `RolledBack`, `SignatureRefused`, `RecordAbsent` are such.
        RecordError: a record says what cannot be used. The message names it.
        LockError: the lock pins something else, or, with `locked`, nothing.
        SourceError: a server does not answer.
        LoadError: it names nothing of the network, or what is no dataset.
    """
    asked = parse_reference(reference)
    terms = Terms() if terms is None else terms
    key = str(asked)
    if terms.locked:
        return _locked(key, asked, atmosphere, terms)
    found = _found(key, _meant(asked, atmosphere, terms), atmosphere, terms)
    if pins and terms.lock is not None:
        _write(terms.lock, key, found)
    return found


def _meant(asked: Reference, atmosphere: Atmosphere, terms: Terms) -> Meant:
    """The entry that a reference means."""
    identity = identity_of(atmosphere, asked.authority, offline=terms.offline)
    if isinstance(asked, NamedDataset):
        return meant_by(atmosphere, identity, asked, terms)
    uri = str(AtUri(identity.did, asked.collection, asked.rkey))
    if asked.collection == LABEL:
        return meant_by_label(atmosphere, uri, terms)
    if asked.collection != ENTRY:
        raise LoadError(
            f"{asked}: is a record of {asked.collection}, which is no dataset; those are of {ENTRY}"
        )
    return Meant(uri, None)


def _found(
    reference: str,
    meant: Meant,
    atmosphere: Atmosphere,
    terms: Terms,
    *,
    pinned: Pin | None = None,
) -> Published:
    identity = identity_of(atmosphere, parse_at_uri(meant.uri).authority, offline=terms.offline)
    entry = _entry(meant.uri, atmosphere, terms, pinned)
    local = atmosphere.settings.local
    dataset = dataset_from_record(entry.value, entry.uri, local=local)
    owner = Owner(entry.uri, identity.did, _server(identity, entry), local)
    if dataset.shard_list is not None:
        data = _shard_list(owner.blob(dataset.shard_list, terms))
        dataset = shard_list_from_bytes(data, dataset, entry.uri, local=local)
    schema_record = _schema_record(dataset, entry, atmosphere, terms, pinned)
    numbers = itertools.count()
    splits = {
        name: tuple(shard_file(shard, next(numbers), owner, terms) for shard in shards)
        for name, shards in dataset.splits.items()
    }
    return Published(
        reference,
        identity,
        entry,
        dataset,
        schema_record,
        schema_from_record(schema_record.value, schema_record.uri),
        meant.label,
        splits,
    )


def _entry(uri: str, atmosphere: Atmosphere, terms: Terms, pinned: Pin | None) -> VerifiedRecord:
    cid = None if pinned is None else pinned.cid
    if terms.trust is Level.CID and cid is None:
        raise ProofError(
            f"{uri}: the level 'cid' compares with a CID, which a lock has: give lock= and locked=True, or another "
            "level"
        )
    return fetch_record(atmosphere, uri, trust=terms.trust, cid=cid, offline=terms.offline)


def _schema_record(
    dataset: PublishedDataset,
    entry: VerifiedRecord,
    atmosphere: Atmosphere,
    terms: Terms,
    pinned: Pin | None,
) -> VerifiedRecord:
    """The record of the sample type: the state that the entry pins, or else the lock, or else the present one."""
    ref = dataset.schema
    uri, cid = (dataset.schema_uri, None) if ref is None else (ref.uri, ref.cid)
    if parse_at_uri(uri).collection != SCHEMA:
        raise RecordError(entry.uri, f"schemaRef: {quoted(uri)} is no record of {SCHEMA}")
    if cid is None and pinned is not None:
        cid = pinned.schema_cid
    # A type that nothing pins has nothing that its CID could be compared with.
    trust = Level.UNVERIFIED if terms.trust is Level.CID and cid is None else terms.trust
    try:
        return fetch_record(atmosphere, uri, trust=trust, cid=cid, offline=terms.offline)
    except LoadError as error:
        raise type(error)(f"{entry.uri}: its sample type: {error}") from None


def _server(identity: Identity, entry: VerifiedRecord) -> str:
    if identity.document.pds is None:
        raise SourceError(f"{entry.uri}: the account names no server")
    return identity.document.pds


def _shard_list(blob: HostedBlob) -> bytes:
    """The bytes of a list of shards, from the cache or the server, held against their CID."""
    if blob.size > LARGEST_LIST:
        raise RecordError(
            blob.record or "",
            f"storage: its list of shards has {blob.size} bytes; at most {LARGEST_LIST} are read",
        )
    cache = cache_folder()
    kept = None if cache is None else cache / FOLDER / _LISTS / blob.digest
    data = _kept(kept)
    if data is None or hashlib.sha256(data).hexdigest() != blob.digest:
        data = open_source(blob).read_all(blob.size)
        if hashlib.sha256(data).hexdigest() != blob.digest:
            raise RecordError(
                blob.record or "",
                f"storage: the {len(data)} bytes that {blob.server} gives for its list of shards are not those of "
                f"its CID {blob.cid}",
            )
        if kept is not None:
            put(kept, data)
    return data


def _kept(path: Path | None) -> bytes | None:
    with suppress(OSError):
        return None if path is None else path.read_bytes()
    return None


def _locked(key: str, asked: Reference, atmosphere: Atmosphere, terms: Terms) -> Published:
    """What the lock pins for a reference, and nothing else."""
    assert terms.lock is not None  # `Terms.of` gives one
    pin = read_pin(terms.lock, key)
    if pin is None:
        raise LockError(
            f"{terms.lock} pins nothing for {key}, and locked=True reads nothing else: load it once without, with "
            f"lock={str(terms.lock)!r}, or `atdata pull {key}`"
        )
    _check_account(pin, asked, terms.lock)
    try:
        found = _found(key, Meant(pin.uri, None), atmosphere, terms, pinned=pin)
    except ProofError as error:
        raise LockError(f"{terms.lock} pins {pin.uri} with the CID {pin.cid}: {error}") from error
    _check_same(pin, found, terms.lock)
    return found


def _check_account(pin: Pin, asked: Reference, path: Path) -> None:
    said = asked.authority
    if said.startswith("did:") and said != pin.did:
        raise LockError(f"{path} pins the account {pin.did} for {asked}, which names {said}")


def _check_same(pin: Pin, found: Published, path: Path) -> None:
    now = found.pin()
    for what, before, after in (
        ("the entry", (pin.uri, pin.cid), (now.uri, now.cid)),
        ("the sample type", (pin.schema_uri, pin.schema_cid), (now.schema_uri, now.schema_cid)),
        ("the shards", dict(pin.shards), dict(now.shards)),
    ):
        if before != after:
            raise LockError(
                f"{path} pins {what} of {found.reference} as {_shown(before)}, and the network has {_shown(after)}"
            )


def _shown(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 400 else f"{text[:400]}…"


def _write(path: Path, key: str, found: Published) -> None:
    now = found.pin()
    before = write_pin(path, key, now)
    if before is not None:
        warnings.warn(
            f"{path} pinned {key} as {before.uri} {before.cid}, and it is {now.uri} {now.cid} now: the lock was "
            "changed; locked=True reads what it pins",
            stacklevel=2,
        )
