"""All that is kept of a project's files, from one build to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from atdata_codegen.incremental.cache_files import cache_folder, read_cached, tidy, write_cached
from atdata_codegen.incremental.compiler import compiler_digest
from atdata_codegen.incremental.facts import Facts, facts_of
from atdata_codegen.incremental.forms import facts_from, facts_row, judged_from, judged_row
from atdata_codegen.incremental.judging import Judged, judge
from atdata_codegen.incremental.opened import Opened
from atdata_codegen.incremental.rows import list_of, mapping_of, text_of
from atdata_codegen.incremental.surroundings import Surroundings
from atdata_codegen.project import Project
from atdata_codegen.source.discover import LexiconFile

__all__ = ["Kept"]

_MOST = 64


@dataclass(frozen=True, slots=True)
class _File:
    """One file: of which bytes something is known, and what, as it is and as it is written."""

    key: str
    facts: Facts
    facts_row: list[object]
    judged: Judged | None = None
    judged_row: list[object] | None = None


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
        self._changed = False

    @classmethod
    def of(cls, project: Project) -> Kept:
        """What earlier builds of a project found out, if anything."""
        folder = cache_folder()
        if folder is None:
            return cls()
        name = sha256(
            "\n".join(map(str, (project.root, *project.lexicons))).encode(
                "utf-8", "surrogateescape"
            )
        )
        path = folder / "projects" / f"{name.hexdigest()}.json"
        try:
            rows = mapping_of(read_cached(path, compiler_digest()), list)
            return cls(path, {file: _file_of(file, row) for file, row in rows.items()})
        except ValueError:
            return cls(path)

    def facts(self, opened: Opened) -> Facts:
        """What a file says by itself."""
        file = opened.file
        key, known = _key(file), self._before.get(file.path)
        if known is None or known.key != key:
            facts = facts_of(opened)
            known = _File(key, facts, facts_row(facts))
            self._changed = True
        self._now[file.path] = known
        return known.facts

    def judged(self, opened: Opened, around: Surroundings) -> Judged:
        """What was found in a file when it was held against others; `facts` was asked for before."""
        known = self._now[opened.file.path]
        if known.judged is not None and around.agree(known.judged.trace):
            return known.judged
        judged = judge(opened, around)
        self._now[opened.file.path] = _File(
            known.key, known.facts, known.facts_row, judged, judged_row(judged)
        )
        self._changed = True
        return judged

    def write(self) -> None:
        """Keep what was asked for; quietly nothing where that is not possible."""
        if self._path is None or not (self._changed or len(self._now) != len(self._before)):
            return
        rows = {
            path: [file.key, file.facts_row, file.judged_row] for path, file in self._now.items()
        }
        write_cached(self._path, compiler_digest(), rows)
        tidy(self._path.parent, _MOST)


def _key(file: LexiconFile) -> str:
    return f"{file.nsid} {sha256(file.data).hexdigest()}"


def _file_of(path: str, row: list[object]) -> _File:
    key, facts, judged = row
    facts = list_of(facts, object)
    if judged is None:
        return _File(text_of(key), facts_from(path, facts), facts)
    judged = list_of(judged, object)
    return _File(text_of(key), facts_from(path, facts), facts, judged_from(path, judged), judged)
