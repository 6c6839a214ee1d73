"""What manifests say about a whole dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from atdata.manifest.opening import Known
from atdata.manifest.query.spelling import Path, spelt_path
from atdata.manifest.search import search_of
from atdata.manifest.statistics import MOST_VALUES, FieldStatistics
from atdata.shards.shard_set import ShardSet

__all__ = ["merged", "summary"]


def summary(shards: ShardSet) -> dict[str, FieldStatistics] | None:
    """The statistics of each field of all samples, by its name; `None` where a shard has none to be believed."""
    found = search_of(shards).manifests()
    known = [item for item in found if isinstance(item, Known) and item.paths()]
    if not known or len(known) < len(found):
        return None
    summed: dict[str, FieldStatistics] = {}
    for path in known[0].paths():
        parts = _of_all(known, path)
        if parts is not None:
            summed[spelt_path(path)] = merged(parts)
    return summed


def merged(parts: Sequence[FieldStatistics]) -> FieldStatistics:
    """The statistics of one field of several shards, as of one."""
    present = [part for part in parts if part.present]
    values: Counter[Any] | None = Counter()
    for part in parts:
        if values is None or part.values is None:
            values = None
        else:
            values.update(part.values)
    first = parts[0]
    return FieldStatistics(
        kind=first.kind,
        items=first.items,
        count=sum(part.count for part in parts),
        nulls=sum(part.nulls for part in parts),
        nans=sum(part.nans for part in parts),
        low=_bound([part.low for part in present], min),
        high=_bound([part.high for part in present], max),
        values=(
            None if values is None or len(values) > MOST_VALUES else dict(sorted(values.items()))
        ),
    )


def _of_all(known: Sequence[Known], path: Path) -> list[FieldStatistics] | None:
    parts = [part for item in known if (part := item.statistics(path)) is not None]
    alike = {(part.kind, part.items) for part in parts}
    return parts if len(parts) == len(known) and len(alike) == 1 else None


def _bound(bounds: list[Any], choose: Any) -> Any:
    """The bound of all; none where one shard has none."""
    return choose(bounds) if bounds and None not in bounds else None
