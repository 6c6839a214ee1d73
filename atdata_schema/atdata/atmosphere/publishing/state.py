"""What of a dataset is in the account's repository, at one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from atdata.atmosphere.publishing.repository import OwnRepository, Stored
from atdata.atmosphere.publishing.request import Request
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, schema_rkey
from atdata.atmosphere.records.label import PublishedLabel, label_from_record
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.schema import schema_from_record
from atdata.errors import PublishError, RecordError
from atdata_schema.schema import Schema

__all__ = ["State", "labels_of", "look", "published_schema"]


@dataclass(frozen=True, slots=True)
class State:
    """What is there.

    Attributes:
        head: the CID of the commit that it was read at, or of one before.
        schema: the record of the type, where it is there.
        label: the record key of the label of this version, where it is there.
        entry: the entry that the label names, where it is there.
    """

    head: str
    schema: StrongRef | None
    label: str | None
    entry: Stored | None


def look(repository: OwnRepository, request: Request) -> State:
    """Read what is there.

    The commit is asked for first: what is written after that is refused by the swap.

    Raises:
        PublishError: another type has the version of the schema.
        XrpcError: the server cannot be asked.
    """
    head = repository.head()
    schema = published_schema(repository, request.schema, request.schema_version)
    for uri, label in labels_of(repository, request.name).items():
        if label.version == request.version:
            found = repository.rkey(label.dataset_uri, ENTRY)
            entry = None if found is None else repository.get(*found)
            return State(head, schema, uri.rpartition("/")[2], entry)
    return State(head, schema, None, None)


def labels_of(repository: OwnRepository, name: str) -> Mapping[str, PublishedLabel]:
    """The labels of a name, by their AT-URIs; what is no label is left alone."""
    found: dict[str, PublishedLabel] = {}
    for stored in repository.records(LABEL):
        if stored.value.get("name") == name:
            try:
                found[stored.uri] = label_from_record(stored.value, stored.uri)
            except RecordError:
                continue
    return found


def published_schema(repository: OwnRepository, schema: Schema, version: str) -> StrongRef | None:
    """The record of a version of a type, where the account has it.

    Raises:
        PublishError: another type has the version.
        XrpcError: the server cannot be asked.
    """
    found = repository.get(SCHEMA, schema_rkey(schema.id, version))
    if found is None:
        return None
    try:
        cid = schema_from_record(found.value, found.uri).schema.cid
    except RecordError as error:
        raise PublishError(f"{error}; it stands in the way of {schema.id}@{version}") from error
    if cid != schema.cid:
        raise PublishError(
            f"{found.uri} is another type than {schema.id}@{version} here ({cid}, not {schema.cid}): a version, once "
            "published, does not change; store the type under another one, with schema_version="
        )
    return StrongRef(found.uri, found.cid)
