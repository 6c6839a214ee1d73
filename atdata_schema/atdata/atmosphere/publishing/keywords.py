"""What may be said when a dataset is published, by keyword."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from atdata.atmosphere.publishing.options import Confirm
from atdata.atmosphere.publishing.references import References
from atdata.stores.store import Store

__all__ = ["DataKeywords", "EntryKeywords"]


class EntryKeywords(TypedDict, total=False):
    """What may be said of any dataset; `Index.promote_entry` says what it means."""

    derived_from: References
    data_store: Store | str | None
    nsid: str | None
    yes: bool
    confirm: Confirm | None
    progress: bool


class DataKeywords(EntryKeywords, total=False):
    """What may be said of one that is in no Index besides, as `Index.add` takes it."""

    split: str | None
    description: str | None
    license: str | None
    tags: Iterable[str] | None
    metadata: Mapping[str, Any] | None
