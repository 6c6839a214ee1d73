"""The split that a shard's name says, where no `dataset.json` does: by the words Hugging Face looks for.

>>> split_in_name("images_test-00001.tar"), split_in_name("latest.tar")
('test', None)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from atdata.errors import SplitError
from atdata.shards.sources.place import Place

__all__ = ["split_in_name", "splits_by_name"]

_WORDS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
P = TypeVar("P", bound=Place)
_WORD = re.compile(r"[A-Za-z]+")


def split_in_name(name: str) -> str | None:
    """The split that a file name says with a word of its own; `None` where it says none.

    Raises:
        SplitError: it says two.
    """
    words = _WORD.findall(name.partition(".tar")[0])
    found = {_WORDS[word.lower()] for word in words if word.lower() in _WORDS}
    if len(found) > 1:
        raise SplitError(
            f"{name!r} says {' and '.join(sorted(found))}: rename it, or load it by its path"
        )
    return next(iter(found), None)


def splits_by_name(paths: Iterable[P]) -> dict[str, list[P]]:
    """Shards by the splits that their names say; all of them are `train` where no name says any.

    Raises:
        SplitError: some names say a split and others do not, so that nobody knows where those belong.
    """
    groups: dict[str | None, list[P]] = {}
    for path in paths:
        groups.setdefault(split_in_name(path.name), []).append(path)
    silent = groups.pop(None, [])
    if not silent:
        return {name: group for name, group in groups.items() if name is not None}
    if groups:
        raise SplitError(
            f"{silent[0].name!r} says no split, while others here say {', '.join(map(str, groups))}: "
            "rename it, or give the paths as a list"
        )
    return {"train": silent}
