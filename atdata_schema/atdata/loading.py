"""`load_dataset`: shards become a dataset, or one for each split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, get_args, overload

from atdata.bridging import lens_for
from atdata.dataset import Dataset
from atdata.dataset_dict import DatasetDict
from atdata.errors import LoadError
from atdata.finding import find
from atdata.located import Located
from atdata.network_options import NetworkOptions, is_published
from atdata.remote_location import shown
from atdata.resolving import class_for
from atdata.shards.index.blocks import Verify
from atdata.splits import Splits
from atdata.stored_schema import stored_schema, with_form

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere
    from atdata.index.index import Index
    from atdata.lenses.finding import Lenses
    from atdata.remote.s3_access import S3Access

__all__ = ["load_dataset", "load_splits"]

S = TypeVar("S")


class _Options(TypedDict, total=False):
    index: Index | str | None
    access: S3Access | None
    streaming: bool
    cache: bool | None
    extra: bool
    verify: Verify
    lenses: Lenses | None
    trust: str
    locked: bool
    lock: str | Path | None
    offline: bool | None
    atmosphere: Atmosphere | None


# Without `split` a folder may hold several, which no type checker can know: the result is a `Dataset`, or
# something else (`Any`). `ds["train"]` is a `Dataset` of the class either way, at run time too.
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: type[S],
    split: str,
    **options: Unpack[_Options],
) -> Dataset[S]: ...
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: type[S],
    split: list[str] | tuple[str, ...],
    **options: Unpack[_Options],
) -> list[Dataset[S]]: ...
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: type[S],
    split: None = None,
    **options: Unpack[_Options],
) -> Dataset[S] | Any: ...
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: None = None,
    *,
    split: str,
    **options: Unpack[_Options],
) -> Dataset[Any]: ...
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: None = None,
    *,
    split: list[str] | tuple[str, ...],
    **options: Unpack[_Options],
) -> list[Dataset[Any]]: ...
@overload
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: None = None,
    split: None = None,
    **options: Unpack[_Options],
) -> Dataset[Any] | Any: ...
def load_dataset(
    path: str | Path | Sequence[str | Path],
    sample_type: type[Any] | None = None,
    split: str | Sequence[str] | None = None,
    *,
    index: Index | str | None = None,
    access: S3Access | None = None,
    streaming: bool = False,
    cache: bool | None = None,
    extra: bool = False,
    verify: Verify = "first",
    lenses: Lenses | None = None,
    trust: str = "signed",
    locked: bool = False,
    lock: str | Path | None = None,
    offline: bool | None = None,
    atmosphere: Atmosphere | None = None,
) -> Any:
    """Open a dataset.

    Args:
        path: the path that it was written to (`"out/data.tar"`), one of its shards, its `dataset.json`, a
            folder, a pattern with wildcards (`"out/*.tar"`) or braces (`"out/data-{000000..000003}.tar"`);
            `s3://bucket/…` of any of these, `https://…` of a shard, of shards with braces, or of a `dataset.json`;
            a name in an Index, such as `@local/cells@1.2.0`; a dataset of the AT Protocol network,
            `@handle/name`, `@handle/name@1.2.0` or `at://…`; or a list of such paths, which are read as one
            dataset in that order.
        sample_type: the class of the samples: that of their type, of an earlier or later version of it, or any
            other that reads them, or that a lens leads to. Without it, the class of this program that is the stored type, if one is
            imported, else a class made from the stored schema; without a schema, `DictSample`.
        split: which split, or which part: `"train"`, `"train[:10%]"`, `"train[100:]+test"`, `"all"`; a list of
            such gives a list of datasets. Without it, a `DatasetDict` where there are several splits, and the
            dataset where there is one. A list of paths without it is one dataset, whatever splits they are of.
        index: the Index, or its URL, that `@local` means; without it, the one in `ATDATA_HOME`.
        access: how an S3 service is reached, such as `S3Access(anonymous=True)` for a public bucket; without it,
            what the environment, `~/.aws` and the machine's role say. Buckets that a record of the network names are
            read by an access that is given here, or as everybody can.
        streaming: read once through, from the front, with nothing found out or kept ahead of that: `for`,
            `ordered`, `take`, `map`, `filter`. There is no length (unless a `dataset.json` says it), no sample
            by position and no shuffled order.
        cache: what is kept in the cache folder of what is read. Without it, the blocks of plain shards elsewhere, as they
            are fetched; with `True`, packed shards (`.tar.gz`, `.tar.zst`) too, which are unpacked once, so that they
            can be read like plain ones; with `False`, and where `streaming` is, nothing of the shards.
        extra: keep entries that the class does not declare, in `sample.extra`.
        verify: whether contents are held against the digests of their blocks when a block is first read,
            `"always"` or `"never"`. The structure is checked always.
        lenses: lenses to choose from, a `LensGraph` or an Index. Where they lead from the stored type to
            `sample_type`, the samples are seen through them. Without any, the class reads the data itself, or,
            where it does not, a lens of the Index leads there.
        trust: how much has to be proved about the records of a dataset of the network: `"signed"`, that they are the
            account's; `"cid"`, that they are what a lock or a reference pins; `"unverified"`, what its server says.
        locked: read what the lock pins for a dataset of the network, and nothing else.
        lock: the path of the lock, `atdata.lock`, in which is kept what was read of the network; without it the one in
            the working folder, where it is there.
        offline: ask no server of the network, and read what was kept; without it, what `ATDATA_OFFLINE` says.
        atmosphere: who reads from the network, `atdata.atmosphere.Atmosphere`; without it, anybody.

    Raises:
        DatasetNotFound: there is nothing at the path.
        DatasetIncomplete: its writing never came to its end.
        DescriptionError: its `dataset.json` cannot be read.
        SplitNotFound: there is no such split.
        SplitError: `split` is no expression, or asks for samples that are not there; or names say the splits
            unclearly, and the message lists them.
        SchemaMismatch: the class does not read the data, and no lens leads there; the message says what breaks.
        AmbiguousLensPath: several lenses lead there equally well, and do not do the same.
        SourceError: the files lie elsewhere and cannot be read.
        CatalogError: the Index has no such dataset, or cannot be read.
        ProofError: a record of the network is not proved as asked: forged, altered, of an earlier state.
        IdentityError: its account cannot be found, or a handle is not its own.
        RecordError: a record of the network says what cannot be used.
        LockError: the lock pins something else, or nothing.
        LoadError: nothing is read from such a path, or an argument is not what it should be.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "words.tar"
    ...     _ = atdata.write_samples(map(Word, ["one", "two", "three"]), path)
    ...     print(atdata.load_dataset(path, Word).head(1), atdata.load_dataset(path)[1].text)
    ...     print(atdata.load_dataset(path, Word, split="train[-1:]")[0])
    [Word(text='one')] two
    Word(text='three')
    """
    strict = split is not None
    network = NetworkOptions(trust, locked, lock, offline, atmosphere)
    splits = _splits(
        path, sample_type, strict, index, access, streaming, cache, extra, verify, lenses, network
    )
    if isinstance(split, str):
        return splits.read(split)
    if split is not None:
        return [splits.read(text) for text in _texts(split)]
    if splits.is_list or len(splits) == 1:
        return splits.all()
    return splits.each()


@overload
def load_splits(
    path: str | Path | Sequence[str | Path], sample_type: type[S], **options: Unpack[_Options]
) -> DatasetDict[S]: ...
@overload
def load_splits(
    path: str | Path | Sequence[str | Path], sample_type: None = None, **options: Unpack[_Options]
) -> DatasetDict[Any]: ...
def load_splits(
    path: str | Path | Sequence[str | Path],
    sample_type: type[Any] | None = None,
    *,
    index: Index | str | None = None,
    access: S3Access | None = None,
    streaming: bool = False,
    cache: bool | None = None,
    extra: bool = False,
    verify: Verify = "first",
    lenses: Lenses | None = None,
    trust: str = "signed",
    locked: bool = False,
    lock: str | Path | None = None,
    offline: bool | None = None,
    atmosphere: Atmosphere | None = None,
) -> DatasetDict[Any]:
    """Open every split of a dataset, be it one or several.

    Args and exceptions are those of `load_dataset`.
    """
    network = NetworkOptions(trust, locked, lock, offline, atmosphere)
    splits = _splits(
        path, sample_type, True, index, access, streaming, cache, extra, verify, lenses, network
    )
    return splits.each()


def _splits(
    path: str | Path | Sequence[str | Path],
    sample_type: type[Any] | None,
    strict: bool,
    index: Index | str | None,
    access: S3Access | None,
    streaming: bool,
    cache: bool | None,
    extra: bool,
    verify: Verify,
    lenses: Lenses | None,
    network: NetworkOptions,
) -> Splits:
    """The shards of each split, with all that it takes to make datasets of them."""
    if verify not in get_args(Verify):
        raise LoadError(f"verify is {verify!r}: give one of {', '.join(get_args(Verify))}")
    if streaming and cache:
        raise LoadError(
            "streaming=True reads once through, and cache=True is for reading in any order: give one of them"
        )
    found = find(path, index, access, network, strict=strict)
    schema = stored_schema(found)  # splits of one dataset have one type, whichever is asked for
    catalogue = _catalogue(path, index)
    lens = None if sample_type is None else lens_for(schema, sample_type, lenses, catalogue)
    cls: Any = class_for(schema) if sample_type is None else sample_type
    if lens is not None:
        cls = lens.source_class or class_for(schema)

    def dataset(shards: Sequence[Located], split: str | None) -> Dataset[Any]:
        made: Dataset[Any] = Dataset(
            tuple(item.file for item in shards),
            cls,
            schema=schema,
            split=split,
            verify=verify,
            cache=False if streaming else cache,
            extra=extra,
            streaming=streaming,
            lenses=catalogue if lenses is None else lenses,
        )
        if lens is None or sample_type is None:
            return made
        seen = made.view(lens)
        return seen if lens.view_class is sample_type else seen.as_type(sample_type)

    return Splits(with_form(found), dataset, shown(path))


def _catalogue(path: object, index: Index | str | None) -> Index | None:
    """The Index that the data is from, or that is given with it."""
    of_network = is_published(path)
    if index is None and (of_network or not (isinstance(path, str) and path.startswith("@"))):
        return None
    from atdata.index.resolve import index_of

    return index_of(None if of_network else path, index)


def _texts(splits: object) -> list[str]:
    listed: list[Any] = list(splits) if isinstance(splits, list | tuple) else [splits]
    for item in listed:
        if not isinstance(item, str):
            raise LoadError(
                f"split is a {type(item).__name__}: give a text such as 'train[:10%]', or a list of them"
            )
    return listed
