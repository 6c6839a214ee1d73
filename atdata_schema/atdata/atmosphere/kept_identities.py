"""Accounts on the disk, a file a name."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from atdata.atmosphere.identity.document import DidDocument
from atdata.atmosphere.identity.hosts import origin_of
from atdata.atmosphere.identity.identities import Identity
from atdata.atmosphere.identity.keys import parse_did_key
from atdata.atmosphere.settings import Settings
from atdata.errors import IdentityError
from atdata.shards.cache_folder import cache_folder, named

__all__ = ["KeptIdentities", "KeptIdentity"]

_FORM: Final = 1
_LARGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class KeptIdentity:
    """An account as it was found.

    Attributes:
        identity: the account.
        at: when, in seconds since 1970.
    """

    identity: Identity
    at: float


class KeptIdentities:
    """Accounts in the folder for what can be made again. What cannot be read or written is as if it were not there.

    Args:
        settings: what one directory says is not what another one does.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings

    def read(self, name: str) -> KeptIdentity | None:
        """What was found about a name."""
        path = self._path(name)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                found: Any = json.loads(file.read(_LARGEST))
            return self._understood(found, name)
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            IdentityError,
        ):
            return None

    def write(self, name: str, kept: KeptIdentity) -> None:
        """Keep what was found about a name, in place of what was known."""
        path = self._path(name)
        if path is None:
            return
        part = path.with_name(f".{uuid.uuid4().hex}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_text(json.dumps(_said(name, kept)), "utf-8")
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Forget a name."""
        path = self._path(name)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path | None:
        folder = cache_folder()
        if folder is None:
            return None
        settings = self._settings
        return folder / "identities" / f"{named(settings.directory, settings.local, name)}.json"

    def _understood(self, found: dict[str, Any], name: str) -> KeptIdentity | None:
        if found["form"] != _FORM or found["name"] != name:
            return None
        key, pds = _text(found["key"]), _text(found["pds"])
        document = DidDocument(
            str(found["did"]),
            _text(found["claims"]),
            None if key is None else parse_did_key(key),
            None if pds is None else origin_of(pds, local=self._settings.local),
        )
        identity = Identity(document.did, _text(found["handle"]), document)
        return KeptIdentity(identity, float(found["at"]))


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


def _said(name: str, kept: KeptIdentity) -> dict[str, Any]:
    document = kept.identity.document
    return {
        "form": _FORM,
        "name": name,
        "at": kept.at,
        "did": kept.identity.did,
        "handle": kept.identity.handle,
        "claims": document.handle,
        "key": None if document.key is None else str(document.key),
        "pds": document.pds,
    }
