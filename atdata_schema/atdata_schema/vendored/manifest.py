"""`lexicons.json`: the lexicons that a project asked for, and what was fetched for it. The form is the ecosystem's own.

    {"version": 1,
     "lexicons": ["org.example.photo"],
     "resolutions": {"org.example.photo": {"uri": "at://…", "cid": "bafyrei…"}, …}}

`lexicons` is what was asked for, `resolutions` that and everything that it refers to; both are sorted. What came from elsewhere than
the network has a URI of another kind in the same place: `file:` a folder, `git+…@commit` a repository, `pkg:pypi/…` an installed package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from atdata_schema.data import parse_json
from atdata_schema.errors import AtdataError, ManifestError
from atdata_schema.syntax import check, parse_at_uri
from atdata_schema.syntax.quoting import quoted

__all__ = ["NAME", "Manifest", "Resolution", "parse_manifest", "read_manifest"]

NAME: Final = "lexicons.json"
"""What the file is called."""

_VERSION: Final = 1
_LARGEST: Final = 8 << 20

_ELSEWHERE: Final = ("file:", "git+", "pkg:pypi/")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a lexicon was fetched as.

    Attributes:
        uri: the record; or where else it came from.
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
        ManifestError: it is none, or of a later version.
    """
    try:
        content = parse_json(text)
        if content.get("version") != _VERSION:
            raise ManifestError(
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
        raise ManifestError(f"{where}: this is no {NAME}: {error}") from None


def read_manifest(path: Path) -> Manifest:
    """The manifest of a project; an empty one where there is no such file.

    Raises:
        ManifestError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return Manifest()
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(text) > _LARGEST:
        raise ManifestError(f"{path} has more than {_LARGEST} bytes, and is not read")
    return parse_manifest(text, str(path))


def _resolution(nsid: str, found: object) -> Resolution:
    said = _map(found)
    uri, cid = said.get("uri"), said.get("cid")
    if not isinstance(uri, str) or not isinstance(cid, str):
        raise ManifestError(f"the resolution of {quoted(nsid)} has a uri and a cid")
    if not uri.startswith(_ELSEWHERE) and parse_at_uri(uri).rkey != nsid:
        raise ManifestError(f"{quoted(uri)} is no record of the lexicon {nsid}")
    return Resolution(uri, check("cid", cid))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ManifestError("lexicons is a list of NSIDs")
    return value


def _map(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ManifestError("resolutions are objects by NSID")
    return value
