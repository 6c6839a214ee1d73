"""Types are published on their own, or found where they are published already."""

from __future__ import annotations

from typing import Any

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.clock import now
from atdata.atmosphere.publishing.committing import described_schema, schema_write
from atdata.atmosphere.publishing.local_types import public_schema
from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.atmosphere.publishing.state import published_schema
from atdata.atmosphere.publishing.transaction import transact
from atdata.atmosphere.records.collections import SCHEMA, schema_rkey
from atdata.errors import PublishError
from atdata.index.names import check_version
from atdata.sample_type import schema_of
from atdata_schema.schema import Schema

__all__ = ["publish_schema", "schema_given"]


def publish_schema(
    account: Account, given: object, version: str, *, nsid: str | None = None
) -> str:
    """Publish a version of a type; the AT-URI of its record. See `Atmosphere.publish_schema`.

    Raises:
        NameRefused: the version is none.
        PublishError: it is no type, another type has the version, or it cannot be written.
    """
    schema = public_schema(schema_given(given), account.handle, nsid)
    check_version(version)
    repository = OwnRepository(account)
    created = now()

    def plan() -> list[Write]:
        if published_schema(repository, schema, version) is not None:
            return []
        return [schema_write(schema.id, version, described_schema(schema, version, created))]

    transact(repository, f"the type {schema.id}@{version}", plan)
    return repository.uri(SCHEMA, schema_rkey(schema.id, version))


def schema_given(given: Any) -> Schema:
    """The schema of a sample class, or the schema itself.

    Raises:
        PublishError: it is neither.
    """
    found = given if isinstance(given, Schema) else schema_of(given)
    if found is None:
        shown = getattr(given, "__name__", None) or f"a {type(given).__name__}"
        raise PublishError(f"{shown} is no type: give a sample class with a schema, or its schema")
    return found
