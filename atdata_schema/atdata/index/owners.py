"""Which Indexes keep their shards in a store: each says so there, so that none collects what another one needs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from atdata.errors import CatalogError
from atdata.stores.store import Store

__all__ = ["check_sole", "other_owners", "own"]

_PREFIX = "indexes/"


def own(store: Store, index: str, url: str) -> None:
    """Say in a store that an Index keeps shards there.

    Args:
        store: the store.
        index: which Index it is.
        url: where that Index is, for people.

    Raises:
        StoreError: the store cannot be written.
    """
    data = json.dumps({"index": index, "url": url}).encode()
    store.put_bytes(_key(index), data)


def other_owners(store: Store, index: str) -> list[str]:
    """The keys of what other Indexes say in a store.

    Raises:
        StoreError: the store cannot be read.
    """
    return [file.key for file in store.list(_PREFIX) if file.key != _key(index)]


def check_sole(store: Store, index: str) -> None:
    """Refuse to collect where another Index keeps shards too, since its shards would look like nobody's.

    Raises:
        CatalogError: there is another one.
        StoreError: the store cannot be read.
    """
    others = other_owners(store, index)
    if others:
        named = ", ".join(f"{_said(store, key)} ({key})" for key in others)
        raise CatalogError(
            f"{store.url} holds shards of another Index too, which would be lost: {named}; "
            "give each Index a store or a prefix of its own, or remove that file from the store "
            "where its Index is no more"
        )


def _key(index: str) -> str:
    return f"{_PREFIX}{hashlib.sha256(index.encode()).hexdigest()[:32]}.json"


def _said(store: Store, key: str) -> str:
    data = store.get_bytes(key)
    try:
        content: Any = json.loads(data or b"")
        return repr(str(content["url"])[:300])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "unreadable"
