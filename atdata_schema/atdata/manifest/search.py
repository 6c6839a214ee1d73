"""Which samples of some shards a condition is true of, from what lies beside the shards as far as that goes.

Shards in which statistics decide are not looked into. Of the others, the fields that the condition names are
taken from the rows of their manifests, else from their column files, else from the samples themselves, and
kept. A shard is never left out for want of a manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Final, TypeGuard

import numpy as np

from atdata.manifest.answers import Few, Fields, answers, check_found, fill, found_in
from atdata.manifest.beside import at_once
from atdata.manifest.bounds import Bounds
from atdata.manifest.form import ManifestFault
from atdata.manifest.kept import MOST, Kept, Stack
from atdata.manifest.opening import Known, open_manifest
from atdata.manifest.pruning import verdicts
from atdata.manifest.query.columns import Bools, Column, Present, rows_of
from atdata.manifest.query.conditions import Condition
from atdata.manifest.query.kinds import FieldKind
from atdata.manifest.query.spelling import Path, shown_path
from atdata.manifest.query.zones import Rows
from atdata.manifest.small_columns import small_columns
from atdata.manifest.statistics import FieldStatistics
from atdata.shards.shard_set import ShardSet
from atdata_schema.errors import MissingExtra

__all__ = ["Scan", "Search", "search_of"]

Scan = Callable[[int, Fields], Mapping[Path, Column]]
"""Reads some fields of all samples of the shard at a place."""

_EACH: Final = 16  # bytes that a value counts, about, before it was read
# One sample in so many lies in a shard that counts, at most: then there is no mask of all.
_RARE: Final = 8


def search_of(shards: ShardSet) -> Search:
    """The search over some shards, the same one each time: what it has read is kept."""
    found = shards.notes.get("search")
    if not isinstance(found, Search):
        found = shards.notes["search"] = Search(shards)
    return found


class Search:
    """Finds samples of some shards, and keeps what it has read for the next time."""

    def __init__(self, shards: ShardSet) -> None:
        self._shards = shards
        self._known: list[Known | str] | None = None
        self._told: dict[tuple[Path, FieldKind | None], Bounds] = {}
        self._kept = Kept()
        self._is_local = all(file.is_local for file in shards.files)

    def mask(
        self, condition: Condition, fields: Fields, scan: Scan, scanned: dict[int, str]
    ) -> Bools:
        """Which samples a condition is true of: bool[samples]; see `rows`."""
        found = self._found(condition, fields, scan, scanned)
        if not isinstance(found, Few):
            return found
        mask = np.zeros(len(self._shards), np.bool_)
        mask[found.rows] = True
        return mask

    def rows(
        self, condition: Condition, fields: Fields, scan: Scan, scanned: dict[int, str]
    ) -> Rows:
        """The samples that a condition is true of, by their numbers.

        Args:
            condition: what is asked, held against the fields before.
            fields: what each field is that it names.
            scan: reads the samples of a shard.
            scanned: takes the shards whose samples were read, and why.

        Raises:
            ShardError: a shard is damaged, or not the one that is described.
            DecodeError: a sample that was read is not of its type.
        """
        found = self._found(condition, fields, scan, scanned)
        return found.rows if isinstance(found, Few) else rows_of(found)

    def _found(
        self, condition: Condition, fields: Fields, scan: Scan, scanned: dict[int, str]
    ) -> Bools | Few:
        """Which samples a condition is true of, in the form in which that is found."""
        starts, counts = self._places
        found = verdicts(condition, lambda path: self._bounds(path, fields[path]))
        asked = found.true & (counts > 0)
        known = asked & ~found.false
        unsure = np.flatnonzero(asked & found.false).tolist()
        # Of few shards no mask of all samples is made, which takes longer than to look into them.
        rare = int(counts[asked].sum()) * _RARE <= len(self._shards)
        rows = (
            [np.arange(starts[at], starts[at + 1]) for at in np.flatnonzero(known)] if rare else []
        )
        mask: Bools | Few | None = None
        for window in self._windows(unsure, counts, len(fields)):
            stacks = self._stacks(window, fields, scan, scanned)
            check_found(condition, fields, stacks, len(counts))
            if rare:
                rows += found_in(starts, window, condition, stacks)
            elif len(window) == len(counts):
                mask = answers(condition, stacks, len(self._shards))
            else:
                mask = np.repeat(known, counts) if mask is None else mask
                assert not isinstance(mask, Few)  # which is of all shards at once
                fill(mask, starts, window, condition, stacks)
            # What is verified at every use is not kept, nor is what would not fit.
            if self._shards.verify != "always" and len(window) == len(unsure):
                self._kept.put(stacks)
        if rare:
            return Few.of(rows)
        return np.repeat(known, counts) if mask is None else mask

    @cached_property
    def _places(self) -> tuple[Rows, Rows]:
        """The number of each shard's first sample, and of all samples; how many each shard has."""
        starts = np.asarray(self._shards.starts, np.int64)
        return starts, np.diff(starts)

    def manifests(self) -> list[Known | str]:
        """The manifest of each shard, or why it cannot be used; read once."""
        if self._known is None:
            self._known = at_once(self._open, range(len(self._shards.files)), local=self._is_local)
        return self._known

    def _open(self, place: int) -> Known | str:
        shards = self._shards
        try:
            return open_manifest(shards.files[place], partial(shards.index, place), shards.verify)
        except ManifestFault as fault:
            return f"its manifest {fault}"
        except MissingExtra as error:
            return f"its manifest cannot be read: {error}"

    def _bounds(self, path: Path, kind: FieldKind | None) -> Bounds:
        """What statistics say of a field in each shard."""
        found = self._told.get((path, kind))
        if found is None:
            found = self._told[path, kind] = Bounds.of(self._statistics(path, kind))
        return found

    def _statistics(self, path: Path, kind: FieldKind | None) -> list[FieldStatistics | None]:
        if _is_always_there(kind):
            counts = np.diff(self._shards.starts).tolist()
            return [FieldStatistics(kind.kind, count) for count in counts]
        return [
            None if isinstance(known, str) else _fitting(known.statistics(path), kind)
            for known in self.manifests()
        ]

    def _windows(self, places: Sequence[int], counts: Any, fields: int) -> Iterator[Sequence[int]]:
        """Shards whose columns are in memory together: all of them, unless they are too many."""
        sizes = np.cumsum(counts[places]) * (_EACH * fields)
        if len(sizes) and sizes[-1] <= MOST:
            yield places
            return
        begin = 0
        while begin < len(places):
            before = int(sizes[begin - 1]) if begin else 0
            end = max(int(np.searchsorted(sizes, before + MOST, "right")), begin + 1)
            yield places[begin:end]
            begin = end

    def _stacks(
        self, places: Sequence[int], fields: Fields, scan: Scan, scanned: dict[int, str]
    ) -> dict[Path, Stack]:
        """The fields of some shards, at least of these."""
        kept = {path: self._kept.get(path) for path in fields}
        lacking: dict[int, dict[Path, FieldKind | None]] = {}
        for path, stack in kept.items():
            for place in places if stack is None else stack.lacks(places):
                lacking.setdefault(place, {})[path] = fields[path]
        read = self._read(lacking, scan, scanned)
        stacks: dict[Path, Stack] = {}
        for path, stack in kept.items():
            new = {place: columns[path] for place, columns in read.items() if path in columns}
            stacks[path] = Stack(new) if stack is None else stack.grown(new)
        return stacks

    def _read(
        self, lacking: Mapping[int, Fields], scan: Scan, scanned: dict[int, str]
    ) -> dict[int, dict[Path, Column]]:
        if not lacking:
            return {}
        beside = at_once(lambda item: self._beside(*item), lacking.items(), local=self._is_local)
        found: dict[int, dict[Path, Column]] = {}
        for (place, wanted), (columns, reason) in zip(lacking.items(), beside, strict=True):
            rest = {path: kind for path, kind in wanted.items() if path not in columns}
            if rest:
                scanned[place] = reason
                columns |= scan(place, rest)
            count = self._shards.starts[place + 1] - self._shards.starts[place]
            assert all(len(column) == count for column in columns.values())
            found[place] = columns
        return found

    def _beside(self, place: int, wanted: Fields) -> tuple[dict[Path, Column], str]:
        """What of some fields lies beside a shard, and why not all of it does."""
        known = self.manifests()[place]
        count = self._shards.starts[place + 1] - self._shards.starts[place]
        there = [path for path, kind in wanted.items() if _is_always_there(kind)]
        columns: dict[Path, Column] = {path: Present(np.ones(count, np.bool_)) for path in there}
        wanted = {path: kind for path, kind in wanted.items() if path not in columns}
        reason = known if isinstance(known, str) else ""
        if not isinstance(known, str):
            try:
                columns |= known.columns(wanted)
            except ManifestFault as fault:
                reason = f"its manifest {fault}"
            except MissingExtra as error:
                reason = f"its manifest cannot be read: {error}"
        rest = {path: kind for path, kind in wanted.items() if path not in columns}
        columns |= small_columns(self._shards, place, rest) if rest else {}
        lost = ", ".join(shown_path(path) for path in rest if path not in columns)
        return columns, reason or f"its manifest has no column of {lost}"


def _is_always_there(kind: FieldKind | None) -> TypeGuard[FieldKind]:
    """Whether only one thing can be asked of a field, and its type answers that."""
    return kind is not None and kind.is_opaque and not kind.optional


def _fitting(known: FieldStatistics | None, kind: FieldKind | None) -> FieldStatistics | None:
    """Statistics, where they are of what the field is."""
    if known is None or kind is None:
        # Without a type, a datetime is the text that it is written as.
        return None if known is None or "datetime" in (known.kind, known.items) else known
    return known if (known.kind, known.items) == (kind.kind, kind.items) else None
