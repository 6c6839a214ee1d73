"""Labels: movable names for versions."""

from __future__ import annotations

from datetime import UTC, datetime

from atdata.errors import CatalogError
from atdata.index.entry import Entry
from atdata.index.providers.provider import Label, Provider

__all__ = ["set_label"]


def set_label(provider: Provider, label: str, target: Entry) -> Label:
    """Make a label, or move it to another version of the same dataset.

    Raises:
        CatalogError: it is one of another dataset, which would lose it unasked.
        EntryNotFound: the version was deleted meanwhile.
    """
    there = provider.label(label)
    if there is not None and there.name != target.name:
        raise CatalogError(
            f"the label {label!r} stands for {there.name}@{there.version}, and an Index has each label once: "
            f"remove it first with delete_label({label!r}), or choose another, such as '{target.name}-{label}'"
        )
    made = Label(label, target.name, target.version, now())
    provider.set_label(made)
    return made


def now() -> str:
    """The time, RFC 3339 in UTC with microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
