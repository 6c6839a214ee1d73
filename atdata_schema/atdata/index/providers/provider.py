"""The contract of a provider: the tables of an Index, whatever database holds them.

A provider stores and finds; what a write means (the next version, compatibility, what becomes of files) is
the Index's to say. Every method is one transaction: it happens whole or not at all, also when the process
or the server goes away in the middle, and is safe against any number of processes doing the same. A method
that gives an iterator reads page after page: what is added or removed meanwhile may show in it or not, and
nothing shows twice.

Names, labels, NSIDs and the like are texts of 1 to 1,024 bytes without NUL characters; what else the Index
asks of them is not looked at here. Where one is looked for that cannot be one, there is none; what is no
version is refused everywhere (`NameRefused`).

`atdata.testing.providers` has this contract as tests, for whoever writes a provider.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from atdata.index.entry import Entry
from atdata.index.stored_lens import StoredLens
from atdata.index.stored_schema import StoredSchema

__all__ = ["Label", "Lease", "Provider", "Search", "StoredLens", "StoredSchema"]


@dataclass(frozen=True, slots=True)
class Label:
    """A movable name for one version of a dataset, such as `baseline`.

    Attributes:
        label: the name.
        name: the dataset.
        version: the version that it stands for now.
        created: when it was last moved, RFC 3339 in UTC.
    """

    label: str
    name: str
    version: str
    created: str


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: datasets whose latest version is such that all of it is true.

    The best are those all of whose words stand in the name; then those whose words stand in the name or the
    tags; then in these, the NSID or the names of fields; then the others.

    Attributes:
        text: words, each of which (or a word that begins with it) stands in the name, the description, a tag,
            the schema's NSID or the name or description of a field; upper and lower case are the same (see
            `atdata.words`). Nothing in it is an operator. Spaces alone ask for nothing, signs alone find
            nothing.
        field: a sample type that has a field of this name.
        tags: all of these tags, each as it was written.
        schema: the NSID of the schema.
        limit: at most so many; the best first, of equal ones the newest, of these the first by name.
    """

    text: str = ""
    field: str | None = None
    tags: Sequence[str] = ()
    schema: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A writer or a collector at work on a store.

    Attributes:
        token: 32 hexadecimal digits, made anew for each write.
        store: the URL of the store.
        kind: `"write"` or `"collect"`.
        host: the name of the machine.
        pid: the process.
        renewed: when it last said that it lives, in seconds since 1970 by the provider's own clock (the
            server's, where there is one).
    """

    token: str
    store: str
    kind: str
    host: str
    pid: int
    renewed: float


class Provider(ABC):
    """The tables of an Index. One object may be used by several threads, and works on after fork.

    Attributes:
        url: where they are, without credentials.

    Every method raises `ProviderError` where the database cannot be reached, is locked for too long, may not
    be written, is of a newer version, or is no such database; the message says which, and the remedy.
    """

    url: str

    @abstractmethod
    def identity(self) -> str:
        """A text that other tables do not have, whatever URL they are reached by; it is made with the tables.

        An Index says so in the stores that it writes to, and does not collect where another one has: what two
        URLs name may be one Index, and what one URL names on two machines may be two. Where tables are easily
        copied, the text says where they are too.
        """

    # Schemas.

    @abstractmethod
    def add_schema(self, schema: StoredSchema) -> None:
        """Store a schema; the same one again is nothing new, and what was stored stays.

        Raises:
            SchemaConflict: the version names another type CID.
            NameRefused: the NSID or the version cannot be one.
        """

    @abstractmethod
    def schema(self, id: str, version: str | None = None) -> StoredSchema | None:
        """A schema, by its version or the latest one in semver's order (a pre-release only where there is nothing else)."""

    @abstractmethod
    def schemas(self) -> Iterator[StoredSchema]:
        """Every schema, by NSID and then in semver's order."""

    # Entries.

    def add_entry(self, entry: Entry, schema: StoredSchema, lease: str | None = None) -> None:
        """Store an entry, with its schema, and with the field names and descriptions of the schema for `search`.

        Args:
            entry: the new version.
            schema: its schema, stored with it where it is new.
            lease: the token of the write whose claims it makes use of; they end with this, the lease goes on.

        Raises:
            EntryExists: this version of the name is there.
            SchemaConflict: as `add_schema`.
            LeaseLost: the lease is not there any more, so that what it claimed may have been collected; or a
                shard of it that lies in a store is being deleted.
            NameRefused: the name or the version cannot be one.
            CatalogError: it holds what cannot be stored, such as metadata that JSON would change.
        """
        self.add_entries([(entry, schema)], lease)

    @abstractmethod
    def add_entries(
        self, items: Iterable[tuple[Entry, StoredSchema]], lease: str | None = None
    ) -> None:
        """Store several entries, all or none; this costs much less than one after the other.

        Args:
            items: entries with their schemas.
            lease: as `add_entry`.

        Raises:
            CatalogError: as `add_entry`, of any one of them.
        """

    @abstractmethod
    def entry(self, name: str, version: str | None = None) -> Entry | None:
        """An entry, by its version or the latest one in semver's order (a pre-release only where there is nothing else)."""

    @abstractmethod
    def versions(self, name: str) -> list[str]:
        """Every version of a name, in semver's order; empty where there is no such name."""

    @abstractmethod
    def entries(self, *, latest: bool = True) -> Iterator[Entry]:
        """The latest entry of each name, or every entry, by name and then in semver's order."""

    @abstractmethod
    def delete(self, name: str, version: str | None = None) -> list[Entry]:
        """Remove one version or all of a name, with the labels that point to them; what was removed.

        Shards stay: collecting them is another step.
        """

    @abstractmethod
    def search(self, query: Search) -> list[Entry]:
        """The entries that are looked for."""

    # Lenses.

    @abstractmethod
    def add_lens(self, lens: StoredLens) -> None:
        """Store a lens under its name; the same one again is nothing new, and what was stored stays.

        Raises:
            EntryExists: another lens, one with another CID, has the name.
            NameRefused: the name or a CID cannot be one.
            CatalogError: it holds what cannot be stored.
        """

    @abstractmethod
    def lens(self, name: str) -> StoredLens | None:
        """A lens by its name."""

    @abstractmethod
    def lenses(
        self, *, source: str | None = None, view: str | None = None, cid: str | None = None
    ) -> Iterator[StoredLens]:
        """The lenses by name, in the order of code points.

        Args:
            source: those that lead from the type with this CID alone.
            view: those that lead to the type with this CID alone.
            cid: those with this CID alone.
        """

    @abstractmethod
    def delete_lens(self, name: str) -> bool:
        """Remove a lens; whether there was one."""

    # Labels.

    @abstractmethod
    def set_label(self, label: Label) -> None:
        """Make a label, or move it.

        Raises:
            EntryNotFound: it would point to nothing.
        """

    @abstractmethod
    def label(self, label: str) -> Label | None:
        """A label by its name."""

    @abstractmethod
    def labels(self, name: str | None = None) -> list[Label]:
        """The labels of a dataset, or all of them, by name."""

    @abstractmethod
    def delete_label(self, label: str) -> bool:
        """Remove a label; whether there was one."""

    # What keeps writers and collectors apart. A writer takes a lease, claims the digest of each shard before it
    # looks whether the store has it (of shards that it takes over from another version, too), and adds its
    # entry with the lease. A collector condemns digests, which it is granted only where no entry and no claim
    # names them, deletes the files, and absolves them.
    #
    # Digests are not told apart by store: one that an entry of any store has, or that a write to any store
    # claims, is not collected anywhere. One store may be known by several URLs, and then this is what keeps files.
    #
    # Whoever ends the lease of another (`release`) says that its process is dead. A collector that only stood
    # still would go on to delete what somebody may have claimed by then, so it renews its lease before each
    # deletion and stops where it is lost, and its lease is ended only long after it was renewed.

    @abstractmethod
    def lease(self, lease: Lease) -> None:
        """Begin a write or a collection; `renewed` is set here."""

    @abstractmethod
    def renew(self, token: str) -> bool:
        """Say that it lives; whether it was still there."""

    @abstractmethod
    def release(self, token: str) -> None:
        """End it, with its claims and what it condemned."""

    @abstractmethod
    def leases(self, store: str) -> list[tuple[Lease, float]]:
        """The leases on a store, each with its age in seconds since it was renewed."""

    @abstractmethod
    def claim(self, token: str, digests: Iterable[str]) -> list[str]:
        """Claim digests for a write. Those that are condemned are not claimed and are returned: wait and try again.

        The others of the same call are claimed; what was claimed before stays so.

        Raises:
            LeaseLost: the lease is not there any more.
        """

    @abstractmethod
    def condemn(self, token: str, digests: Iterable[str]) -> list[str]:
        """Mark digests as being deleted; returns those that this lease may delete.

        These are those that no entry's shard has, no lease claims, and no other lease has marked: were two to
        delete one file, the slower one might delete what was written after the faster one was through.

        Raises:
            LeaseLost: the lease is not there any more.
        """

    @abstractmethod
    def absolve(self, token: str, digests: Iterable[str]) -> None:
        """Their files are deleted: they may be claimed again. What other leases marked stays."""

    # The database.

    @abstractmethod
    def close(self) -> None:
        """Give back connections; the object opens new ones when it is used again."""
