"""The split that a shard's name says, where no `dataset.json` does: by the words Hugging Face looks for.

>>> split_in_name("images_test-00001.tar"), split_in_name("latest.tar")
('test', None)
>>> splits_of(["train/a.tar", "test/a.tar"])
['train', 'test']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

from atdata.errors import SplitError

__all__ = ["DEFAULT", "in_order", "said_by_folders", "split_in_name", "splits_of"]

DEFAULT: Final = "train"
"""The split of shards none of whose names says one."""

_WORDS: Final = {
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
_KNOWN: Final = ("train", "validation", "test")
_WORD: Final = re.compile(r"[^\W\d_]+")  # letters of any script: "détest" holds no word "test"
_SHARDED: Final = re.compile(r"data/(\w+(?:\.\w+)*)-\d{5,}-of-\d{5,}(?=\.)[^/]*", re.ASCII)
_REMEDY: Final = "rename it, load it by its own path, or give the paths as a list"


def split_in_name(name: str) -> str | None:
    """The split that a file name says with a word of its own; `None` where it says none.

    A word is made of letters; whatever is no letter, digits too, stands between words.

    Raises:
        SplitError: it says two.
    """
    return _only(_said(_stem(name)), name)


def said_by_folders(name: str) -> str | None:
    """The split that the folders of a relative path say; `None` where they say none.

    Raises:
        SplitError: they say two.
    """
    return _only(_said("/".join(PurePosixPath(name).parts[:-1])), name)


def splits_of(names: Sequence[str]) -> list[str]:
    """The split of each shard, by paths relative to the place that all of them were found in.

    A split is said by the name of the file, or else by those of its folders. Names such as
    `data/<split>-00000-of-00010.tar` throughout say splits of any name. All shards are `train` where nothing
    is said.

    Raises:
        SplitError: a path says two splits; or some say one and others do not, so that nobody knows where
            those belong.
    """
    sharded = [_SHARDED.fullmatch(name) for name in names]
    if all(sharded):
        return [match[1] for match in sharded if match is not None]
    found = [_of_path(name) for name in names]
    if not any(found):
        return [DEFAULT] * len(found)
    silent = next((name for name, split in zip(names, found, strict=True) if split is None), None)
    if silent is not None:
        said = in_order(split for split in found if split is not None)
        raise SplitError(
            f"{silent!r} says no split, while others here say {', '.join(said)}: {_REMEDY}"
        )
    return [split for split in found if split is not None]


def in_order(splits: Iterable[str]) -> list[str]:
    """Each split once: train, validation and test first, the others as they come.

    >>> in_order(["test", "extra", "train", "test"])
    ['train', 'test', 'extra']
    """
    found = dict.fromkeys(splits)
    return [*(name for name in _KNOWN if name in found), *(n for n in found if n not in _KNOWN)]


def _of_path(name: str) -> str | None:
    """What a relative path says: its file name, or else its folders."""
    folders = said_by_folders(name)
    own = _said(_stem(PurePosixPath(name).name))
    return _only(own | {folders} if own and folders else own, name) or folders


def _stem(name: str) -> str:
    return name.partition(".tar")[0]


def _said(text: str) -> set[str]:
    words = (word.lower() for word in _WORD.findall(text))
    return {_WORDS[word] for word in words if word in _WORDS}


def _only(found: set[str], name: str) -> str | None:
    if len(found) > 1:
        raise SplitError(f"{name!r} says {' and '.join(sorted(found))}: {_REMEDY}")
    return next(iter(found), None)
