"""What a build came to, kept so that the same build again takes no thought.

The key covers everything that a build reads: the documents, their paths, the configuration, and the source
of the compiler and the kernel themselves. A cache that cannot be read or written is no cache, and no error.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any, cast

import atdata_codegen
import atdata_schema
from atdata_codegen.diagnostics import Diagnostic
from atdata_codegen.outputs import digest
from atdata_codegen.project import Project
from atdata_codegen.source.discover import Discovery

__all__ = ["Entry", "cache_folder", "key_of", "load_entry", "store_entry"]

_TOOLS = ("black", "jinja2", "lark", "regex")
_KEPT = 64


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


def cache_folder() -> Path | None:
    """Where the cache lies: in `ATDATA_CACHE`, else where the platform keeps it; nowhere if that is empty."""
    chosen = os.environ.get("ATDATA_CACHE")
    if chosen is not None:
        return Path(chosen, "atdata-gen", "builds") if chosen else None
    from platformdirs import user_cache_path  # only where it is needed: the command starts fast

    return user_cache_path("atdata-gen", appauthor=False) / "builds"


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
    tools = [sys.version, *(version(tool) for tool in _TOOLS)]
    sources = [_fingerprint(package.__path__[0]) for package in (atdata_codegen, atdata_schema)]
    written = _externs_of(project) if discovery.lenses else ""
    everything = [purpose, asdict(project), files, problems, tools, sources, written]
    return digest(json.dumps(everything, sort_keys=True, default=str).encode())


def load_entry(key: str) -> Entry | None:
    """What that build came to, if it is known and the installed packages that it read are the same."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        value = cast("dict[str, Any]", json.loads((folder / f"{key}.json").read_bytes()))
        diagnostics = tuple(map(_diagnostic, value["diagnostics"]))
        lock, tests = str(value["lock"]), dict(value["tests"])
        targets = tuple(map(dict, value["targets"]))
        entry = Entry(dict(value["outputs"]), diagnostics, value["outside"], lock, tests, targets)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    same = entry.outside is None or entry.outside == _outside(tuple(entry.outside))
    return entry if same else None


def store_entry(
    key: str,
    outputs: Mapping[str, bytes],
    diagnostics: tuple[Diagnostic, ...],
    outside: tuple[str, ...] | None,
    lock: bytes = b"",
    tests: Mapping[str, bytes] | None = None,
    targets: Sequence[Mapping[str, bytes]] = (),
) -> None:
    """Keep what a build came to; quietly nothing where that is not possible."""
    folder = cache_folder()
    if folder is None:
        return
    value = {
        "outputs": _digests(outputs),
        "diagnostics": [asdict(diagnostic) for diagnostic in diagnostics],
        "outside": None if outside is None else _outside(outside),
        "lock": digest(lock) if lock else "",
        "tests": _digests(tests or {}),
        "targets": [_digests(files) for files in targets],
    }
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{key}.{os.getpid()}.part"
        temporary.write_text(json.dumps(value), "ascii")
        temporary.replace(folder / f"{key}.json")
        _tidy(folder)


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: digest(data) for path, data in files.items()}


def _diagnostic(row: dict[str, Any]) -> Diagnostic:
    return Diagnostic(**{**row, "notes": tuple(row["notes"])})


def _tidy(folder: Path) -> None:
    """Keep the newest few."""
    entries = sorted(folder.iterdir(), key=lambda entry: entry.stat().st_mtime_ns)
    for entry in entries[:-_KEPT]:
        entry.unlink(missing_ok=True)


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


def _fingerprint(folder: str) -> str:
    """A digest of the source of a package."""
    total = hashlib.sha256()
    for path in sorted(_sources(folder)):
        total.update(f"{os.path.relpath(path, folder)} {_digest_of(path)}\n".encode())
    return total.hexdigest()


def _sources(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        yield from (
            f"{parent}{os.sep}{name}" for name in names if name.endswith((".py", ".lark", ".j2"))
        )
