"""The files of one build, compared with the disk: written, shown as a diff, or removed.

`<package>/.atdata-gen.json` lists the files that the compiler owns, with their sha-256. Files that it does
not list are never touched, and a file that it lists is replaced only if it is as the compiler left it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import cast

from atdata_codegen.diagnostics import Diagnostic

__all__ = [
    "MANIFEST",
    "Changes",
    "Owned",
    "SideFile",
    "compare",
    "digest",
    "digests_of",
    "is_inside",
    "problems_of",
    "read_owned",
    "render_owned",
]

MANIFEST = ".atdata-gen.json"
"""The file, in the folder of the package, that lists what the compiler owns."""


@dataclass(frozen=True, slots=True)
class Owned:
    """What the compiler owns in a folder.

    Attributes:
        files: path below the folder, with `/`, to the sha-256 of the file as it was written.
        pending: paths of a build that was broken off; whatever they hold is the compiler's.
        problem: why the list could not be read.
    """

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    pending: frozenset[str] = frozenset()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a build does to a folder; every tuple holds paths below it, sorted.

    Attributes:
        folder: the folder of the package, absolute.
        files: all files of the build.
        same: files that are on disk already.
        write: files that are new or differ.
        remove: files that the compiler owns and no longer makes.
        edited: those of `write` and `remove` that were changed by hand.
        foreign: files that stand in the way and are not the compiler's.
        owned: the list of owned files is not as it will be.
        digests: all files of the build, to their sha-256.
    """

    folder: Path
    files: Mapping[str, bytes]
    same: tuple[str, ...]
    write: tuple[str, ...]
    remove: tuple[str, ...]
    edited: tuple[str, ...]
    foreign: tuple[str, ...]
    owned: bool
    digests: Mapping[str, str]

    @property
    def stale(self) -> bool:
        """Whether a build would change anything."""
        return bool(self.write or self.remove or self.foreign or self.owned)


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file that a build writes beside what it compiles.

    Attributes:
        path: where it goes, absolute.
        data: what it will hold; `None` where it goes.
        before: what it holds; `None` where there is none.
    """

    path: Path
    data: bytes | None
    before: bytes | None

    @property
    def stale(self) -> bool:
        """Whether a build would change it."""
        return self.data != self.before


def digest(data: bytes) -> str:
    """The sha-256 of a file, in hexadecimal; line ends of either kind count alike."""
    return hashlib.sha256(_plain(data)).hexdigest()


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """The sha-256 of files, by path."""
    return {path: digest(data) for path, data in files.items()}


def read_owned(folder: Path) -> Owned:
    """The list of owned files; empty where there is none."""
    data = content(folder, MANIFEST)
    if data is None:
        return Owned()
    try:
        value = json.loads(data)
        files = cast("dict[str, str]", value["files"])
        pending = cast("list[str]", value.get("pending", []))
        well_formed = all(isinstance(text, str) for text in (*files, *files.values(), *pending))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return Owned(problem="it is not a list of files as the compiler writes it")
    if not well_formed or not all(map(is_inside, (*files, *pending))):
        return Owned(problem="it names a file outside of its folder")
    return Owned(files, frozenset(pending))


def render_owned(files: Mapping[str, str], pending: tuple[str, ...] = ()) -> bytes:
    r"""The text of the list.

    >>> render_owned({"a.py": "00"})
    b'{\n  "files": {\n    "a.py": "00"\n  }\n}\n'
    """
    value: dict[str, object] = {"files": dict(sorted(files.items()))}
    if pending:
        value["pending"] = sorted(pending)
    return (json.dumps(value, indent=2) + "\n").encode()


def compare(
    folder: Path,
    files: Mapping[str, bytes],
    owned: Owned,
    taken: Mapping[str, bytes] | None = None,
) -> Changes:
    """What writing those files would do; nothing is changed.

    Args:
        folder: the folder of the package, absolute.
        files: path below it, with `/`, to content.
        owned: what the compiler owns there.
        taken: contents that were just read from there. Those of `files` that are the same objects stay as they are.
    """
    read = taken or {}
    same: list[str] = []
    write: list[str] = []
    edited: list[str] = []
    foreign: list[str] = []
    for path in sorted(files):
        if files[path] is read.get(path):
            same.append(path)
            continue
        found = content(folder, path)
        if found == _plain(files[path]):
            same.append(path)
            continue
        write.append(path)
        if _in_the_way(folder, path, found, owned):
            foreign.append(path)
        elif found is not None and _is_edited(path, found, owned):
            edited.append(path)
    remove = _obsolete(folder, files, owned)
    edited += [path for path, found in remove.items() if _is_edited(path, found, owned)]
    digests = digests_of(files)
    stale = read_bytes_of_owned(folder) != render_owned(digests)
    return Changes(
        folder,
        files,
        tuple(same),
        tuple(path for path in write if path not in foreign),
        tuple(remove),
        tuple(sorted(edited)),
        tuple(foreign),
        stale,
        digests,
    )


def read_bytes_of_owned(folder: Path) -> bytes | None:
    """The list of owned files as it is on disk."""
    return content(folder, MANIFEST)


def problems_of(changes: Changes, owned: Owned) -> list[Diagnostic]:
    """What keeps the files from being written, `edited-output` apart."""
    if owned.problem is not None:
        hint = "restore it from version control, or delete it and the files that it listed"
        message = f"the list of compiled files cannot be used: {owned.problem}"
        return [_error(changes.folder, MANIFEST, "bad-manifest", message, hint)]
    hint = "move it away or delete it; the compiler never touches a file that it did not write"
    message = "this file is in the way of a compiled one, and the compiler did not write it"
    return [_error(changes.folder, path, "foreign-file", message, hint) for path in changes.foreign]


def edited_of(changes: Changes) -> list[Diagnostic]:
    """One finding for each file that was changed by hand."""
    hint = "change the lexicon instead; `atdata-gen build --force` discards the edit"
    message = "this compiled file was edited by hand"
    return [_error(changes.folder, path, "edited-output", message, hint) for path in changes.edited]


def _error(folder: Path, path: str, rule: str, message: str, hint: str) -> Diagnostic:
    where = str(folder / path)
    return Diagnostic(path=where, severity="error", rule=rule, message=message, hint=hint)


def content(folder: Path, path: str) -> bytes | None:
    """The file below a folder; None if there is none that can be read.

    Line ends are those that the compiler writes: version control may have changed them on the way to a disk, which
    is no edit.
    """
    try:
        with FileIO(f"{folder}/{path}") as file:
            return _plain(file.readall())
    except (OSError, ValueError):
        return None


def _plain(data: bytes) -> bytes:
    """A file with the line ends that the compiler writes; what a target writes may hold others."""
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def _in_the_way(folder: Path, path: str, found: bytes | None, owned: Owned) -> bool:
    if path in owned.files or path in owned.pending:
        return found is None and (folder / path).is_dir()
    return found is not None or (folder / path).is_dir()


def _is_edited(path: str, found: bytes, owned: Owned) -> bool:
    return path not in owned.pending and owned.files.get(path) != digest(found)


def _obsolete(folder: Path, files: Mapping[str, bytes], owned: Owned) -> dict[str, bytes]:
    found = {
        path: content(folder, path) for path in sorted({*owned.files, *owned.pending} - {*files})
    }
    return {path: data for path, data in found.items() if data is not None}


def is_inside(path: str) -> bool:
    """Whether a path with `/` leads to a file below the folder that it is relative to.

    >>> is_inside("a/b.py"), is_inside("../b.py"), is_inside("a//b")
    (True, False, False)
    """
    parts = path.split("/")
    return (
        not Path(path).is_absolute()
        and "\\" not in path
        and all(p not in ("", ".", "..") for p in parts)
    )
