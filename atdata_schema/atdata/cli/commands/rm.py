"""`atdata rm`: datasets, or versions of them, are taken out of an Index."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata.cli.catalogue import index_and_name
from atdata.cli.figures import counted, size_text
from atdata.cli.misuse import Misuse
from atdata.cli.output import print_json, print_lines, say

if TYPE_CHECKING:
    from atdata.index.entry import Entry, ShardRecord
    from atdata.index.index import Index

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class _Removal:
    """What one reference removes.

    Attributes:
        index: where.
        entries: the versions, the newest first.
        whole: whether they are all versions of the dataset.
    """

    index: Index
    entries: tuple[Entry, ...]
    whole: bool

    @property
    def name(self) -> str:
        """The dataset."""
        return self.entries[0].name


def run(
    references: Sequence[str], index: str | None, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Say what goes, ask, and remove it."""
    removals = [_removal(reference, index) for reference in dict.fromkeys(references)]
    entries = list({_named(entry): entry for item in removals for entry in item.entries}.items())
    for removal in removals:
        _tell(removal)
    if dry_run:
        return _answer("would_remove", [name for name, _ in entries], as_json)
    if not yes and not _agreed(counted(len(entries), "version")):
        say("nothing was removed")
        return 1
    for removal in removals:
        _remove(removal)
    say("`atdata gc` frees what no version has any more")
    return _answer("removed", [name for name, _ in entries], as_json)


def _removal(reference: str, given: str | None) -> _Removal:
    index, name = index_and_name(reference, given)
    entry = index.entry(name)
    history = tuple(index.history(entry.name))
    if "@" not in name:
        return _Removal(index, history, whole=True)
    # By its version: a label may move while somebody is asked.
    return _Removal(index, (entry,), whole=len(history) == 1)


def _remove(removal: _Removal) -> None:
    from atdata.errors import EntryNotFound

    for entry in removal.entries:
        try:
            removal.index.delete(_named(entry))
        except EntryNotFound:  # another reference, or another process, was here before
            continue


def _named(entry: Entry) -> str:
    return f"{entry.name}@{entry.version}"


def _tell(removal: _Removal) -> None:
    """Say what is removed, and what becomes of the files."""
    labels = removal.index.labels(removal.name)
    for entry in removal.entries:
        own = [item.label for item in labels if item.version == entry.version]
        label = f", and the label {', '.join(own)}" if own else ""
        say(f"{_named(entry)}: {counted(entry.samples, 'sample')}, {size_text(entry.bytes)}{label}")
    if removal.whole:
        say(f"That is all of {removal.name}.")
    say(_of_files(removal))


def _of_files(removal: _Removal) -> str:
    going = {_named(entry) for entry in removal.entries}
    every = list(removal.index.provider.entries(latest=False))
    kept = _keys(entry for entry in every if _named(entry) not in going)
    freed = {key: size for key, size in _keys(removal.entries).items() if key not in kept}
    texts: list[str] = []
    if freed:
        texts.append(
            f"{counted(len(freed), 'shard')}, {size_text(sum(freed.values()))}, will be nobody's."
        )
    if any(shard.key is None for entry in removal.entries for shard in _shards(entry)):
        texts.append("Files that were registered where they lie stay there.")
    return " ".join(texts) or "Other versions have all of its shards."


def _keys(entries: Iterable[Entry]) -> dict[str, int]:
    """The shards in the store, with their sizes."""
    return {
        shard.key: shard.bytes
        for entry in entries
        for shard in _shards(entry)
        if shard.key is not None
    }


def _shards(entry: Entry) -> list[ShardRecord]:
    return [shard for shards in entry.splits.values() for shard in shards]


def _agreed(what: str) -> bool:
    if not sys.stdin.isatty():
        raise Misuse("nobody can be asked here: give --yes to remove, --dry-run to look")
    import typer

    return typer.confirm(f"Remove {what}?", err=True)


def _answer(key: str, names: list[str], as_json: bool) -> int:
    if as_json:
        print_json({key: names})
    else:
        print_lines("\n".join(names))
    return 0
