"""`lexicons.json`: the lexicons that a project asked for, and what was fetched for it. The form is the ecosystem's own.

    {"version": 1,
     "lexicons": ["org.example.photo"],
     "resolutions": {"org.example.photo": {"uri": "at://…", "cid": "bafyrei…"}, …}}

`lexicons` is what was asked for, `resolutions` that and everything that it refers to; both are sorted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atdata.errors import LoadError
from atdata_schema.data import parse_json
from atdata_schema.errors import AtdataError
from atdata_schema.syntax import check, parse_at_uri
from atdata_schema.syntax.quoting import quoted

__all__ = ["NAME", "Manifest", "Resolution", "parse_manifest"]

NAME: Final = "lexicons.json"
"""What the file is called."""

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a lexicon was fetched as.

    Attributes:
        uri: the record.
        cid: the CID that it had.
    """

    uri: str
    cid: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a project asked for, and what was fetched.

    Attributes:
        lexicons: the NSIDs that were asked for.
        resolutions: what was fetched, by NSID.
    """

    lexicons: tuple[str, ...] = ()
    resolutions: Mapping[str, Resolution] = field(default_factory=dict[str, Resolution])

    def to_text(self) -> str:
        """The file; equal manifests are equal files.

        >>> print(Manifest(("a.b.c",), {"a.b.c": Resolution("at://did:web:b.a/x.y.z/a.b.c", "bafyrei")}).to_text())
        {
          "version": 1,
          "lexicons": [
            "a.b.c"
          ],
          "resolutions": {
            "a.b.c": {
              "uri": "at://did:web:b.a/x.y.z/a.b.c",
              "cid": "bafyrei"
            }
          }
        }
        """
        content = {
            "version": _VERSION,
            "lexicons": sorted(self.lexicons),
            "resolutions": {
                nsid: {"uri": found.uri, "cid": found.cid}
                for nsid, found in sorted(self.resolutions.items())
            },
        }
        return json.dumps(content, indent=2)


def parse_manifest(text: bytes, where: str) -> Manifest:
    """The manifest that a file is.

    Args:
        text: the file.
        where: what it is called in messages.

    Raises:
        LoadError: it is none, or of a later version.
    """
    try:
        content = parse_json(text)
        if content.get("version") != _VERSION:
            raise LoadError(
                f"version {content.get('version')!r} is not read; version {_VERSION} is"
            )
        return Manifest(
            tuple(check("nsid", nsid) for nsid in _list(content.get("lexicons"))),
            {
                check("nsid", nsid): _resolution(nsid, found)
                for nsid, found in _map(content.get("resolutions")).items()
            },
        )
    except AtdataError as error:
        raise LoadError(f"{where}: this is no {NAME}: {error}") from None


def _resolution(nsid: str, found: object) -> Resolution:
    said = _map(found)
    uri, cid = said.get("uri"), said.get("cid")
    if not isinstance(uri, str) or not isinstance(cid, str):
        raise LoadError(f"the resolution of {quoted(nsid)} has a uri and a cid")
    if parse_at_uri(uri).rkey != nsid:
        raise LoadError(f"{quoted(uri)} is no record of the lexicon {nsid}")
    return Resolution(uri, check("cid", cid))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise LoadError("lexicons is a list of NSIDs")
    return value


def _map(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LoadError("resolutions are objects by NSID")
    return value
