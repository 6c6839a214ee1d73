"""Lexicons as they are published, for `atdata-gen breaking --against published`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from atdata.atmosphere.lexicons.authority import group_of
from atdata.atmosphere.lexicons.comparing import groups_of
from atdata.atmosphere.lexicons.fetching import owner_of
from atdata.atmosphere.records.collections import LEXICON
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
    for group in groups_of(list(nsids)):
        owner = owner_of(reader, f"{group}.any")
        there = {*reader.published_in(group, owner)}
        for nsid in sorted(name for name in nsids if group_of(name) == group and name in there):
            found[nsid] = reader.fetch(nsid, f"at://{owner}/{LEXICON}/{nsid}").document
    return found
