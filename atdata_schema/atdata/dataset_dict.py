"""`DatasetDict`: the splits of a dataset, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from atdata.dataset import Dataset
from atdata.errors import LoadError, SplitNotFound

if TYPE_CHECKING:
    from atdata.manifest.query.conditions import Condition

__all__ = ["DatasetDict"]

S_co = TypeVar("S_co", covariant=True)
U = TypeVar("U")


class DatasetDict(Mapping[str, Dataset[S_co]], Generic[S_co]):
    """The splits of a dataset; what `load_dataset` gives where there are several and none is asked for.

    It is a mapping that does not change. The verbs give another one, with each split's view. Going through
    samples is a matter of one split: `splits["train"].shuffled(...)`.

    Args:
        splits: the datasets by name, in order.

    Raises:
        LoadError: a name is no text, or a value is no dataset.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = atdata.write_samples(map(Word, "abcdef"), Path(folder) / "train.tar")
    ...     _ = atdata.write_samples(map(Word, "xyz"), Path(folder) / "test.tar")
    ...     splits = atdata.load_dataset(folder, Word)
    ...     print(splits, splits["test"][0].text, list(splits.take(2)["train"])[1].text)
    DatasetDict({
        'train': <Dataset[Word]: 6 samples, 1 shard, split 'train'>,
        'test': <Dataset[Word]: 3 samples, 1 shard, split 'test'>,
    }) x b
    """

    __slots__ = ("_splits",)

    def __init__(self, splits: Mapping[str, Dataset[S_co]]) -> None:
        given: Mapping[Any, Any] = splits
        for name, dataset in given.items():
            if not isinstance(name, str) or not isinstance(dataset, Dataset):
                raise LoadError(
                    f"a DatasetDict holds datasets by the names of splits, got {name!r}: "
                    f"{type(dataset).__name__}"
                )
        self._splits = dict(splits)

    def __getitem__(self, split: str) -> Dataset[S_co]:
        """A split.

        Raises:
            SplitNotFound: there is none of this name; the message lists those there are.
        """
        try:
            return self._splits[split]
        except (KeyError, TypeError):
            raise SplitNotFound(f"there is no split {split!r}; {self._listed()}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._splits)

    def __len__(self) -> int:
        return len(self._splits)

    # What every split is, and becomes.

    @property
    def sample_type(self) -> type[S_co]:
        """The class of the samples, which is the same in all splits.

        Raises:
            LoadError: there is no split, or they have different classes.
        """
        types = {id(dataset.sample_type): dataset.sample_type for dataset in self.values()}
        if len(types) != 1:
            names = ", ".join(cls.__name__ for cls in types.values()) or "no split"
            raise LoadError(f"the splits have no one class: {names}")
        return next(iter(types.values()))

    def as_type(self, sample_type: type[U]) -> DatasetDict[U]:
        """Each split as `Dataset.as_type` gives it."""
        return DatasetDict({name: ds.as_type(sample_type) for name, ds in self.items()})

    def map(self, fn: Callable[[S_co], U], sample_type: type[U] | None = None) -> DatasetDict[U]:
        """Each split as `Dataset.map` gives it."""
        return DatasetDict({name: ds.map(fn, sample_type) for name, ds in self.items()})

    def filter(self, fn: Callable[[S_co], object]) -> DatasetDict[S_co]:
        """Each split as `Dataset.filter` gives it."""
        return DatasetDict({name: ds.filter(fn) for name, ds in self.items()})

    def where(self, *conditions: str | Condition) -> DatasetDict[S_co]:
        """Each split as `Dataset.where` gives it."""
        return DatasetDict({name: ds.where(*conditions) for name, ds in self.items()})

    def take(self, n: int) -> DatasetDict[S_co]:
        """Each split as `Dataset.take` gives it."""
        return DatasetDict({name: ds.take(n) for name, ds in self.items()})

    def skip(self, n: int) -> DatasetDict[S_co]:
        """Each split as `Dataset.skip` gives it."""
        return DatasetDict({name: ds.skip(n) for name, ds in self.items()})

    def shard(self, num_shards: int, index: int, contiguous: bool = True) -> DatasetDict[S_co]:
        """Each split as `Dataset.shard` gives it."""
        return DatasetDict(
            {name: ds.shard(num_shards, index, contiguous) for name, ds in self.items()}
        )

    def select_columns(self, names: str | Iterable[str]) -> DatasetDict[Any]:
        """Each split as `Dataset.select_columns` gives it."""
        wanted = [names] if isinstance(names, str) else list(names)
        return DatasetDict({name: ds.select_columns(wanted) for name, ds in self.items()})

    def rename_column(self, old: str, new: str) -> DatasetDict[Any]:
        """Each split as `Dataset.rename_column` gives it."""
        return DatasetDict({name: ds.rename_column(old, new) for name, ds in self.items()})

    if not TYPE_CHECKING:  # checkers are to find what is not there

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_") or not hasattr(Dataset, name):
                raise AttributeError(f"a DatasetDict has no attribute {name!r}")
            first = next(iter(self), "train")
            raise AttributeError(
                f"{name!r} is a matter of one split, as in splits[{first!r}].{name}; {self._listed()}"
            )

    def _listed(self) -> str:
        return f"there are {', '.join(map(repr, self._splits))}" if self._splits else "it is empty"

    def __repr__(self) -> str:
        lines = [f"    {name!r}: {dataset!r},\n" for name, dataset in self.items()]
        return f"DatasetDict({{\n{''.join(lines)}}})" if lines else "DatasetDict({})"

    def __reduce__(self) -> tuple[Any, ...]:
        return DatasetDict, (self._splits,)
