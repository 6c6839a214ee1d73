"""`Index`: datasets by name and version, with their types and their data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata.errors import EntryNotFound
from atdata.index.entry import Entry
from atdata.index.names import Reference, check_label
from atdata.index.opening import Ends
from atdata.index.promoting import Promoting
from atdata.index.providers.provider import Label, Provider, StoredLens
from atdata.stores.store import Store
from atdata_schema.syntax.quoting import quoted

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.dataset import Dataset
    from atdata.index.collecting import Collected
    from atdata.index.earlier.report import Imported
    from atdata_schema.lenses import Lens
    from atdata_schema.schema import Schema

__all__ = ["Index"]


class Index(Promoting):
    """A catalogue of datasets: names, versions, types, and where the shards lie.

    Without arguments it is a SQLite file in the user's data folder (`ATDATA_HOME` moves it), which all
    processes of the user share, and the shards lie beside it. Versions never change: writing makes a new
    one, which appears whole or not at all. Processes may write, delete and collect at the same time.

    An Index is cheap to make; it connects when it is first asked for something. It works on after fork and
    may be used by several threads.

    Args:
        provider: the tables: a URL (`"sqlite:///path/index.db"`, `"redis://..."`, `"postgresql://..."`), the
            path of a SQLite file, or a `Provider`.
        data_store: where `write` puts shards: a `Store`, a folder, or a URL (`"file:///..."`,
            `"s3://bucket/prefix"`). Without it, a folder beside the user's Index.
        atmosphere: the session with which datasets are published.

    Raises:
        CatalogError: the URL or the path is none that can be used.

    >>> import os, tempfile
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     index = Index(f"{folder}/index.db", f"{folder}/data")
    ...     entry = index.write([Word("one"), Word("two")], name="words", description="Numbers")
    ...     again = index.write([Word("three")], name="words", split="test")
    ...     print(entry.version, again.version, list(again.splits), again.samples)
    ...     print([found.name for found in index.search("numb")], index.verify("words").ok)
    1.0.0 1.1.0 ['train', 'test'] 3
    ['words'] True
    """

    def __init__(
        self,
        provider: Provider | str | Path | None = None,
        data_store: Store | str | Path | None = None,
        atmosphere: Atmosphere | None = None,
    ) -> None:
        self._ends = Ends(provider, data_store)
        self.atmosphere = atmosphere

    # Writing.

    def write(
        self,
        samples: Iterable[Any],
        *,
        name: str,
        version: str | None = None,
        split: str | None = None,
        description: str | None = None,
        license: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        schema_version: str | None = None,
        maxcount: int | None = None,
        maxsize: int | str | None = None,
        manifest: bool = False,
        key: str | Callable[[Any], str] | None = None,
        columns: bool = False,
        workers: int = 2,
        progress: bool = False,
    ) -> Entry:
        """Write samples as a new version of a dataset.

        Samples are taken one by one, and shards go into the store as they are finished, so that neither
        memory nor the local disk ever holds more than a few shards. Shards, schema and entry appear
        together, when the last sample is written, or not at all: if anything goes wrong before, nothing is
        left, and what a killed process leaves is collected by `gc`.

        The new version has the split that is written, and all others of the version before. Description,
        license, tags and metadata are those of the version before, unless they are given.

        Args:
            samples: samples of one class: a list, a generator, another dataset.
            name: the dataset; 1 to 128 characters of `A-Z a-z 0-9 . _ -`.
            version: the version, as `"1.2.0"`. Without it the next one: 1.0.0 first, then another minor, or
                another major where the type has changed so that old data or old code break.
            split: which split this is, `train` without it.
            description: what the dataset is, for people; `search` looks into it.
            license: an SPDX identifier or another text.
            tags: words to find it by.
            metadata: what else there is to say, as JSON.
            schema_version: the version of the type. Without it the one that the type is known under, or the
                next one.
            maxcount: samples in a shard.
            maxsize: bytes of a shard, as a number or a text such as `"1GB"`; 256 MB without `maxcount`.
            manifest: write what `Dataset.where` finds samples by; it needs the extra `parquet`.
            key: what names a sample in its shard: a field's name, or a function of the sample.
            columns: write the small fields of each shard once more as columns.
            workers: shards that may be on their way to the disk, and as many to the store, while the next
                ones are written.
            progress: show on standard error how far it is.

        Raises:
            ValidationError, WriteError: as `write_samples`.
            NameRefused: the name or a version cannot be one.
            EntryExists: the version that is given is there.
            SchemaConflict: the version that is given does not announce a breaking change of the type, or
                `schema_version` names another type; the message lists what breaks.
            LeaseLost: the process stood still for so long that it was taken for dead.
            ProviderError, StoreError: the database or the store cannot be reached, denies, or is full.
            OSError: the disk is full, on which shards wait for the store.
        """
        from atdata.index.asking import options_of, wanted_of
        from atdata.index.writing import write_version

        wanted = wanted_of(
            name, split, version, schema_version, description, license, tags, metadata
        )
        options = options_of(maxcount, maxsize, columns, workers)
        return write_version(
            self._ends.destination,
            samples,
            wanted,
            options,
            key=key,
            manifest=manifest,
            progress=progress,
        )

    def add(
        self,
        data: Dataset[Any] | str | Path,
        *,
        name: str,
        version: str | None = None,
        split: str | None = None,
        description: str | None = None,
        license: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        schema_version: str | None = None,
        copy: bool = False,
        progress: bool = False,
    ) -> Entry:
        """Register a dataset that is there, as a new version; see `write` for what is not said here.

        Args:
            data: a dataset, or the path or URL of one.
            name: the dataset.
            version: as `write`.
            split: which of the dataset's splits; where it has one, what that is called here. Without it all.
            description: as `write`.
            license: as `write`.
            tags: as `write`.
            metadata: as `write`.
            schema_version: as `write`.
            copy: bring the shards into the store, as they are. Without it they are registered where they
                lie, and it is yours to keep them there unchanged; `verify` tells.
            progress: show on standard error how far it is.

        Raises:
            DatasetNotFound: there is nothing at the path.
            LoadError: a shard that cannot be read, or samples without a type.
            WriteError: a view whose samples are no shards; with `copy` it is written.
            CatalogError, StoreError: as `write`.
        """
        from atdata.index.adding import add_version
        from atdata.index.asking import wanted_of

        wanted = wanted_of(
            name, split, version, schema_version, description, license, tags, metadata
        )
        return add_version(self._ends.destination, data, wanted, copy=copy, progress=progress)

    def import_atdata(
        self, path: str | Path, *, nsids: Mapping[str, str] | None = None, prefix: str = ""
    ) -> Imported:
        """Take in the datasets of an index of the earlier release, `forecast-bio/atdata` 0.3 to 0.7.

        Their shards stay where they are; each is read once, counted, and held against its checksum and the
        type. What was taken by an earlier call is not taken again.

        Args:
            path: the SQLite file, or its folder; that release kept it in `~/.atdata/index.db`.
            nsids: the NSID that each class is to have, by its name. Without one it is `local.packable.`
                and the name, as of a `@packable` class, so that such a class reads the data.
            prefix: what the names of the datasets are to begin with.

        Returns:
            What was made, what was refused and why.

        Raises:
            CatalogError: there is no such index.
        """
        from atdata.index.earlier.importing import import_index

        return import_index(self._ends.destination, Path(path).expanduser(), nsids or {}, prefix)

    # Lenses.

    def store_lens(
        self,
        lens: Lens[Any, Any] | Mapping[str, Any] | str,
        *,
        name: str | None = None,
        types: Iterable[type[Any] | Schema] = (),
    ) -> StoredLens:
        """Store a lens of the lens language as a record, with its types, which are pinned by their CIDs.

        It is checked before; what it claims is computed, never taken over. Lenses written in Python are not
        stored: nobody who reads a record should have to run its author's code.

        Args:
            lens: the lens, its text, or its record `dev.atdata.lens` as JSON objects.
            name: what it is called here; without it, its own name.
            types: for a text or a record, the classes or the schemas of its types; else those are taken that
                the Index has, of what the lens does not pin the latest.

        Returns:
            What was stored; what was there, where it is the same lens.

        Raises:
            LensError: it is wrong, its types are not known, or it is code.
            EntryExists: another lens has the name.
            NameRefused: the name cannot be one.
        """
        from atdata.index.lenses import store_lens

        return store_lens(self.provider, lens, name, types)

    def delete_lens(self, name: str) -> None:
        """Remove a lens by its name.

        Raises:
            EntryNotFound: there is no such lens.
        """
        if not self.provider.delete_lens(name):
            raise EntryNotFound(f"there is no lens {quoted(str(name))} in {self.url}")

    # Labels.

    def label(self, label: str, target: str) -> Label:
        """Give one version of a dataset a movable name: `index.label("best", "training-v1@1.2.0")`.

        It is then found as `training-v1@best`. The same label given again moves to another version.

        Args:
            label: the name; all labels of an Index are different.
            target: the version: `"name"` is the latest one now, `"name@1.2.0"`, `"name@label"`.

        Raises:
            NameRefused: the label cannot be one.
            EntryNotFound: there is no such version.
            CatalogError: the label is one of another dataset.
        """
        from atdata.index.labels import set_label

        return set_label(self.provider, check_label(label), self.entry(target))

    def delete_label(self, label: str) -> None:
        """Remove a label; what it stood for stays.

        Raises:
            EntryNotFound: there is no such label.
        """
        if not self.provider.delete_label(check_label(label)):
            raise EntryNotFound(f"there is no label {label!r} in {self.url}")

    # Keeping.

    def delete(self, reference: str) -> list[Entry]:
        """Remove one version of a dataset (`"name@1.2.0"`, `"name@label"`), or all of them (`"name"`).

        Shards that no other version has are then nobody's, until `gc` collects them.

        Returns:
            What was removed.

        Raises:
            EntryNotFound: there is nothing to remove.
        """
        from atdata.index.deleting import delete

        return delete(self._ends.destination, Reference.of(reference))

    def gc(
        self, *, dry_run: bool = False, older_than: float = 0.0, published: bool = False
    ) -> Collected:
        """Take out of the store what no version needs: shards of deleted versions and of writes that failed.

        It may run while others write. Writes whose process is gone are ended; one on another machine is
        taken for dead when nothing was heard of it for ten minutes.

        Args:
            dry_run: only say what would be done.
            older_than: seconds; what was put into the store since then stays.
            published: take out also what records name that `promote_entry` has published where it lies. Do so
                when the records are gone: the Index does not ask for them.

        Raises:
            CatalogError: another Index keeps shards in the same store.
            StoreError, ProviderError: the store or the database cannot be reached, or denies.
        """
        from atdata.index.collecting import collect

        ends = self._ends.destination
        return collect(
            ends.provider,
            ends.store,
            ends.index,
            dry_run=dry_run,
            older_than=older_than,
            published=published,
        )

    def close(self) -> None:
        """Give back connections; the Index opens new ones when it is used again."""
        self._ends.close()

    def __getstate__(self) -> dict[str, object]:
        # A session is not for other processes.
        return {"_ends": self._ends, "atmosphere": None}
