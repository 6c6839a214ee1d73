"""What a build came to, kept so that the same build again takes no thought.

The key covers everything that a build reads: the documents, their paths, the configuration, and the source
of the compiler and the kernel themselves. A cache that cannot be read or written is no cache, and no error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.incremental.cache_files import cache_folder, read_cached, tidy, write_cached
from atdata_codegen.incremental.compiler import compiler_digest
from atdata_codegen.incremental.rows import (
    diagnostic_of,
    diagnostic_row,
    list_of,
    mapping_of,
    text_of,
)
from atdata_codegen.outputs import digest, digests_of
from atdata_codegen.project import Project
from atdata_codegen.source.discover import Discovery

__all__ = ["Entry", "key_of", "load_entry", "store_entry"]

_KEPT = 64
_FOLDER = "builds"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a build came to.

    Attributes:
        outputs: path below the package to the sha-256 of the file.
        diagnostics: what was printed.
        outside: files of installed packages that were read, to their sha-256; None if no reference left
            the project.
        lock: the sha-256 of `lenses.lock`; empty where there are no lenses.
        tests: path below the folder of tests to the sha-256 of the file.
        targets: the same of the folder of each other target.
    """

    outputs: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    outside: Mapping[str, str] | None
    lock: str = ""
    tests: Mapping[str, str] = field(default_factory=dict[str, str])
    targets: tuple[Mapping[str, str], ...] = ()


def key_of(project: Project, discovery: Discovery, purpose: str) -> str:
    """A digest of everything that a build reads, installed packages apart.

    Args:
        project: the configuration.
        discovery: the files.
        purpose: the kind of result that is kept.
    """
    found = (*discovery.files, *discovery.lenses)
    files = [(file.path, file.nsid, digest(file.data)) for file in found]
    problems = [asdict(problem) for problem in discovery.diagnostics]
    written = _externs_of(project) if discovery.lenses else ""
    everything = [purpose, asdict(project), files, problems, written]
    return digest(json.dumps(everything, sort_keys=True, default=str).encode())


def load_entry(key: str) -> Entry | None:
    """What that build came to, if it is known and the installed packages that it read are the same."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        entry = _entry_of(read_cached(_path(folder, key), compiler_digest()))
    except ValueError:
        return None
    same = entry.outside is None or entry.outside == _outside(tuple(entry.outside))
    return entry if same else None


def store_entry(
    key: str,
    outputs: Mapping[str, str],
    diagnostics: tuple[Diagnostic, ...],
    outside: tuple[str, ...] | None,
    lock: bytes = b"",
    tests: Mapping[str, bytes] | None = None,
    targets: Sequence[Mapping[str, bytes]] = (),
) -> None:
    """Keep what a build came to; quietly nothing where that is not possible.

    Args:
        key: of the build.
        outputs: the files of the package, to their sha-256.
        diagnostics: what was found.
        outside: the files of installed packages that were read; None where no reference left the project.
        lock: what `lenses.lock` says.
        tests: the tests of lenses.
        targets: the files of each other target.
    """
    folder = cache_folder()
    if folder is None:
        return
    value = {
        "outputs": dict(outputs),
        "diagnostics": [[each.path, diagnostic_row(each)] for each in diagnostics],
        "outside": None if outside is None else _outside(outside),
        "lock": digest(lock) if lock else "",
        "tests": digests_of(tests or {}),
        "targets": [digests_of(files) for files in targets],
    }
    write_cached(_path(folder, key), compiler_digest(), value)
    tidy(folder / _FOLDER, _KEPT)


def _path(folder: Path, key: str) -> Path:
    return folder / _FOLDER / f"{key}.json"


def _entry_of(value: object) -> Entry:
    """An entry as it was stored.

    Raises:
        ValueError: it is none.
    """
    row = mapping_of(value, object)
    if row.keys() != {"outputs", "diagnostics", "outside", "lock", "tests", "targets"}:
        raise ValueError("no entry")
    outside = row["outside"]
    return Entry(
        mapping_of(row["outputs"], str),
        tuple(map(_diagnostic, list_of(row["diagnostics"], list))),
        None if outside is None else mapping_of(outside, str),
        text_of(row["lock"]),
        mapping_of(row["tests"], str),
        tuple(mapping_of(files, str) for files in list_of(row["targets"], object)),
    )


def _diagnostic(row: list[object]) -> Diagnostic:
    path, rest = row
    return diagnostic_of(text_of(path), list_of(rest, object))


def _externs_of(project: Project) -> str:
    """A digest of the user's code of externs, which a build looks at and never runs."""
    if project.output is None or project.package is None:
        return ""
    return _digest_of(str(project.externs_file()))


_POINTS = "<entry points>"


def _outside(files: tuple[str, ...]) -> dict[str, str]:
    points = sorted((point.name, point.value) for point in entry_points(group="atdata.lexicons"))
    found = {_POINTS: digest(json.dumps(points).encode())}
    for path in files:
        if path != _POINTS:
            found[path] = _digest_of(path)
    return found


def _digest_of(path: str) -> str:
    try:
        return digest(Path(path).read_bytes())
    except OSError:
        return ""
