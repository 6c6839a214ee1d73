"""Versions are taken out of an Index, with the labels that point to them; their shards stay until they are collected."""

from __future__ import annotations

from contextlib import suppress

from atdata.errors import StoreError
from atdata.index.descriptions import undescribe
from atdata.index.destination import Destination
from atdata.index.entry import Entry
from atdata.index.finding import find_entry
from atdata.index.names import Reference

__all__ = ["delete"]


def delete(destination: Destination, reference: Reference) -> list[Entry]:
    """Remove what a reference names; see `Index.delete`."""
    provider = destination.provider
    one = reference.version is not None or reference.label is not None
    version = find_entry(provider, reference).version if one else None
    removed = provider.delete(reference.name, version)
    if not removed:
        find_entry(provider, reference)  # says what there is
    with suppress(StoreError):  # `gc` does it where the store is away
        undescribe(destination.store, removed)
    return removed
