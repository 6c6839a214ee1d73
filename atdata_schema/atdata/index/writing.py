"""Samples become a version of a dataset: shards go into a store as they are finished, and the entry appears last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from atdata.index.collecting import take_back
from atdata.index.destination import Destination, check_addable, publish
from atdata.index.entry import Entry
from atdata.index.leases import Held, held
from atdata.index.next_version import Draft
from atdata.index.owners import own
from atdata.index.said import NOTHING, Said
from atdata.index.shard_upload import ShardUpload
from atdata.progress import shown
from atdata.sample_keys import Keys
from atdata.sample_stream import has_flat_rows, opened, schema_to_write
from atdata.shards.names import Target
from atdata.shards.shard_sequence import Options, ShardSequence
from atdata.shards.sidecars import Sidecars
from atdata.writing_rows import write_rows

__all__ = ["Wanted", "write_version"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an author asks of a new version.

    Attributes:
        name: the dataset.
        split: the split that is written; `None` where the data say it.
        version: the version, where one is asked for.
        schema_version: the version of the schema, where one is asked for.
        said: what the author says about it.
    """

    name: str
    split: str | None = None
    version: str | None = None
    schema_version: str | None = None
    said: Said = NOTHING


def write_version(
    destination: Destination,
    samples: Iterable[Any],
    wanted: Wanted,
    options: Options,
    *,
    key: str | Callable[[Any], str] | None = None,
    manifest: bool = False,
    progress: bool,
) -> Entry:
    """Write samples; see `Index.write`."""
    if manifest:
        # Imported where it is needed: most programs write none.
        from atdata.manifest.rows import need_pyarrow

        need_pyarrow("manifest=True")
    first, rest = opened(samples)
    split = wanted.split or "train"
    draft = Draft(
        name=wanted.name,
        schema=schema_to_write(first),
        splits={split: ()},
        version=wanted.version,
        schema_version=wanted.schema_version,
        store=destination.store.url,
        said=wanted.said,
    )
    keys = Keys(key, type(first))
    options = replace(options, flat=has_flat_rows(type(first)))
    if manifest:
        from atdata.manifest.writing import ManifestMaker

        options = replace(options, manifest=ManifestMaker(draft.schema, portable=True))
    check_addable(destination.provider, draft)
    own(destination.store, destination.index, destination.provider.url)
    with _bringing(destination, options) as (lease, sequence, upload):
        with shown(rest, samples, wanted.name, progress) as stream:
            write_rows(sequence, stream, type(first), keys)
        sequence.close()
        draft = replace(draft, splits={split: upload.close()})
        return publish(destination, draft, lease)


@contextmanager
def _bringing(
    destination: Destination, options: Options
) -> Iterator[tuple[Held, ShardSequence, ShardUpload]]:
    """Shards on their way into the store; an exception takes them back."""
    provider, store = destination.provider, destination.store
    with held(provider, store.url, "write") as lease, store.staging(lease.token) as folder:
        target = Target(folder, "data", sharded=True)
        # Without the type: a shard may belong to datasets of several types, and what lies beside it with it.
        sidecars = Sidecars(
            None, columns=options.columns, manifest=options.manifest, flat=options.flat
        )
        upload = ShardUpload(provider, store, lease, sidecars, options.workers)
        sequence = ShardSequence(target.shard, sidecars, options, upload.add)
        try:
            yield lease, sequence, upload
        except BaseException:
            sequence.discard()
            upload.stop()
            take_back(provider, store, destination.index, lease, upload.digests)
            raise
