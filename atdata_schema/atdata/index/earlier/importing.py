"""Taking the datasets of an index of the earlier release into an Index, where their data lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from atdata.errors import AtdataError, CatalogError, EntryExists, SchemaConflict
from atdata.index.destination import Destination, publish
from atdata.index.earlier.data import checksums_of, metadata_of, shards_of
from atdata.index.earlier.report import Imported, Report
from atdata.index.earlier.schemas import name_and_version, nsid_of, schema_of
from atdata.index.earlier.tables import EarlierEntry, EarlierIndex, read_index
from atdata.index.entry import Entry, ShardRecord
from atdata.index.labels import set_label
from atdata.index.names import check_label, check_name
from atdata.index.next_version import Draft
from atdata.index.registering import check_first, record_of
from atdata.index.said import Said
from atdata.index.versions import is_version
from atdata.resolving import class_for
from atdata_schema.schema import Schema

__all__ = ["IMPORTED", "import_index"]

IMPORTED: Final = "dev.atdata.imported"
"""The key of the metadata under which a version says what it was made of."""

_RELEASE: Final = "forecast-bio/atdata"
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]+|\.\.+")


def import_index(
    destination: Destination, path: Path, nsids: Mapping[str, str], prefix: str
) -> Imported:
    """Take an index; see `Index.import_atdata`."""
    return _Import(destination, read_index(path), nsids, prefix).run()


class _Import:
    """One index on its way into another."""

    def __init__(
        self, destination: Destination, earlier: EarlierIndex, nsids: Mapping[str, str], prefix: str
    ) -> None:
        self._destination = destination
        self._provider = destination.provider
        self._earlier = earlier
        self._nsids = nsids
        self._prefix = prefix
        self._schemas: dict[str, tuple[Schema, str]] = {}
        self._made: dict[str, Entry] = {}
        self._report = Report()

    def run(self) -> Imported:
        for entry in self._earlier.entries:
            try:
                self._take(entry)
            except (AtdataError, OSError) as error:
                self._report.refuse(entry, str(error))
        self._take_labels()
        if self._earlier.lenses:
            self._report.note(
                f"{self._earlier.lenses} lenses were left: they are code, or say nothing of what they do"
            )
        return self._report.result()

    def _take(self, earlier: EarlierEntry) -> None:
        if earlier.fault is not None:
            raise CatalogError(earlier.fault)
        name = self._name(earlier)
        known = self._known(earlier, name)
        if known is not None:
            self._made[earlier.cid] = known
            self._report.known.append(known)
            return
        schema, version = self._schema(earlier.schema)
        entry = self._added(earlier, name, schema, version, self._records(earlier, schema))
        self._made[earlier.cid] = entry
        self._report.entries.append(entry)

    def _name(self, earlier: EarlierEntry) -> str:
        """What a dataset is called here: as it was, with `-` for what no name holds."""
        made = self._prefix + earlier.name
        name = check_name(_FOREIGN.sub("-", made).strip("-._")[:128])
        if name != made:
            self._report.note(f"{earlier.name!r} is called {name!r} here")
        return name

    def _known(self, earlier: EarlierEntry, name: str) -> Entry | None:
        """The version that an earlier import made.

        Raises:
            CatalogError: the name is that of another dataset.
        """
        found = [self._provider.entry(name, item) for item in self._provider.versions(name)]
        entries = [entry for entry in found if entry is not None]
        origins = [entry.metadata.get(IMPORTED, {}) for entry in entries]
        for entry, origin in zip(entries, origins, strict=True):
            if origin.get("cid") == earlier.cid:
                return entry
        if entries and all(origin.get("name") != earlier.name for origin in origins):
            raise CatalogError(
                f"{name!r} is another dataset of this Index: import with prefix='earlier-', or another"
            )
        return None

    def _schema(self, reference: str) -> tuple[Schema, str]:
        if reference not in self._schemas:
            name, version = name_and_version(reference)
            stored = self._earlier.schemas.get((name, version))
            if stored is None:
                raise CatalogError(f"its schema {name}@{version} is not in the index")
            self._schemas[reference] = (
                schema_of(stored, self._nsids.get(name, nsid_of(name))),
                version,
            )
        return self._schemas[reference]

    def _records(self, earlier: EarlierEntry, schema: Schema) -> tuple[ShardRecord, ...]:
        """The shards, counted, held against their checksums and against the type.

        Raises:
            CatalogError: one has changed since it was written.
        """
        said, cls = checksums_of(earlier.metadata), class_for(schema)
        records: list[ShardRecord] = []
        for shard in shards_of(earlier.urls):
            record = record_of(shard, lambda _: None)
            checksum = said.get(str(shard.place), said.get(record.url))
            if checksum not in (None, record.sha256):
                raise CatalogError(
                    f"{record.url} has changed since it was written: its sha-256 is {record.sha256}, not {checksum}"
                )
            check_first(shard, cls)
            records.append(record)
            self._note_manifest(shard.place)
        return tuple(records)

    def _note_manifest(self, place: object) -> None:
        if isinstance(place, Path) and place.with_suffix(".manifest.json").exists():
            self._report.manifests += 1

    def _added(
        self,
        earlier: EarlierEntry,
        name: str,
        schema: Schema,
        version: str,
        shards: tuple[ShardRecord, ...],
    ) -> Entry:
        metadata, lost = metadata_of(earlier.metadata)
        if lost:
            self._report.note(f"{earlier.name!r}: metadata that JSON cannot say: {', '.join(lost)}")
        origin = {"release": _RELEASE, "name": earlier.name, "cid": earlier.cid}
        origin |= {"schema": earlier.schema, "created": earlier.created}
        draft = Draft(
            name=name,
            schema=schema,
            splits={"train": shards},
            version=self._version(earlier),
            schema_version=version if is_version(version) else None,
            said=Said("", "", (), {**metadata, IMPORTED: origin}),
        )
        try:
            return publish(self._destination, draft, None)
        except (EntryExists, SchemaConflict):
            entry = publish(
                self._destination, replace(draft, version=None, schema_version=None), None
            )
        self._report.note(
            f"{earlier.name!r} is version {entry.version} here, and its schema {entry.schema.version}"
        )
        return entry

    def _version(self, earlier: EarlierEntry) -> str | None:
        """The version that a label gave it."""
        labels = (item for item in self._earlier.labels if item.cid == earlier.cid)
        given = [label.version for label in labels if is_version(label.version)]
        return given[0] if given else None

    def _take_labels(self) -> None:
        """Labels that are no more than the names of datasets are those already."""
        names = {entry.name for entry in self._earlier.entries}
        for label in self._earlier.labels:
            entry = self._made.get(label.cid)
            if entry is None or label.name in names:
                continue
            try:
                set_label(self._provider, check_label(label.name), entry)
            except CatalogError as error:
                self._report.note(f"the label {label.name!r} was left: {error}")
