"""What an Index can be asked: datasets, versions, types, lenses, labels, and whether the data are as they were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from atdata.index.entry import Entry
from atdata.index.finding import find_entry, find_schema
from atdata.index.names import check_name
from atdata.index.opening import Ends
from atdata.index.providers.provider import Label, Provider, Search, StoredLens, StoredSchema
from atdata.stores.store import Store

if TYPE_CHECKING:
    from atdata.index.verifying import Verified
    from atdata_schema.lenses import Graph, Lens
    from atdata_schema.lenses.routes.graph import Pins, Trust

__all__ = ["Catalogue"]

S = TypeVar("S")
V = TypeVar("V")


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

    # Lenses.

    def lenses(self, *, source: object = None, view: object = None) -> list[StoredLens]:
        """The stored lenses by name, as records.

        Args:
            source: those that lead from a type alone: a sample class, its CID, or its NSID.
            view: those that lead to a type alone; likewise.
        """
        from atdata.index.lenses import stored_lenses

        return stored_lenses(self.provider, source, view)

    @overload
    def lens(
        self,
        reference: str,
        source: type[S],
        view: type[V],
        *,
        externs: Mapping[str, Any] | None = None,
    ) -> Lens[S, V]: ...
    @overload
    def lens(
        self,
        reference: str,
        source: type[Any] | None = None,
        view: type[Any] | None = None,
        *,
        externs: Mapping[str, Any] | None = None,
    ) -> Lens[Any, Any]: ...
    def lens(
        self,
        reference: str,
        source: type[Any] | None = None,
        view: type[Any] | None = None,
        *,
        externs: Mapping[str, Any] | None = None,
    ) -> Lens[Any, Any]:
        """A stored lens, ready to be run by the interpreter: checked anew, its types and claims included.

        Args:
            reference: its name, or its CID.
            source: the class of the samples that it reads; without it this program's of the type, or one that
                is made.
            view: the class of those that it gives; likewise.
            externs: the code of the externs that it declares, by name. A record brings none.

        Raises:
            EntryNotFound: there is no such lens.
            LensError: it is wrong, is not what the Index says it is, or is of other types than the classes.
        """
        from atdata.index.lenses import find_lens, lens_of

        return lens_of(find_lens(self.provider, reference), source, view, externs)

    def lens_graph(
        self,
        source: str | None = None,
        *,
        trust: Trust | None = None,
        pins: Pins | None = None,
    ) -> Graph:
        """The stored lenses as ways between types; `ds.as_type(View, lenses=index)` takes the best one.

        Lenses that need the code of an extern are no ways.

        Args:
            source: the CID of the type to begin at; the others are not read then.
            trust: how far each lens is trusted: 0 most, larger less, `None` not at all.
            pins: ways that were chosen for good, from the CIDs of two types to those of lenses.

        Raises:
            LensError: a stored lens is wrong.
        """
        from atdata.index.lenses import graph_from

        return graph_from(self.provider, source, trust, pins)

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
