"""What was made before, so that an unchanged build need not make it again.

The memo maps the digest of what something is made from (a text that black formatted, or the documents of a
module) to the digest of what was made, and holds no code: what was made is taken from the file on disk that
has that digest. A memo that is lost, broken or read-only costs time, nothing
else.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import cast

__all__ = ["Memo", "cache_folder", "digest"]

_FILE = "modules.json"
_MOST = 20_000


class Memo:
    r"""The memo of one build.

    >>> memo = Memo()
    >>> memo.note("x=1\n", b"x = 1\n")
    >>> memo.recall("x=1\n", b"x = 1\n"), memo.recall("x=1\n", b"edited")
    (b'x = 1\n', None)
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self._new: dict[str, str] = {}

    @classmethod
    def read(cls, folder: Path | None) -> Memo:
        """The memo of earlier builds, empty where there is none that can be read."""
        try:
            value = json.loads((folder / _FILE).read_bytes()) if folder is not None else {}
        except (OSError, ValueError, RecursionError):
            value = {}
        known = cast("dict[object, object]", value) if isinstance(value, dict) else {}
        return cls({str(key): made for key, made in known.items() if isinstance(made, str)})

    def recall(self, source: str, existing: bytes | None) -> bytes | None:
        """`existing`, if it is what was made from a source before."""
        made = self._known.get(digest(source.encode()))
        return existing if existing is not None and digest(existing) == made else None

    def note(self, source: str, made: bytes) -> None:
        """Remember what was made from a source."""
        key = digest(source.encode())
        if self._known.get(key) != (value := digest(made)):
            self._known[key] = self._new[key] = value

    def write(self, folder: Path | None) -> None:
        """Keep the newest entries for later builds, beside those of builds that ran meanwhile."""
        if folder is None or not self._new:
            return
        together = Memo.read(folder)._known | self._new
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(dict(list(together.items())[-_MOST:]), file)
            Path(temporary).replace(folder / _FILE)
        except OSError:  # a build does not need its memo
            return


def digest(data: bytes) -> str:
    """A sha-256, in hexadecimal."""
    return sha256(data).hexdigest()


def cache_folder() -> Path | None:
    """Where memos lie: `ATDATA_CACHE`, else the user's folder for caches; none where that is unknown."""
    chosen = os.environ.get("ATDATA_CACHE")
    if chosen is not None:
        return Path(chosen) / "atdata-gen" if chosen else None
    from platformdirs import user_cache_path

    return user_cache_path("atdata-gen", appauthor=False)
