"""`write_samples`: samples become shards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from atdata.dataset import Dataset
from atdata.errors import WriteError
from atdata.progress import shown
from atdata.sample_keys import Keys
from atdata.sample_stream import has_flat_rows, opened, schema_to_write
from atdata.shards.dataset_writer import check_free, writing
from atdata.shards.description_file import read_description
from atdata.shards.names import Target
from atdata.shards.reader import ShardFile
from atdata.shards.shard_sequence import Limits, Options
from atdata.shards.sizes import bytes_of, count_of
from atdata.writing_rows import write_rows
from atdata_schema.schema import Schema

__all__ = ["write_samples"]

S = TypeVar("S")


def write_samples(
    samples: Iterable[S],
    path: str | Path,
    *,
    maxcount: int | None = None,
    maxsize: int | str | None = None,
    split: str | None = None,
    key: str | Callable[[S], str] | None = None,
    columns: bool = False,
    manifest: bool = False,
    digests: bool = True,
    workers: int = 2,
    progress: bool = False,
    overwrite: bool = False,
) -> Dataset[S]:
    """Write samples to tar shards, with a `<stem>.dataset.json` beside them and an index beside each.

    Without limits the dataset is one shard at `path`; with one it is `<stem>-000000.tar`,
    `<stem>-000001.tar`, ... All of it appears at once when the last sample is written; if anything goes
    wrong before, nothing of it is left. Samples are taken one by one and never held together.

    Args:
        samples: samples of one class: a list, a generator, another dataset.
        path: where, ending in `.tar`; folders are made.
        maxcount: samples in a shard.
        maxsize: bytes of a shard's file, as a number or as a text such as `"256MB"`. Only a sample that is
            larger by itself makes a larger shard.
        split: the name of the split; without it `train`, unless the stem is `validation` or `test`.
        key: what names a sample in its shard: a field's name, or a function of the sample. Without it
            samples are numbered, `000000000` first.
        columns: write the small fields of each shard once more as columns, to `<shard>.cols`: batches of
            numbers and texts are then read several times faster.
        manifest: write what `Dataset.where` finds samples by, to `<base>.manifest.json` and
            `<base>.manifest.parquet` beside each shard: statistics of its fields, and their values. It needs
            the extra `parquet`.
        digests: compute the sha-256 of each shard and of its blocks, with which readers find damage and
            stores name shards. Side threads do it while the samples are written; with `False` large arrays
            are written at the speed of memory instead, and nothing can be verified later.
        workers: shards that may be on their way to the disk, and have their digests computed, by side
            threads while the next ones are written. The files are the same with any number.
        progress: show on standard error how far it is.
        overwrite: replace a complete dataset that stands there. It stays readable until the new one is
            whole; then the shards that it owned and the new one does not are removed.

    Returns:
        The dataset, open for reading.

    Raises:
        ValidationError: a value that its field does not allow; the message has the sample's number and key.
        WriteError: no samples, samples of several classes, a class that is no sample type, a key that is
            not allowed or stands twice, or an argument that says nothing.
        DatasetExists: a complete dataset stands there and `overwrite` is not given, or a file that belongs
            to no dataset stands where a shard should be.
        MissingExtra: `manifest` is given and the extra `parquet` is not installed.
        OSError: the disk is full or the folder may not be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> words = (Word(text) for text in ["one", "two", "three"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds = atdata.write_samples(words, Path(folder) / "words.tar", maxcount=2)
    ...     print(ds, sorted(path.name for path in Path(folder).glob("*.tar")))
    <Dataset[Word]: 3 samples, 2 shards, split 'train'> ['words-000000.tar', 'words-000001.tar']
    """
    limits = Limits(
        None if maxcount is None else count_of("maxcount", maxcount, WriteError),
        None if maxsize is None else bytes_of(maxsize),
    )
    options = Options(limits, overwrite, digests, columns, count_of("workers", workers, WriteError))
    for name, wanted in (("columns", columns), ("manifest", manifest)):
        if wanted and not digests:
            raise WriteError(f"{name}=True needs digests: the file names its shard by its sha-256")
    if manifest:
        # Imported where it is needed: most programs write none.
        from atdata.manifest.rows import need_pyarrow

        need_pyarrow("manifest=True")
    target = Target.of(path, sharded=bool(limits))
    name = target.split(split)
    check_free(target, overwrite=overwrite)
    first, rest = opened(samples)
    schema = schema_to_write(first)
    options = replace(options, flat=has_flat_rows(type(first)))
    if manifest:
        from atdata.manifest.writing import ManifestMaker

        options = replace(options, manifest=ManifestMaker(schema))
    with (
        writing(target, schema.to_json(), name, options) as writer,
        shown(rest, samples, target.path.name, progress) as stream,
    ):
        write_rows(writer.shards, stream, type(first), Keys(key, type(first)))
    return _reopened(target, name, type(first), schema)


def _reopened(target: Target, split: str, cls: type[S], schema: Schema) -> Dataset[S]:
    entries = read_description(target.description).splits[split]
    files = tuple(ShardFile(target.folder / entry.file, entry) for entry in entries)
    return Dataset(files, cls, schema=schema, split=split)
