"""Which records names stood for when they were last looked up, for reading offline.

`names/<sha-256 of account, name and version>.json` beside the records that are kept. The label is proved again when it is read.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from atdata.atmosphere.reading.kept_records import FOLDER, put
from atdata.shards.cache_folder import cache_folder, named
from atdata_schema.syntax import is_valid

__all__ = ["KeptNames"]

_NAMES: Final = "names"


class KeptNames:
    """What one name stood for.

    Args:
        did: the account.
        name: the name.
        version: the version, where one is asked for.
    """

    def __init__(self, did: str, name: str, version: str | None) -> None:
        cache = cache_folder()
        key = named(did, name, "" if version is None else f"@{version}")
        self._path: Path | None = None if cache is None else cache / FOLDER / _NAMES / f"{key}.json"

    def keep(self, label: str | None, entry: str) -> None:
        """Keep the addresses of the label, where there is one, and of the entry."""
        if self._path is not None:
            put(self._path, json.dumps({"label": label, "entry": entry}).encode())

    def read(self) -> tuple[str | None, str] | None:
        """The addresses of the label and of the entry; `None` where nothing is kept."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            if self._path is not None:
                said: Any = json.loads(self._path.read_bytes())
                label, entry = said["label"], said["entry"]
                if is_valid("at-uri", entry) and (label is None or is_valid("at-uri", label)):
                    return label, entry
        return None
