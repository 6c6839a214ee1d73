"""How a dataset is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from atdata.atmosphere.publishing.plan import Plan
from atdata.stores.store import Store

__all__ = ["Confirm", "Options"]

Confirm: TypeAlias = Callable[[Plan], bool]
"""Is shown a plan, and says whether it is to be done."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a dataset is published.

    Attributes:
        data_store: where shards go that cannot stay where they are; without it they become blobs.
        dry_run: only plan.
        yes: nobody is asked.
        confirm: who is asked, whatever the size.
        progress: show on standard error how far it is.
        home: the store of the Index that the dataset is in, which is told what records name of it.
    """

    data_store: Store | None = None
    dry_run: bool = False
    yes: bool = False
    confirm: Confirm | None = None
    progress: bool = False
    home: Store | None = None
