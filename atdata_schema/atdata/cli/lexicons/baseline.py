"""Lexicons as they are published, for `atdata-gen breaking --against published`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from atdata.atmosphere.lexicons.comparing import published_groups
from atdata.atmosphere.lexicons.fetching import owner_of
from atdata.cli.lexicons.asking import network

__all__ = ["published"]


def published(nsids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The documents that are published under some names, proved; a name that its owner has not published is left out.

    Args:
        nsids: the names.

    Raises:
        AtdataError: DNS names nobody who would publish one of them, a record is not proved, or a server does not answer.
    """
    reader = network()
    found: dict[str, dict[str, Any]] = {}
    for group in published_groups(reader, nsids):
        if group.owner is None:
            owner_of(reader, f"{group.name}.any")  # says who is missing, and the remedy
        for nsid in sorted(group.addresses.keys() & {*nsids}):
            found[nsid] = reader.fetch(nsid, group.addresses[nsid]).document
    return found
