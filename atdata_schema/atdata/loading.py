"""`load_dataset`: shards become a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, overload

from atdata.compatibility import check_readable
from atdata.dataset import Dataset
from atdata.errors import AtdataError, DatasetNotFound, DescriptionError, LoadError
from atdata.location import Located, choose
from atdata.remote.s3_access import S3Access
from atdata.remote_location import locate_anywhere, shown
from atdata.shards.index.blocks import Verify
from atdata_schema.compare import differences
from atdata_schema.errors import SchemaMismatch
from atdata_schema.schema import Schema

__all__ = ["load_dataset"]

S = TypeVar("S")


@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: type[S],
    split: str | None = None,
    *,
    verify: Verify = "first",
    access: S3Access | None = None,
) -> Dataset[S]: ...
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: None = None,
    split: str | None = None,
    *,
    verify: Verify = "first",
    access: S3Access | None = None,
) -> Dataset[Any]: ...
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: type[Any] | None = None,
    split: str | None = None,
    *,
    verify: Verify = "first",
    access: S3Access | None = None,
) -> Dataset[Any]:
    """Open a dataset of files, local ones or elsewhere.

    Args:
        path: the path that it was written to (`"out/data.tar"`), one of its shards, its `dataset.json`, a
            folder, a pattern with wildcards (`"out/*.tar"`) or braces (`"out/data-{000000..000003}.tar"`),
            or a list of such paths, which are read as one dataset in that order. A folder is the set of its
            `*.dataset.json`; without any, the names of its `*.tar` say the splits. Or an address:
            `s3://bucket/…` of any of these, `https://…` of a shard, of shards with braces, or of a `dataset.json`.
        sample_type: the class of the samples. Without it, a class made from the stored schema; without a
            stored schema, `DictSample`.
        split: which split, where there are several.
        verify: whether contents are held against the digests of their blocks when a block is first read,
            `"always"` or `"never"`. The structure is checked always.
        access: how an S3 service is reached, such as `S3Access(anonymous=True)` for a public bucket; without it,
            what the environment, `~/.aws` and the machine's role say.

    Raises:
        DatasetNotFound: there is nothing at the path.
        DatasetIncomplete: its writing never came to its end.
        DescriptionError: its `dataset.json` cannot be read.
        SplitError: there is no such split, or several and none is asked for.
        SchemaMismatch: the class does not read the data; the message lists the differences.
        SourceError: the files lie elsewhere and cannot be read.
        LoadError: nothing is read from such a path, or `sample_type` is no sample class.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "words.tar"
    ...     _ = atdata.write_samples([Word("one"), Word("two")], path)
    ...     print(atdata.load_dataset(path, Word).head(1), atdata.load_dataset(path)[1].text)
    [Word(text='one')] two
    """
    if verify not in get_args(Verify):
        raise LoadError(f"verify is {verify!r}: give one of {', '.join(get_args(Verify))}")
    found = _located(path, split, access)
    stored = _schema(found)
    if sample_type is None:
        sample_type = _class_for(stored)
    else:
        check_readable(stored, sample_type)
    splits = {item.split for item in found}
    name = next(iter(splits)) if len(splits) == 1 else None
    return Dataset(
        tuple(item.file for item in found), sample_type, schema=stored, split=name, verify=verify
    )


def _located(
    path: str | Path | Sequence[str | Path], split: str | None, access: S3Access | None
) -> list[Located]:
    if isinstance(path, str | Path):
        found = locate_anywhere(path, access)
        _schema(found)  # splits of one dataset have one type, whichever of them is asked for
        return choose(found, split, shown(path))
    found = [item for part in _list(path) for item in locate_anywhere(part, access)]
    if not found:
        raise DatasetNotFound("the list of paths is empty")
    # A list says what is meant: its shards are one dataset, whatever splits they came from.
    return found if split is None else choose(found, split, "the list of paths")


def _list(paths: object) -> list[str | Path]:
    listed: list[str | Path] = []
    for item in paths if isinstance(paths, Iterable) else [paths]:
        if not isinstance(item, str | Path):
            raise LoadError(f"a path is a {type(item).__name__}: give a path or a list of paths")
        listed.append(item)
    return listed


def _schema(found: Sequence[Located]) -> Schema | None:
    """The schema that all shards have.

    Raises:
        SchemaMismatch: they have different ones.
        DescriptionError: a stored schema is not as it should be.
        LoadError: some have one and others have none.
    """
    stored: dict[str, Located] = {}
    bare = [item for item in found if item.schema is None]
    for item in found:
        if item.schema is not None:
            stored.setdefault(f"{item.schema['id']} {item.schema['cid']}", item)
    if stored and bare:
        raise LoadError(
            f"{bare[0].file.place} has no dataset.json, while other shards have one; load them apart"
        )
    schemas = [(_read(item), item) for item in stored.values()]
    for schema, item in schemas[1:]:
        found_differences = differences(schemas[0][0].model, schema.model)
        if found_differences:
            raise SchemaMismatch(
                f"{schemas[0][1].origin} and {item.origin} hold different types; load them apart:",
                found_differences,
            )
    return schemas[0][0] if schemas else None


def _read(item: Located) -> Schema:
    try:
        return Schema.from_json(item.schema)
    except AtdataError as error:
        raise DescriptionError(f"{item.origin}: schema: {error}") from error


def _class_for(schema: Schema | None) -> type[Any]:
    # Imported where they are needed: a program with classes of its own needs neither.
    if schema is None:
        from atdata.samples.dynamic import DictSample

        return DictSample
    from atdata.samples.build import sample_class

    return sample_class(schema)
