"""What was made before, so that an unchanged build need not make it again.

The memo maps the digest of what something is made from (a text that black formatted, or the documents of a
module) to the digest of what was made, and holds no code: what was made is taken from the file on disk that
has that digest. A memo that is lost, broken or read-only costs time, nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from atdata_codegen.incremental.cache_files import read_cached, write_cached
from atdata_codegen.incremental.rows import mapping_of

__all__ = ["Memo", "digest"]

_FILE = "modules.json"
_WRITER = "any compiler"  # each key has its own in it
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
            return cls(mapping_of(read_cached(folder / _FILE, _WRITER), str) if folder else {})
        except ValueError:
            return cls()

    def recall(self, source: str, existing: bytes | None) -> bytes | None:
        """`existing`, if it is what was made from a source before."""
        made = self._known.get(digest(source.encode()))
        return existing if existing is not None and digest(existing) == made else None

    def note(self, source: str, made: bytes) -> None:
        """Remember what was made from a source."""
        key = digest(source.encode())
        if self._known.get(key) != (value := digest(made)):
            self._known[key] = self._new[key] = value

    def knows(self, source: str) -> bool:
        """Whether something was made from a source before, or planned."""
        return digest(source.encode()) in self._known

    def note_planned(self, source: str) -> None:
        """Remember that something can be made from a source, and is not made yet."""
        key = digest(source.encode())
        self._known[key] = self._new[key] = ""

    def write(self, folder: Path | None) -> None:
        """Keep the newest entries for later builds, beside those of builds that ran meanwhile."""
        if folder is None or not self._new:
            return
        together = Memo.read(folder)._known | self._new
        write_cached(folder / _FILE, _WRITER, dict(list(together.items())[-_MOST:]))


def digest(data: bytes) -> str:
    """A sha-256, in hexadecimal."""
    return sha256(data).hexdigest()
