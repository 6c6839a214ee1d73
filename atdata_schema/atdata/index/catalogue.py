"""What an Index can be asked: datasets, versions, types, labels, and whether the data are as they were written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atdata.index.entry import Entry
from atdata.index.finding import find_entry, find_schema
from atdata.index.names import check_name
from atdata.index.opening import Ends
from atdata.index.providers.provider import Label, Provider, Search, StoredSchema
from atdata.stores.store import Store

if TYPE_CHECKING:
    from atdata.index.verifying import Verified

__all__ = ["Catalogue"]


class Catalogue:
    """What is there, and where."""

    _ends: Ends

    @property
    def provider(self) -> Provider:
        """The tables."""
        return self._ends.provider

    @property
    def data_store(self) -> Store:
        """Where shards are written to."""
        return self._ends.store

    @property
    def url(self) -> str:
        """Where the tables are, without credentials."""
        return self.provider.url

    # Datasets.

    def entry(self, reference: str) -> Entry:
        """One version of a dataset: `"name"` is the latest, `"name@1.2.0"`, `"name@label"`.

        Raises:
            EntryNotFound: there is none; the message says what there is.
        """
        return find_entry(self.provider, reference)

    def entries(self, *, latest: bool = True) -> list[Entry]:
        """The latest version of each dataset, or every version, by name and version."""
        return list(self.provider.entries(latest=latest))

    def datasets(self) -> list[str]:
        """The name of each dataset, sorted."""
        return [entry.name for entry in self.provider.entries()]

    def history(self, name: str) -> list[Entry]:
        """Every version of a dataset, the newest first.

        Raises:
            EntryNotFound: there is no such dataset.
        """
        versions = self.provider.versions(check_name(name))
        found = (self.provider.entry(name, version) for version in reversed(versions))
        entries = [entry for entry in found if entry is not None]
        return entries or [find_entry(self.provider, name)]

    def search(
        self,
        text: str = "",
        *,
        field: str | None = None,
        tags: Sequence[str] = (),
        schema: str | None = None,
        limit: int | None = 50,
    ) -> list[Entry]:
        """The datasets for whose latest version all of it is true, the best first.

        Args:
            text: words, each of which stands in the name, the description, a tag, the schema's NSID or a
                field, at least as the beginning of a word.
            field: the samples have a field of this name.
            tags: it has all of these tags.
            schema: the NSID of the schema.
            limit: at most so many; `None` for all.
        """
        wanted = (tags,) if isinstance(tags, str) else tuple(tags)
        return self.provider.search(Search(text, field, wanted, schema, limit))

    # Types.

    def schemas(self) -> list[StoredSchema]:
        """Every version of every schema, by NSID and version."""
        return list(self.provider.schemas())

    def schema(self, reference: str) -> StoredSchema:
        """A schema: `"nsid"` is its latest version, `"nsid@1.0.0"`.

        Raises:
            EntryNotFound: there is none; the message says what there is.
        """
        return find_schema(self.provider, reference)

    def schema_type(self, reference: str) -> type[Any]:
        """The class of a schema: the program's own where it has one of this type, else one that is made.

        Args:
            reference: `"nsid"`, `"nsid@1.0.0"`.

        Raises:
            EntryNotFound: there is no such schema.
        """
        from atdata.index.types import type_of

        return type_of(self.schema(reference))

    # Labels, and the data.

    def labels(self, name: str | None = None) -> list[Label]:
        """The labels of a dataset, or all of them, by name."""
        return self.provider.labels(None if name is None else check_name(name))

    def verify(self, reference: str, *, progress: bool = False) -> Verified:
        """Read every shard of a version and hold it against its sha-256.

        Args:
            reference: as `entry`.
            progress: show on standard error how far it is.

        Returns:
            What became of each shard; it is true where all are as they were written.

        Raises:
            EntryNotFound: there is no such version.
        """
        from atdata.index.verifying import verify

        return verify(self.entry(reference), self.data_store, progress=progress)

    def __repr__(self) -> str:
        return f"<Index {self.url}>"
