"""Publishing lexicons, and taking them away: all that is asked for at once, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from atdata.atmosphere.lexicons.authority import group_of
from atdata.atmosphere.lexicons.comparing import groups_of
from atdata.atmosphere.lexicons.fetching import Network
from atdata.atmosphere.publishing.repository import OwnRepository, Write
from atdata.atmosphere.publishing.transaction import MOST_WRITES, transact
from atdata.atmosphere.records.collections import LEXICON
from atdata.errors import PublishError
from atdata_schema import data
from atdata_schema.errors import DataError
from atdata_schema.references import references
from atdata_schema.schema import document_cid

if TYPE_CHECKING:
    from atdata.atmosphere.atmosphere import Atmosphere

__all__ = ["Judge", "Sent", "check_owner", "publish_lexicons", "unpublish_lexicons"]

_LISTED: Final = 20

Judge: TypeAlias = Callable[[Mapping[str, Mapping[str, Any]]], Sequence[str]]
"""Says what replacing lexicons would break, one sentence each."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What publishing comes to.

    Attributes:
        created: NSIDs that were not published before.
        updated: NSIDs that were published with other contents.
        same: NSIDs that are published as they are.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


def check_owner(network: Network, names: Sequence[str], did: str) -> None:
    """Refuse lexicons whose domain does not name an account: nobody would find them there.

    Raises:
        PublishError: a domain names another account, or none.
    """
    for group, record in groups_of(list(names)).items():
        owner = network.owner(f"{group}.any")
        if owner != did:
            said = "names no account" if owner is None else f"names {owner}"
            raise PublishError(
                f"{group}.*: the TXT record {record} {said}, so lexicons of the group are not looked for at {did}: let it say "
                f'"did={did}" (atdata-gen check-dns shows all), or publish them all the same with --skip-dns-check'
            )


def publish_lexicons(
    atmosphere: Atmosphere,
    documents: Mapping[str, Mapping[str, Any]],
    *,
    update: bool = False,
    judge: Judge = lambda before: [],
    dry_run: bool = False,
) -> Sent:
    """Publish lexicons from the account that is logged in.

    Args:
        atmosphere: who publishes.
        documents: the lexicons, by NSID.
        update: replace those that are published with other contents.
        judge: what replacing published lexicons would break, by NSID; where it says anything, nothing is replaced.
        dry_run: write nothing.

    Raises:
        PublishError: one is published with other contents, cannot be a record, or refers to what is nowhere; or the server refuses.
    """
    _check_number(documents)
    values = {nsid: _value(nsid, document) for nsid, document in documents.items()}
    repository = OwnRepository(atmosphere)
    sent = Sent()

    def plan() -> list[Write]:
        nonlocal sent
        there = {item.rkey: item for item in repository.records(LEXICON)}
        known = {nsid: there[nsid].cid if nsid in there else None for nsid in values}
        own = {nsid: document_cid(value) for nsid, value in values.items()}
        same = tuple(nsid for nsid in values if known[nsid] == own[nsid])
        new = tuple(nsid for nsid in values if known[nsid] is None)
        other = tuple(nsid for nsid in values if nsid not in (*same, *new))
        if other and not update:
            raise PublishError(
                f"{', '.join(other)}: published with other contents; atdata-gen diff shows them. Readers have the "
                "earlier ones: a change that breaks them is another NSID; --update replaces what is published"
            )
        broken = judge({nsid: there[nsid].value for nsid in other})
        if broken:
            listed = "\n  ".join(broken[:_LISTED])
            raise PublishError(
                f"this would break what others have:\n  {listed}\ngive the new lexicon another NSID, or replace it all the "
                "same with --breaking"
            )
        sent = sent if sent.created or sent.updated else Sent(new, other, same)
        return [
            *(Write("create", LEXICON, nsid, values[nsid]) for nsid in new),
            *(Write("update", LEXICON, nsid, values[nsid]) for nsid in other),
        ]

    if dry_run:
        plan()
    else:
        transact(repository, "publishing lexicons", plan)
    return sent


def unpublish_lexicons(
    atmosphere: Atmosphere, names: Sequence[str], *, dry_run: bool = False
) -> dict[str, list[str]]:
    """Take lexicons away from the account that is logged in.

    Args:
        atmosphere: whose they are.
        names: their NSIDs.
        dry_run: write nothing.

    Returns:
        For each that goes, the published lexicons that stay and refer to it.

    Raises:
        PublishError: one is not published there, or the server refuses.
    """
    _check_number(names)
    repository = OwnRepository(atmosphere)
    found: dict[str, list[str]] = {}

    def plan() -> list[Write]:
        there = {item.rkey: item.value for item in repository.records(LEXICON)}
        missing = [nsid for nsid in names if nsid not in there]
        if missing and not found:
            raise PublishError(f"{', '.join(missing)}: not published by {repository.did}")
        going = [nsid for nsid in dict.fromkeys(names) if nsid in there]
        staying = {nsid: references(value) for nsid, value in there.items() if nsid not in going}
        for nsid in going:
            found[nsid] = sorted(other for other, refs in staying.items() if nsid in refs)
        return [Write("delete", LEXICON, nsid) for nsid in going]

    if dry_run:
        plan()
    else:
        transact(repository, "unpublishing lexicons", plan)
    return found


def _check_number(names: Sequence[str] | Mapping[str, object]) -> None:
    if len(names) > MOST_WRITES:
        raise PublishError(
            f"{len(names)} lexicons are more than one commit takes, {MOST_WRITES}: name some of them at a time"
        )


def _value(nsid: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a lexicon."""
    if nsid.startswith("local.") or group_of(nsid).endswith(".internal"):
        raise PublishError(
            f"{nsid} is a name of this machine or this house alone: give it one of a domain of yours"
        )
    value = {**document, "$type": LEXICON}
    try:
        data.check_record(data.from_json(value))
    except DataError as error:
        raise PublishError(f"{nsid} cannot be a record: {error}") from None
    return value
