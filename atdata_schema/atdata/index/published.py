"""Shards of a store that published records name where they are: each publication says so in the store.

The records are elsewhere, and whoever collects does not ask the network. So a publication leaves a file in the store
before it writes its record, and a collector spares what such a file names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from atdata.errors import CatalogError
from atdata.stores.store import Store

__all__ = ["Published", "note_published"]

_PREFIX: Final = "published/"


def note_published(store: Store, uri: str, dataset: str, digests: Iterable[str]) -> None:
    """Say in a store that a record names shards of it.

    Args:
        store: the store.
        uri: the AT-URI of the record.
        dataset: what is published, as `name@version`, for people.
        digests: of the shards.

    Raises:
        StoreError: the store cannot be written.
    """
    said = {"uri": uri, "dataset": dataset, "shards": sorted(set(digests))}
    key = f"{_PREFIX}{hashlib.sha256(uri.encode()).hexdigest()[:32]}.json"
    store.put_bytes(key, json.dumps(said).encode(), overwrite=True)


class Published:
    """What publications say in a store; each file is read once.

    Args:
        store: the store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, frozenset[str]] = {}

    def digests(self) -> frozenset[str]:
        """The digests of the shards that records name, as of now.

        Raises:
            CatalogError: a file cannot be read, so that nobody knows what it names.
            StoreError: the store cannot be read.
        """
        keys = [file.key for file in self._store.list(_PREFIX)]
        self._known |= {key: self._read(key) for key in keys if key not in self._known}
        return frozenset[str]().union(*(self._known[key] for key in keys))

    def forget(self, digests: Iterable[str]) -> None:
        """Remove the files that name such shards, which are gone.

        Raises:
            StoreError: the store cannot be written.
        """
        gone = frozenset(digests)
        self._store.delete(key for key, named in self._known.items() if named & gone)

    def _read(self, key: str) -> frozenset[str]:
        data = self._store.get_bytes(key)
        if data is None:  # somebody has just removed it
            return frozenset()
        try:
            content: Any = json.loads(data)
            return frozenset(map(str, content["shards"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CatalogError(
                f"{self._store.url_of(key)} cannot be read, and so nobody knows which shards a published record names: "
                "remove it once that record is gone, or publish the dataset again, which writes it anew"
            ) from None
