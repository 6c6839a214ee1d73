"""`atdata watch`: what is published, as it is published."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atdata.cli.misuse import Misuse
from atdata.cli.output import print_rows, say
from atdata.cli.visible import cut
from atdata_schema.syntax import is_valid

if TYPE_CHECKING:
    from atdata.atmosphere.discovery.events import Event, RecordEvent
    from atdata.atmosphere.discovery.limits import Fault

__all__ = ["run"]

_LONGEST = 60


def run(
    collections: Sequence[str],
    jetstream: str | None,
    firehose: str | None,
    count: int | None,
    as_json: bool,
) -> int:
    """Follow a stream until Ctrl-C, or until so many changes were shown."""
    from contextlib import closing

    from atdata.atmosphere.atmosphere import Atmosphere

    for collection in collections:
        if not is_valid("nsid", collection):
            raise Misuse(f"--collection {collection!r:.80} is no NSID")
    if jetstream is not None and firehose is not None:
        raise Misuse("--jetstream and --firehose are two streams: follow one")
    events: Any = Atmosphere().watch(
        jetstream=jetstream,
        firehose=firehose,
        collections=tuple(collections) or None,
        faults=_fault,
    )
    left = count
    # The cursor is kept when it is closed, also by Ctrl-C: that is how following a stream ends.
    with closing(events):
        try:
            for event in events:
                _print(event, as_json)
                left = None if left is None else left - 1
                if left == 0:
                    break
        except KeyboardInterrupt:
            return 0
    return 0


def _fault(fault: Fault) -> None:
    say(f"atdata: {fault}")


def _print(event: RecordEvent | Event, as_json: bool) -> None:
    if as_json:
        # Everything but plain ASCII is escaped, so that a terminal obeys nothing in it.
        sys.stdout.write(json.dumps(_json(event)) + "\n")
    else:
        print_rows([_cells(event)])
    sys.stdout.flush()


def _cells(event: RecordEvent | Event) -> list[str]:
    from atdata.atmosphere.discovery.events import Event

    if isinstance(event, Event):
        return [event.happening, "", event.did, "", "", ""]
    record = event.record or {}
    name = record.get("name")
    who = event.did if event.handle is None else f"@{event.handle}"
    shown = cut(name, _LONGEST) if isinstance(name, str) else ""
    return [event.happening, event.collection, who, shown, str(event.level), event.uri]


def _json(event: RecordEvent | Event) -> dict[str, Any]:
    from atdata.atmosphere.discovery.events import Event
    from atdata_schema.data import as_value, to_json

    if isinstance(event, Event):
        return {"happening": event.happening, "did": event.did, "time": event.time}
    return {
        "happening": event.happening,
        "uri": event.uri,
        "did": event.did,
        "handle": event.handle,
        "collection": event.collection,
        "rkey": event.rkey,
        "rev": event.rev,
        "cid": event.cid,
        "proved": str(event.level),
        "time": event.time,
        "record": None if event.record is None else to_json(as_value(dict(event.record))),
    }
