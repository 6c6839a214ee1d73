"""`lenses.lock`: the types that each lens of a project was checked against, its own CID, and its class.

The file lies beside pyproject.toml, is written by a build, and is meant to be committed and reviewed: a type
that changes changes what its lenses are, and nobody would see it in the lenses themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from atdata_schema.lenses import Lens

__all__ = ["Lock", "Locked", "Moved", "locked_of", "moved", "read_lock", "render_lock"]

_VERSION = 1
_MOST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Locked:
    """What is known of one lens.

    Attributes:
        cid: the CID of what it says.
        kind: its class.
        source: the full name and the CID of the type that it leads from.
        view: those of the type that it leads to.
    """

    cid: str
    kind: str
    source: tuple[str, str]
    view: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of a project, or why it cannot be read."""

    lenses: Mapping[str, Locked] = field(default_factory=dict[str, Locked])
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A type that is not the one that a lens was checked against.

    Attributes:
        lens: the full name of the lens.
        side: `source` or `view`.
        type: the full name of the type.
        before: the CID that it had.
        now: the CID that it has.
    """

    lens: str
    side: str
    type: str
    before: str
    now: str


def locked_of(lens: Lens[Any, Any]) -> Locked:
    """What the lock says of a lens."""
    source, view = lens.program.source, lens.program.view
    return Locked(lens.cid, lens.kind, (source.id, source.cid or ""), (view.id, view.cid or ""))


def render_lock(lenses: Mapping[str, Locked]) -> bytes:
    """The text of the lock, sorted by the names of the lenses.

    >>> frame, train = ("org.example.frame", "bafyframe"), ("org.example.train", "bafytrain")
    >>> print(render_lock({"org.example.frameToTrain": Locked("bafylens", "iso", frame, train)}).decode())
    {
      "version": 1,
      "lenses": {
        "org.example.frameToTrain": {
          "cid": "bafylens",
          "class": "iso",
          "source": {
            "id": "org.example.frame",
            "cid": "bafyframe"
          },
          "view": {
            "id": "org.example.train",
            "cid": "bafytrain"
          }
        }
      }
    }
    <BLANKLINE>
    """
    rows = {name: _row(lens) for name, lens in sorted(lenses.items())}
    return (json.dumps({"version": _VERSION, "lenses": rows}, indent=2) + "\n").encode()


def read_lock(data: bytes | None) -> Lock:
    """The lock as it is on disk; empty where there is none."""
    if data is None:
        return Lock()
    if len(data) > _MOST:
        return Lock(problem=f"it has {len(data)} bytes; at most {_MOST} are read")
    try:
        value = json.loads(data)
        if value["version"] != _VERSION:
            return Lock(problem=f"its version is {value['version']!r:.40}, and {_VERSION} is known")
        rows = cast("dict[str, Any]", value["lenses"])
        return Lock({name: _read(row) for name, row in rows.items()})
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return Lock(problem="it is not a list of lenses as the compiler writes it")


def moved(lock: Lock, lenses: Mapping[str, Locked]) -> Iterator[Moved]:
    """The types that are not those that the lenses were checked against.

    A lens that names another type than before was changed by hand, so somebody has looked at it.
    """
    for name, lens in lenses.items():
        before = lock.lenses.get(name)
        if before is None:
            continue
        for side, old, new in (
            ("source", before.source, lens.source),
            ("view", before.view, lens.view),
        ):
            if old[0] == new[0] and old[1] != new[1]:
                yield Moved(name, side, new[0], old[1], new[1])


def _row(lens: Locked) -> dict[str, Any]:
    ends = {"source": lens.source, "view": lens.view}
    named = {side: {"id": id_, "cid": cid} for side, (id_, cid) in ends.items()}
    return {"cid": lens.cid, "class": lens.kind, **named}


def _read(row: Any) -> Locked:
    ends = [(row[side]["id"], row[side]["cid"]) for side in ("source", "view")]
    texts = [row["cid"], row["class"], *ends[0], *ends[1]]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return Locked(row["cid"], row["class"], ends[0], ends[1])
