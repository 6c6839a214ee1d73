"""Lenses are published as data, with the records of the types that they lead between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.clock import now
from atdata.atmosphere.publishing.committing import described_schema, schema_write
from atdata.atmosphere.publishing.references import pinned
from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.atmosphere.publishing.transaction import transact
from atdata.atmosphere.records.collections import LENS, SCHEMA, new_tid, schema_rkey
from atdata.atmosphere.records.lens import lens_to_record
from atdata.atmosphere.records.schema import schema_from_record
from atdata.errors import LensError, PublishError, RecordError
from atdata.index.versions import Version, is_version
from atdata_schema.lenses import Lens, check_record, to_record
from atdata_schema.lenses.findings import errors_of
from atdata_schema.schema import Schema

__all__ = ["publish_lens"]


def publish_lens(account: Account, lens: object, *, types: Iterable[str] = ()) -> str:
    """Publish a lens of the lens language; the AT-URI of its record. See `Atmosphere.publish_lens`.

    Raises:
        LensError: it is wrong.
        PublishError: it is no lens of the language, or it cannot be written.
    """
    if not isinstance(lens, Lens) or lens.schemas is None:
        raise PublishError(
            f"{getattr(lens, 'name', type(lens).__name__)} is no lens of the language with its types: code is never "
            "published. Give one that load_lens or index.lens gives"
        )
    # Checked as readers will do it: what it claims is computed, not taken over.
    checked = check_record(to_record(lens.program, claims=lens.claims), *lens.schemas)
    if checked.result is None or errors_of(checked.findings):
        raise LensError.of(checked.findings)
    for schema in lens.schemas:
        if schema.id.startswith("local."):
            raise PublishError(
                f"the lens {lens.name} is of {schema.id}, a name of this machine: name the type, "
                "@packable(nsid='org.example.imageSample')"
            )
    ends = lens.schemas
    repository = OwnRepository(account)
    elsewhere = _elsewhere(account, types)
    rkey, created = new_tid(), now()

    def plan() -> list[Write]:
        nonlocal rkey
        there = _published(repository, lens.cid, ends)
        if there is not None:
            rkey = there
            return []
        writes, places = _types(repository, ends, elsewhere, created)
        record = to_record(lens.program, claims=lens.claims, created_at=created)
        for end, schema in zip(("source", "view"), ends, strict=True):
            record[end] = {**record[end], "uri": places[schema.cid]}
        try:
            return [*writes, Write("create", LENS, rkey, lens_to_record(record))]
        except RecordError as error:
            raise PublishError(f"the lens {lens.name} cannot be published: {error}") from error

    transact(repository, f"the lens {lens.name}", plan)
    return repository.uri(LENS, rkey)


def _published(repository: OwnRepository, cid: str, ends: tuple[Schema, Schema]) -> str | None:
    """The key of the record that is the same lens, where the account has one."""
    pins = [end.cid for end in ends]
    for stored in repository.records(LENS):
        refs: list[Any] = [stored.value.get(end) for end in ("source", "view")]
        if [ref.get("cid") for ref in refs if isinstance(ref, dict)] != pins:
            continue
        found = check_record(stored.value, *ends).result
        if found is not None and found.cid == cid:
            return stored.rkey
    return None


def _elsewhere(account: Account, types: Iterable[str]) -> dict[str, str]:
    """Types that others have published: the address of each by its CID."""
    found: dict[str, str] = {}
    for uri in (types,) if isinstance(types, str) else types:
        record = pinned(account, uri)
        try:
            found[schema_from_record(record.value, record.uri).schema.cid] = record.uri
        except RecordError as error:
            raise PublishError(str(error)) from error
    return found


def _types(
    repository: OwnRepository,
    ends: tuple[Schema, Schema],
    elsewhere: Mapping[str, str],
    created: str,
) -> tuple[list[Write], dict[str, str]]:
    """Records of the types that are not published yet, and the address of each type by its CID."""
    places = dict(elsewhere)
    taken: dict[str, list[str]] = {}
    for stored in repository.records(SCHEMA):
        try:
            there = schema_from_record(stored.value, stored.uri)
        except RecordError:
            continue
        places.setdefault(there.schema.cid, stored.uri)
        taken.setdefault(there.schema.id, []).append(there.version)
    writes: list[Write] = []
    for schema in ends:
        if schema.cid in places:
            continue
        version = _next(taken.get(schema.id, []))
        writes.append(schema_write(schema.id, version, described_schema(schema, version, created)))
        places[schema.cid] = repository.uri(SCHEMA, schema_rkey(schema.id, version))
        taken.setdefault(schema.id, []).append(version)
    return writes, places


def _next(versions: list[str]) -> str:
    """A version above those that there are: another type of the name may break whoever reads it."""
    known = [Version.of(version).major for version in versions if is_version(version)]
    return f"{max(known, default=0) + 1}.0.0"
