"""Which split a described dataset is, by what its `dataset.json` records and by where that lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from atdata.errors import SplitError
from atdata.located import Located
from atdata.shards.description import SUFFIX
from atdata.shards.splits import DEFAULT, said_by_folders, split_in_name

__all__ = ["named_apart", "with_folder"]


def with_folder(item: Located, name: str) -> Located:
    """A shard of a described dataset, with what the folders that were searched say of its split.

    Writers record `train` where they are told nothing; there, folders that say another split know better.

    Args:
        item: the shard.
        name: its path, or that of its description, from the folder on that was given.

    Raises:
        SplitError: the description, or its name, says another split than the folders.
    """
    said = said_by_folders(name)
    if said in (None, item.split) or item.split not in ("train", "validation", "test"):
        return item
    if item.split == DEFAULT and split_in_name(_stem(item)) is None:
        return replace(item, split=said)
    raise SplitError(
        f"{item.origin} says the split {item.split}, and its folder says {said}: load it by its own path, "
        "or give the paths as a list"
    )


def named_apart(datasets: Sequence[tuple[str, list[Located]]], where: object) -> list[Located]:
    """Several datasets: each keeps its splits' names, or has its stem where two have the same.

    Datasets whose folders say a split are parts of it, and keep it.

    Args:
        datasets: the shards of each, behind the path of its description from the folder on that was given.
        where: the folder, in messages.

    Raises:
        SplitError: two datasets would have one split, or a description contradicts its folder.
    """
    told = [(name, [with_folder(item, name) for item in items]) for name, items in datasets]
    parts = [items for name, items in told if said_by_folders(name)]
    alone = [(name, items) for name, items in told if not said_by_folders(name)]
    taken = {item.split for items in parts for item in items}
    counts = Counter([*taken, *(split for _, items in alone for split in {i.split for i in items})])
    stems = Counter(_stem(items[0]) for _, items in alone)
    found = [item for items in parts for item in items]
    for name, items in alone:
        stem = _stem(items[0]) if stems[_stem(items[0])] == 1 else name.removesuffix(SUFFIX)
        named = [item if counts[item.split] == 1 else replace(item, split=stem) for item in items]
        own = {item.split for item in named}
        if own & taken:
            raise SplitError(
                f"{where} has two datasets with the split {', '.join(map(str, own & taken))}, one of them "
                f"{items[0].origin}: load them by their own paths"
            )
        taken |= own
        found.extend(named)
    return found


def _stem(item: Located) -> str:
    return item.origin.name.removesuffix(SUFFIX)
