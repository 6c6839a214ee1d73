"""Whether a plan is all samples of some shards, in order."""

from __future__ import annotations

from atdata.shards.reader import ShardFile
from atdata.views.joined import Joined
from atdata.views.plan import Plan
from atdata.views.stored import Stored

__all__ = ["whole_shards"]


def whole_shards(plan: Plan) -> tuple[ShardFile, ...] | None:
    """The shards whose samples a plan has, all of them and in order; `None` where it has others, or changes them."""
    if isinstance(plan, Stored):
        return plan.files()
    if not isinstance(plan, Joined):
        return None
    parts = [whole_shards(part) for part in plan.parts]
    found = [files for files in parts if files is not None]
    return tuple(file for files in found for file in files) if len(found) == len(parts) else None
