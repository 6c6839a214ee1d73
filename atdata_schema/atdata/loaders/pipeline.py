"""The shards of a dataset as a pipeline of webdataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from webdataset.filters import map as each
from webdataset.pipeline import DataPipeline
from webdataset.shardlists import SimpleShardList, split_by_node, split_by_worker
from webdataset.tariterators import tarfile_to_samples

from atdata.errors import DecodeError, LoadError, ValidationError, say_where
from atdata.sample_type import SampleType, sample_type_of
from atdata.views.plan import Plan

__all__ = ["pipeline"]

_MEMBER = "msgpack"


def pipeline(plan: Plan, shards: Sequence[Path], *, decode: bool) -> DataPipeline:
    """A pipeline over whole shards.

    Raises:
        LoadError: the plan is a view.
    """
    if plan.steps() or plan.calls:
        raise LoadError(
            f"this is a view ({', '.join(plan.steps())}), and webdataset reads whole shards: use loader() or torch(), or "
            "write the view with write_samples"
        )
    stages: list[Any] = [
        SimpleShardList([str(path) for path in shards]),
        split_by_node,
        split_by_worker,
        tarfile_to_samples(),
    ]
    if decode:
        stages.append(each(_Fields(plan.sample_type)))
    return DataPipeline(*stages)


class _Fields:
    """Makes dicts of fields of samples as webdataset finds them; a class, so that workers can be sent one."""

    def __init__(self, cls: type[Any]) -> None:
        self._cls = cls

    def __call__(self, found: dict[str, Any]) -> dict[str, Any]:
        cls: SampleType[Any] = sample_type_of(self._cls)
        where = f"key {found['__key__']!r} of {found['__url__']}"
        if _MEMBER not in found:
            raise LoadError(f"{where} has no member .{_MEMBER}: give decode=False for what it has")
        try:
            sample = cls.decode(found[_MEMBER])
        except (DecodeError, ValidationError) as error:
            say_where(error, where)
            raise
        about = {name: value for name, value in found.items() if name.startswith("__")}
        return about | _values(sample)


def _values(sample: Any) -> dict[str, Any]:
    fields = getattr(type(sample), "FIELDS", None)
    if fields is None:
        return dict(sample)  # one without a type is a mapping
    return {name: getattr(sample, name) for name in fields.attributes}
