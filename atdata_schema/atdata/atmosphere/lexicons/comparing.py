"""A project's lexicons beside what is published under their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from atdata.atmosphere.lexicons.authority import group_of, record_name
from atdata.atmosphere.lexicons.fetching import Network
from atdata.atmosphere.records.collections import LEXICON
from atdata_schema.schema import document_cid
from atdata_schema.vendored.pulling import FetchedLexicon

__all__ = ["Compared", "Group", "State", "compare", "groups_of", "published_groups"]


class State(StrEnum):
    """How a lexicon stands to what is published."""

    SAME = "published"
    DIFFERS = "differs"
    UNPUBLISHED = "not published"
    ELSEWHERE = "only published"
    NOBODY = "no DNS record"


@dataclass(frozen=True, slots=True)
class Compared:
    """One lexicon, here and there.

    Attributes:
        nsid: which one.
        state: how they stand to each other.
        here: the document of the project.
        there: what is published.
    """

    nsid: str
    state: State
    here: Mapping[str, Any] | None
    there: FetchedLexicon | None = None


def groups_of(names: Sequence[str]) -> dict[str, str]:
    """The groups of NSIDs, each with the name of its TXT record, sorted."""
    return {group_of(nsid): record_name(nsid) for nsid in sorted(names)}


@dataclass(frozen=True, slots=True)
class Group:
    """What is published in one group.

    Attributes:
        name: the group.
        owner: the account that publishes in it; None where nobody is known to.
        addresses: NSID to the address of everything that is published there; the server's word for it.
    """

    name: str
    owner: str | None
    addresses: Mapping[str, str]


def published_groups(
    network: Network, names: Sequence[str], *, did: str | None = None
) -> Iterator[Group]:
    """What is published in the groups of some lexicons, by group.

    Args:
        network: where lexicons come from.
        names: their NSIDs.
        did: the account to look at; else the one that DNS names, by group.

    Raises:
        LoadError: a server does not answer.
    """
    for name in groups_of(names):
        owner = did or network.owner(f"{name}.any")
        there = [] if owner is None else network.published_in(name, owner)
        yield Group(name, owner, {nsid: f"at://{owner}/{LEXICON}/{nsid}" for nsid in there})


def compare(
    network: Network,
    documents: Mapping[str, Mapping[str, Any]],
    *,
    did: str | None = None,
    others: bool = True,
) -> list[Compared]:
    """Compare lexicons with what is published.

    Args:
        network: where lexicons come from.
        documents: those of the project, by NSID.
        did: the account to look at; else the one that DNS names, by group.
        others: also name those that are published in the same groups and are not in the project.

    Returns:
        One for each, sorted by NSID.

    Raises:
        LoadError: a server does not answer, or what it has is not proved.
    """
    found: list[Compared] = []
    for group in published_groups(network, list(documents), did=did):
        here = {nsid: item for nsid, item in documents.items() if group_of(nsid) == group.name}
        if group.owner is None:
            found += [Compared(nsid, State.NOBODY, item) for nsid, item in here.items()]
            continue
        for nsid in sorted({*here, *(group.addresses if others else ())}):
            address = group.addresses.get(nsid)
            there = None if address is None else network.fetch(nsid, address)
            found.append(_compared(nsid, here.get(nsid), there))
    return sorted(found, key=lambda item: item.nsid)


def _compared(nsid: str, here: Mapping[str, Any] | None, there: FetchedLexicon | None) -> Compared:
    if here is None:
        state = State.ELSEWHERE
    elif there is None:
        state = State.UNPUBLISHED
    else:
        state = State.SAME if document_cid(here) == there.cid else State.DIFFERS
    return Compared(nsid, state, here, there)
