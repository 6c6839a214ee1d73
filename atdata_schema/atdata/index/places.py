"""Where a shard lies, by the URL that an entry has: a path, or an address and how it is reached."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from atdata.errors import CatalogError
from atdata.index.entry import Entry
from atdata.index.store_names import is_same
from atdata.remote.s3_access import S3Access
from atdata.shards.sources.place import Place, RemotePlace
from atdata.stores.store import Store
from atdata_schema.syntax.quoting import quoted

__all__ = ["Reach", "path_of_url"]


class Reach:
    """How the files of an entry are reached.

    Args:
        entry: the entry.
        store: a store that is open, with whose credentials its files are read where it is the entry's.
    """

    def __init__(self, entry: Entry, store: Store | None) -> None:
        self._entry = entry
        self._store = store
        self._access: S3Access | None = None

    def place(self, url: str) -> Place:
        """Where a file of the entry lies.

        Raises:
            CatalogError: the URL names no place that is read.
            LoadError: it is no address.
        """
        if url.startswith("file:"):
            return path_of_url(url)
        if url.startswith("s3://"):
            return RemotePlace(url, self._s3_access(url))
        return RemotePlace(url)

    def _s3_access(self, url: str) -> S3Access | None:
        """How the service of the entry's store is reached; what lies elsewhere is looked for in the usual way."""
        store = self._store
        if store is None or not is_same(store.url, self._entry.store):
            store = self._opened()
        access = getattr(store, "access", None)
        if store is None or not isinstance(access, S3Access):
            return None
        base = store.url.partition("?")[0]
        return access if url.startswith(f"{base}/") else None

    def _opened(self) -> Store | None:
        from atdata.stores.opening import open_store

        address = self._entry.store
        return open_store(address) if address is not None and address.startswith("s3://") else None


def path_of_url(url: str) -> Path:
    """The path that a `file://` URL names.

    Raises:
        CatalogError: it names no file of this machine.

    >>> path_of_url("file:///data/a%20b.tar").as_posix()
    '/data/a b.tar'
    """
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise CatalogError(f"{quoted(url)} names no file of this machine")
    # Imported where it is needed: it takes long.
    from urllib.request import url2pathname

    return Path(url2pathname(parts.path))
