"""Datasets of an Index, and others, are published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata.atmosphere.publishing.account import Account
from atdata.atmosphere.publishing.options import Confirm, Options
from atdata.atmosphere.publishing.plan import Plan
from atdata.atmosphere.publishing.promoting import promote
from atdata.atmosphere.publishing.references import References
from atdata.atmosphere.publishing.requesting import (
    Catalogued,
    request_of_data,
    request_of_entry,
)
from atdata.errors import PublishError
from atdata.stores.opening import open_store
from atdata.stores.store import Store

if TYPE_CHECKING:
    from atdata.dataset import Dataset

__all__ = ["promote_dataset", "promote_entry"]


def promote_entry(
    index: Catalogued,
    account: Account,
    reference: str,
    *,
    derived_from: References = (),
    data_store: Store | str | None = None,
    nsid: str | None = None,
    dry_run: bool = False,
    yes: bool = False,
    confirm: Confirm | None = None,
    progress: bool = False,
) -> Plan:
    """Publish an entry of an Index; see `Index.promote_entry`."""
    options = Options(_store(data_store), dry_run, yes, confirm, progress, index.data_store)
    request = request_of_entry(
        index,
        account,
        reference,
        nsid=nsid,
        derived_from=derived_from,
        progress=progress,
    )
    return promote(account, request, options)


def promote_dataset(
    account: Account,
    data: Dataset[Any] | Mapping[str, Dataset[Any]] | str | Path,
    *,
    name: str,
    version: str,
    schema_version: str,
    split: str | None = None,
    nsid: str | None = None,
    description: str | None = None,
    license: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    derived_from: References = (),
    data_store: Store | str | None = None,
    dry_run: bool = False,
    yes: bool = False,
    confirm: Confirm | None = None,
    progress: bool = False,
) -> Plan:
    """Publish a dataset that is in no Index; see `Atmosphere.promote_dataset`."""
    options = Options(_store(data_store), dry_run, yes, confirm, progress)
    request = request_of_data(
        data,
        account,
        name=name,
        version=version,
        schema_version=schema_version,
        split=split,
        nsid=nsid,
        description=description,
        license=license,
        tags=tags,
        metadata=metadata,
        derived_from=derived_from,
        progress=progress,
    )
    return promote(account, request, options)


def _store(given: Store | str | None) -> Store | None:
    if given is None or isinstance(given, Store):
        return given
    if not given.startswith("s3://"):
        raise PublishError(
            f"data_store is {given[:80]!r}: shards go into a bucket that everybody can read, such as "
            "'s3://bucket/prefix'; without it they become blobs of the account"
        )
    return open_store(given)
