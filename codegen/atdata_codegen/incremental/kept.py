"""All that is kept of a project's files, from one build to the next."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from atdata_codegen.incremental.cache_files import cache_folder, read_body, tidy, write_body
from atdata_codegen.incremental.compiler import compiler_digest
from atdata_codegen.incremental.facts import Facts, facts_of
from atdata_codegen.incremental.forms import facts_from, facts_row, judged_from, judged_row
from atdata_codegen.incremental.judging import Judged, judge
from atdata_codegen.incremental.opened import Opened
from atdata_codegen.incremental.rows import list_of, text_of
from atdata_codegen.incremental.surroundings import Surroundings
from atdata_codegen.project import Project
from atdata_codegen.source.discover import LexiconFile

__all__ = ["Kept"]

_MOST = 64


@dataclass(slots=True)
class _File:
    """What is known of one file.

    Attributes:
        key: of which bytes it is known.
        facts: what it says by itself.
        judged: what was found when it was held against others.
        line: all that as it is written; None until it is.
    """

    key: str
    facts: Facts
    judged: Judged | None = None
    line: bytes | None = None


class Kept:
    """What is known of files; what is not known is found out, and known next time.

    Args:
        path: where it is written to; nowhere if there is no place.
        before: what is known, by path of the file.
    """

    def __init__(self, path: Path | None = None, before: Mapping[str, _File] | None = None) -> None:
        self._path = path
        self._before = before or {}
        self._now: dict[str, _File] = {}

    @classmethod
    def of(cls, project: Project) -> Kept:
        """What earlier builds of a project found out, if anything."""
        folder = cache_folder()
        if folder is None:
            return cls()
        places = "\n".join(map(str, (project.root, *project.lexicons)))
        name = sha256(places.encode("utf-8", "surrogateescape")).hexdigest()
        path = folder / "projects" / f"{name}.jsonl"
        try:
            body = read_body(path, compiler_digest()) or b""
            return cls(path, dict(map(_read, body.splitlines())))
        except (ValueError, RecursionError):
            return cls(path)

    @property
    def known(self) -> Collection[str]:
        """The files of which something was known before."""
        return self._before.keys()

    def facts(self, opened: Opened) -> Facts:
        """What a file says by itself."""
        file = opened.file
        key, known = _key(file), self._before.get(file.path)
        if known is None or known.key != key:
            known = _File(key, facts_of(opened))
        self._now[file.path] = known
        return known.facts

    def judged(self, opened: Opened, around: Surroundings) -> Judged:
        """What was found in a file when it was held against others; `facts` was asked for before."""
        known = self._now[opened.file.path]
        if known.judged is None or not around.agree(known.judged.trace):
            known.judged, known.line = judge(opened, around), None
        return known.judged

    def write(self) -> None:
        """Keep what was asked for; quietly nothing where that is not possible."""
        whole = self._now.keys() == self._before.keys()
        if self._path is None or (whole and all(file.line for file in self._now.values())):
            return
        lines = [file.line or _line(path, file) for path, file in self._now.items()]
        write_body(self._path, compiler_digest(), b"\n".join(lines))
        tidy(self._path.parent, _MOST)


def _key(file: LexiconFile) -> str:
    return f"{file.nsid} {sha256(file.data).hexdigest()}"


def _line(path: str, file: _File) -> bytes:
    judged = None if file.judged is None else judged_row(file.judged)
    row = [path, file.key, facts_row(file.facts), judged]
    return json.dumps(row, separators=(",", ":")).encode()


def _read(line: bytes) -> tuple[str, _File]:
    """A file and what is known of it.

    Raises:
        ValueError: the line says nothing of the kind.
    """
    path, key, facts, judged = list_of(json.loads(line), object)
    path = text_of(path)
    found = None if judged is None else judged_from(path, list_of(judged, object))
    return path, _File(text_of(key), facts_from(path, list_of(facts, object)), found, line)
