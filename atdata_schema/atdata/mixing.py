"""`concat` and `interleave`: several datasets of one type as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from atdata.dataset import Dataset
from atdata.errors import LoadError
from atdata.views.interleaving import Stop

__all__ = ["concat", "interleave"]

S = TypeVar("S")


def concat(datasets: Iterable[Dataset[S]]) -> Dataset[S]:
    """Several datasets behind each other.

    Raises:
        SchemaMismatch: two models differ; the message lists the differences.
        LoadError: there is no dataset.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     few = atdata.write_samples(map(Word, "ab"), Path(folder) / "few.tar")
    ...     more = atdata.write_samples(map(Word, "vwxyz"), Path(folder) / "more.tar")
    ...     print([word.text for word in atdata.concat([few, more])])
    ['a', 'b', 'v', 'w', 'x', 'y', 'z']
    """
    first, *rest = _some(datasets)
    return first.concat(*rest)


def interleave(
    datasets: Iterable[Dataset[S]],
    weights: Sequence[float] | None = None,
    seed: int = 0,
    stop: Stop = "first_exhausted",
) -> Dataset[S]:
    """The samples of several datasets in turn, or as often as weights say; see `Dataset.interleave`.

    Raises:
        SchemaMismatch: two models differ; the message lists the differences.
        LoadError: there is no dataset, there are more or fewer weights than datasets, one is not above 0,
            or `stop` is unknown.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import atdata
    >>> @atdata.packable
    ... class Word:
    ...     text: str
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     few = atdata.write_samples(map(Word, "ab"), Path(folder) / "few.tar")
    ...     more = atdata.write_samples(map(Word, "vwxyz"), Path(folder) / "more.tar")
    ...     print([word.text for word in atdata.interleave([few, more])])
    ...     print([word.text for word in atdata.interleave([few, more], stop="all_exhausted")])
    ['a', 'v', 'b', 'w']
    ['a', 'v', 'b', 'w', 'a', 'x', 'b', 'y', 'a', 'z']
    """
    first, *rest = _some(datasets)
    return first.interleave(rest, weights, seed, stop)


def _some(datasets: Iterable[Dataset[S]]) -> list[Dataset[S]]:
    if isinstance(datasets, Dataset):
        raise LoadError("a dataset is given: give a list of datasets")
    found = list(datasets)
    if not found:
        raise LoadError("the list of datasets is empty")
    return found
