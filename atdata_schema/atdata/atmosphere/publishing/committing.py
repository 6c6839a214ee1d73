"""The records of a dataset appear in one commit, or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from atdata.atmosphere.publishing.composing import Composed
from atdata.atmosphere.publishing.journal import Noted
from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.atmosphere.publishing.state import State
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, record_cid, schema_rkey
from atdata.atmosphere.records.label import PublishedLabel, label_to_record
from atdata.atmosphere.records.refs import StrongRef
from atdata.atmosphere.records.schema import PublishedSchema, schema_to_record
from atdata.errors import PublishError, RecordError, XrpcError
from atdata_schema.schema import Schema

__all__ = [
    "BODY",
    "BODY_OF_NEWER",
    "Commit",
    "Uncertain",
    "body_size",
    "described_schema",
    "schema_write",
]

BODY: Final = 150_000
"""Bytes of JSON that a call may have on every server."""

BODY_OF_NEWER: Final = 980_000
"""Bytes that newer ones take."""


_LONGEST: Final = 5000


class Uncertain(Exception):
    """No answer came: it was written, or not."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What is to be written for a dataset.

    Attributes:
        composed: the dataset.
        noted: the keys of its records, and when they were begun.
    """

    composed: Composed
    noted: Noted

    def writes(self, repository: OwnRepository, state: State) -> list[Write]:
        """The records that are missing: the type first, the label last.

        Raises:
            PublishError: one cannot be published so.
        """
        request, noted = self.composed.request, self.noted
        made: list[Write] = []
        schema = state.schema
        if schema is None:
            made.append(
                schema_write(request.schema.id, request.schema_version, self._schema_record())
            )
            schema = StrongRef(repository.uri(SCHEMA, made[0].rkey), record_cid(made[0].value))
        made.append(
            Write("create", ENTRY, noted.entry, self.composed.record(schema, noted.created))
        )
        label = PublishedLabel(
            request.name, repository.uri(ENTRY, noted.entry), noted.created, request.version
        )
        value = label_to_record(label)
        if state.label is None:
            made.append(Write("create", LABEL, noted.label, value))
        else:
            made.append(Write("update", LABEL, state.label, value))
        return made

    def _schema_record(self) -> PublishedSchema:
        request = self.composed.request
        return described_schema(request.schema, request.schema_version, self.noted.created)

    def send(self, repository: OwnRepository, writes: Sequence[Write], head: str) -> None:
        """Write them.

        Raises:
            XrpcError: they were not written.
            Uncertain: nobody knows.
        """
        try:
            repository.apply(writes, head)
        except XrpcError as error:
            if error.status is None or error.status >= 500:
                raise Uncertain(str(error)) from error
            raise


def body_size(repository: OwnRepository, writes: Sequence[Write]) -> int:
    """Bytes of the call that writes some records."""
    body = repository.body(writes, "b" * 59)
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def described_schema(schema: Schema, version: str, created: str) -> PublishedSchema:
    """A type as it is published, with what its lexicon says about it."""
    nsid, _, name = schema.id.partition("#")
    definition = schema.documents[nsid]["defs"][name or "main"]
    said = definition.get("description")
    # A longer one stands in the lexicon alone.
    description = said if isinstance(said, str) and len(said.encode()) <= _LONGEST else ""
    return PublishedSchema(
        name or nsid.rpartition(".")[2], version, schema, created, description=description
    )


def schema_write(id: str, version: str, schema: PublishedSchema) -> Write:
    """The record of a type.

    Raises:
        PublishError: it cannot be published so.
    """
    try:
        return Write("create", SCHEMA, schema_rkey(id, version), schema_to_record(schema))
    except RecordError as error:
        raise PublishError(f"the type {id}@{version} cannot be published: {error}") from error
