"""Folders of lexicons: which files of lexicons and lenses they hold, and which NSID each path stands for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from atdata_codegen.diagnostics import Diagnostic

__all__ = [
    "LENS",
    "MAX_LENS_BYTES",
    "Discovery",
    "LexiconFile",
    "discover",
    "file_at",
    "nsid_of",
    "path_of",
]

LENS = ".lens"
"""How the name of a file of lenses ends."""

MAX_LENS_BYTES = 2 * 1024 * 1024
"""Bytes of a file of lenses; a larger one holds more characters than are read, whatever they are."""


@dataclass(frozen=True, slots=True)
class LexiconFile:
    """One file of a folder of lexicons.

    Attributes:
        path: where it lies, absolute.
        nsid: the NSID that its path stands for.
        data: its bytes.
    """

    path: str
    nsid: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the folders hold, by folder and name, and what could not be read.

    Attributes:
        files: the lexicons.
        diagnostics: what could not be read.
        lenses: the files of lenses.
    """

    files: tuple[LexiconFile, ...]
    diagnostics: tuple[Diagnostic, ...]
    lenses: tuple[LexiconFile, ...] = ()


def discover(folders: Sequence[Path]) -> Discovery:
    """Every `*.json` and `*.lens` below those folders, sorted by name.

    Hidden files and folders are left out. A link is followed once: circles end where they close. A file
    that two of the folders reach is taken from the first of them.

    Args:
        folders: absolute paths.
    """
    files: list[LexiconFile] = []
    problems: list[Diagnostic] = []
    taken: set[tuple[int, int]] = set()
    for folder in folders:
        if not folder.is_dir():
            problems.append(_unreadable(str(folder), "there is no such folder"))
        for path in _walk(str(folder), problems) if folder.is_dir() else ():
            file = _read(folder, path, taken, problems)
            if file is not None:
                files.append(file)
    lenses = tuple(file for file in files if file.path.endswith(LENS))
    lexicons = tuple(file for file in files if not file.path.endswith(LENS))
    return Discovery(lexicons, tuple(problems), lenses)


def _walk(folder: str, problems: list[Diagnostic]) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            about = Path(current).stat()
            entries = sorted(os.scandir(current), key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            problems.append(_unreadable(current, error.strerror or str(error)))
            continue
        if (about.st_dev, about.st_ino) in seen:
            continue
        seen.add((about.st_dev, about.st_ino))
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        folders = {entry.path for entry in visible if Path(entry.path).is_dir()}
        waiting += [entry.path for entry in visible if entry.path in folders]
        others = (entry.path for entry in reversed(visible) if entry.path not in folders)
        yield from (path for path in others if path.endswith((".json", LENS)))


def _read(
    folder: Path, path: str, taken: set[tuple[int, int]], problems: list[Diagnostic]
) -> LexiconFile | None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        problems.append(_unreadable(path, "the name is not UTF-8"))
        return None
    try:
        about = Path(path).stat()
        if (about.st_dev, about.st_ino) in taken:
            return None
        if not S_ISREG(about.st_mode):  # a pipe would be waited for without end
            problems.append(_unreadable(path, "it is no regular file"))
            return None
        if path.endswith(LENS) and about.st_size > MAX_LENS_BYTES:
            problems.append(_too_large(path, about.st_size))
            return None
        data = Path(path).read_bytes()
    except OSError as error:
        problems.append(_unreadable(path, error.strerror or str(error)))
        return None
    taken.add((about.st_dev, about.st_ino))
    return LexiconFile(path, nsid_of(os.path.relpath(path, folder)), data)


def file_at(folder: Path, path: str) -> LexiconFile | Diagnostic:
    """One file, or why it cannot be read.

    Args:
        folder: the folder that its NSID is counted from.
        path: where it lies, absolute.
    """
    problems: list[Diagnostic] = []
    found = _read(folder, path, set(), problems)
    return problems[0] if found is None else found


def nsid_of(path: str) -> str:
    """The NSID that a path below a folder of lexicons stands for.

    >>> nsid_of("org/example/image.json")
    'org.example.image'
    """
    return path.removesuffix(".json").removesuffix(LENS).replace(os.sep, ".")


def path_of(nsid: str, ending: str = ".json") -> str:
    """The path below a folder of lexicons that stands for an NSID, with `/`.

    >>> path_of("org.example.image"), path_of("org.example.imageToTrain", LENS)
    ('org/example/image.json', 'org/example/imageToTrain.lens')
    """
    return nsid.replace(".", "/") + ending


def _too_large(path: str, size: int) -> Diagnostic:
    return Diagnostic(
        path=path,
        severity="error",
        rule="LN260",
        message=f"a file of {size} bytes; at most {MAX_LENS_BYTES} are read",
        hint="split the file",
    )


def _unreadable(path: str, why: str) -> Diagnostic:
    return Diagnostic(
        path=path,
        severity="error",
        rule="unreadable-file",
        message=f"cannot be read: {why}",
        hint="correct `lexicons` in [tool.atdata-gen], or the file's name or permissions",
    )
