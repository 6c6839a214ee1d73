"""The shards of each split that was found, and the datasets that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from atdata.dataset import Dataset
from atdata.dataset_dict import DatasetDict
from atdata.located import Located
from atdata.shards.splits import in_order, split_in_name
from atdata.split_expression import ALL, SplitPart, parse_split

__all__ = ["MakeDataset", "Splits"]

MakeDataset: TypeAlias = Callable[[Sequence[Located], str | None], Dataset[Any]]
"""Makes a dataset of shards, and of the name of the split that they are."""


class Splits:
    """Splits, in the order train, validation, test, and then as they were found.

    Args:
        found: the shards of all of them.
        make: makes a dataset of some.
        path: where they were found; a list of paths is one dataset in its order.
    """

    def __init__(self, found: Sequence[Located], make: MakeDataset, path: object) -> None:
        self.is_list = not isinstance(path, str | Path)
        self._where = "the list of paths" if self.is_list else path
        self._found = found
        self._make = make
        self._shards: dict[str, list[Located]] = {}
        groups: dict[str | None, list[Located]] = {}
        for item in found:
            groups.setdefault(item.split, []).append(item)
        self._unclear = groups.pop(None, [])
        for name in in_order(name for name in groups if name is not None):
            self._shards[name] = groups[name]

    def __len__(self) -> int:
        return len(self._shards) + bool(self._unclear)

    def all(self) -> Dataset[Any]:
        """All shards as one dataset, in the order in which they were found."""
        names = {item.split for item in self._found}
        return self._make(self._found, names.pop() if len(names) == 1 else None)

    def each(self) -> DatasetDict[Any]:
        """A dataset for each split."""
        self._check_clear()
        return DatasetDict({name: self._make(found, name) for name, found in self._shards.items()})

    def read(self, text: str) -> Dataset[Any]:
        """What a split expression asks for.

        Raises:
            SplitError: it is no expression, or asks for samples that are not there.
            SplitNotFound: there is no such split.
        """
        self._check_clear()
        pieces: list[Dataset[Any]] = []
        whole: list[Located] = []
        for part in parse_split(text, list(self._shards), self._where):
            if part.is_whole:  # splits behind each other are the shards of one dataset
                whole.extend(self._of(part))
                continue
            pieces.extend(self._joined(whole))
            whole = []
            pieces.append(self._made(self._of(part)).cut(part))
        pieces.extend(self._joined(whole))
        return pieces[0].concat(*pieces[1:])

    def _of(self, part: SplitPart) -> list[Located]:
        if part.split == ALL and ALL not in self._shards:
            return [item for found in self._shards.values() for item in found]
        return self._shards[part.split]

    def _joined(self, shards: Sequence[Located]) -> list[Dataset[Any]]:
        return [self._made(shards)] if shards else []

    def _made(self, shards: Sequence[Located]) -> Dataset[Any]:
        names = {item.split for item in shards}
        return self._make(shards, names.pop() if len(names) == 1 else None)

    def _check_clear(self) -> None:
        for item in self._unclear:
            split_in_name(item.file.place.name)  # which says what is unclear
