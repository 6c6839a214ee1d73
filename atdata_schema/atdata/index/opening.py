"""The two ends of an Index, its tables and its store, opened when they are first asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from atdata.errors import CatalogError
from atdata.home import home
from atdata.index.destination import Destination
from atdata.index.providers.opening import open_provider
from atdata.index.providers.provider import Provider
from atdata.stores.disk import LocalDiskStore
from atdata.stores.opening import open_store
from atdata.stores.store import Store

__all__ = ["Ends"]


class Ends:
    """What an Index was given, and what that is when it is opened.

    Args:
        provider: as `Index` takes it.
        store: as `Index` takes it.

    Raises:
        CatalogError: one of them is nothing that could be opened.
    """

    def __init__(
        self, provider: Provider | str | Path | None, store: Store | str | Path | None
    ) -> None:
        _check("provider", provider, Provider)
        _check("data_store", store, Store)
        self._given: tuple[Any, Any] = (provider, store)
        self._provider: Provider | None = None
        self._store: Store | None = None
        self._identity: str | None = None

    @property
    def provider(self) -> Provider:
        """The tables."""
        # Without a lock, which a fork could leave locked: two threads at once may open it twice.
        if self._provider is None:
            self._provider = _provider(self._given[0])
        return self._provider

    @property
    def store(self) -> Store:
        """Where shards are written to."""
        if self._store is None:
            self._store = _store(self._given[1], self._given[0], self.provider)
        return self._store

    @property
    def destination(self) -> Destination:
        """Both, as writers take them."""
        if self._identity is None:
            self._identity = self.provider.identity()
        return Destination(self.provider, self.store, self._identity)

    def close(self) -> None:
        """Give back connections."""
        if self._provider is not None:
            self._provider.close()

    def __getstate__(self) -> tuple[Any, Any]:
        given = self._given[0]
        if isinstance(given, str) and _has_secret(given):
            raise CatalogError(
                "an Index whose URL holds a password is not pickled, since the password would go with it: "
                "open it in each process, or give the password in the environment"
            )
        return self._given

    def __setstate__(self, given: tuple[Any, Any]) -> None:
        self.__init__(*given)  # type: ignore[misc]  # as a new one is made


def _has_secret(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.password is not None or "password" in parts.query


def _check(what: str, given: object, kind: type) -> None:
    if given is not None and not isinstance(given, str | Path | kind):
        raise CatalogError(
            f"{what} is a {type(given).__name__}: give a URL, a path, or a {kind.__name__}"
        )


def _provider(given: Provider | str | Path | None) -> Provider:
    if isinstance(given, Provider):
        return given
    if isinstance(given, str) and "://" in given:
        return open_provider(given)
    from atdata.index.providers.sqlite import SqliteProvider

    return SqliteProvider(home() / "index.db" if given is None else given)


def _store(given: Store | str | Path | None, index: object, provider: Provider) -> Store:
    if isinstance(given, Store):
        return given
    if given is not None:
        return open_store(str(given))
    if index is None:
        return LocalDiskStore()
    # An Index of its own has a store of its own, so that each may be collected without the other.
    digest = hashlib.sha256(provider.url.encode()).hexdigest()[:16]
    return LocalDiskStore(home() / "stores" / digest)
