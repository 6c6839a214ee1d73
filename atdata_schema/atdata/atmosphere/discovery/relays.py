"""Which repositories have records of a collection, as relays say.

Relays are asked in turn until one has told all; `thorough` asks every one and takes what any says, since each may lag or leave out. A relay
may also say too much: whether a repository really has such records is seen when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from atdata.atmosphere.discovery.limits import USUAL, Fault, Limits
from atdata.errors import SourceError
from atdata.shards.sources.pace import Pace
from atdata_schema.syntax import is_valid

if TYPE_CHECKING:
    from atdata.atmosphere.settings import Settings
    from atdata.atmosphere.xrpc.client import Params

__all__ = ["repositories_with"]

_LIST: Final = "com.atproto.sync.listReposByCollection"
_PAGE: Final = 1000
_PAGE_BYTES: Final = 4 << 20
_PACE: Final = Pace(grace=30.0, slowest=1 << 15)
_IDLE_PAGES: Final = 3
"""Pages in a row with nothing new on them, after which a relay is taken to go round in circles."""


def repositories_with(
    settings: Settings,
    collection: str,
    relays: Sequence[str],
    faults: list[Fault],
    *,
    silent: set[str] | None = None,
    thorough: bool = False,
    limits: Limits = USUAL,
) -> tuple[list[str], bool]:
    """The DIDs of the repositories that have records of a collection.

    Args:
        settings: which addresses may be reached.
        collection: the NSID.
        relays: their origins, in the order in which they are asked.
        faults: takes what is wrong with a relay.
        silent: relays that did not answer before, which are not asked again; takes those that do not now.
        thorough: ask all of them.
        limits: how much is taken.

    Returns:
        The DIDs, in the order in which they were told, and whether a relay told all that it has.
    """
    found: dict[str, None] = {}
    whole = False
    away = set[str]() if silent is None else silent
    for relay in relays:
        if relay in away:
            continue
        before = len(found)
        try:
            for did in _told(settings, relay, collection, limits):
                found[did] = None
                if len(found) >= limits.repositories:
                    faults.append(
                        Fault(
                            relay,
                            f"more than {limits.repositories:,} repositories have {collection}",
                        )
                    )
                    return [*found], whole
            whole = True
        except SourceError as error:
            faults.append(Fault(relay, str(error)))
            if len(found) == before:
                away.add(relay)
        if whole and not thorough:
            break
    return [*found], whole


def _told(settings: Settings, relay: str, collection: str, limits: Limits) -> Iterator[str]:
    from atdata.atmosphere.xrpc.client import Xrpc

    server = Xrpc(relay, settings=settings, pace=_PACE)
    cursor: str | None = None
    dids: set[str] = set()
    cursors: set[str] = set()
    idle = 0
    for _ in range(limits.pages):
        params: Params = {"collection": collection, "limit": _PAGE, "cursor": cursor}
        page = server.query(_LIST, params, max_bytes=_PAGE_BYTES)
        new = [did for did in _dids(page, relay) if did not in dids]
        dids.update(new)
        yield from new
        cursor = page.get("cursor") or None
        if cursor is None:
            return
        idle = 0 if new else idle + 1
        if not isinstance(cursor, str) or cursor in cursors or idle == _IDLE_PAGES:
            raise SourceError(
                f"{relay}: its list of {collection} does not come to an end: it repeats itself"
            )
        cursors.add(cursor)
    raise SourceError(f"{relay}: its list of {collection} has more than {limits.pages:,} pages")


def _dids(page: dict[str, Any], relay: str) -> Iterator[str]:
    repos = page.get("repos")
    if not isinstance(repos, list):
        raise SourceError(f"{relay}: its answer has no list 'repos'")
    for item in repos:
        did = item.get("did") if isinstance(item, dict) else None
        if is_valid("did", did):
            yield str(did)
