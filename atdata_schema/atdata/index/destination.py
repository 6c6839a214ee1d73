"""Where new versions go: an Index, and the store of its shards."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from atdata.errors import EntryExists, StoreError
from atdata.index.committing import add_version
from atdata.index.descriptions import describe
from atdata.index.entry import Entry
from atdata.index.leases import Held
from atdata.index.next_version import Draft, next_version
from atdata.index.providers.provider import Provider
from atdata.index.store_names import is_same
from atdata.stores.store import Store

__all__ = ["Destination", "check_addable", "publish"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where versions go.

    Attributes:
        provider: the tables of the Index.
        store: the place of the shards.
        index: which Index this is (`Provider.identity`), as it says in the store.
    """

    provider: Provider
    store: Store
    index: str


def check_addable(provider: Provider, draft: Draft) -> None:
    """Find out before hours of work what would be refused after them.

    Raises:
        EntryExists: the version that is asked for is there.
        SchemaConflict: it does not announce a breaking change, or its schema's version names another type.
        ProviderError: the database cannot be reached.
    """
    if draft.version is not None and provider.entry(draft.name, draft.version) is not None:
        raise EntryExists(
            f"{draft.name}@{draft.version} is there, and versions never change; "
            "give a later version, or none for the next one"
        )
    next_version(provider, draft)


def publish(destination: Destination, draft: Draft, lease: Held | None) -> Entry:
    """Add what a draft becomes, and describe it in the store that owns its shards.

    Raises:
        CatalogError: as `add_version`.
    """
    provider, store = destination.provider, destination.store
    entry = add_version(provider, draft, lease)
    schema = provider.schema(entry.schema.id, entry.schema.version)
    if schema is None or not is_same(entry.store, store.url):
        return entry
    try:
        describe(store, entry, schema, destination.index)
    except StoreError as error:
        # The dataset is there, whole. An exception would say that it is not.
        warnings.warn(
            f"{entry.name}@{entry.version} was added; its dataset.json could not be put, which gc will do: {error}",
            stacklevel=2,
        )
    return entry
