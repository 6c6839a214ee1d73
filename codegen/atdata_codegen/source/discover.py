"""Folders of lexicons: which files of lexicons and lenses they hold, and which NSID each path stands for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
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
        for entry in _walk(str(folder), problems) if folder.is_dir() else ():
            file = _read(str(folder), entry.path, _stat_of(entry), taken, problems)
            if file is not None:
                files.append(file)
    lenses = tuple(file for file in files if file.path.endswith(LENS))
    lexicons = tuple(file for file in files if not file.path.endswith(LENS))
    return Discovery(lexicons, tuple(problems), lenses)


def _walk(folder: str, problems: list[Diagnostic]) -> Iterator[os.DirEntry[str]]:
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
        folders = {entry.path for entry in visible if _is_folder(entry)}
        waiting += [entry.path for entry in visible if entry.path in folders]
        others = (entry for entry in reversed(visible) if entry.path not in folders)
        yield from (entry for entry in others if entry.name.endswith((".json", LENS)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or where nobody may look
        return False


def _stat_of(entry: os.DirEntry[str]) -> Callable[[], os.stat_result]:
    """How to look at a file; what Windows tells with the folder lacks which file it is."""
    return entry.stat if os.name == "posix" else Path(entry.path).stat


def _read(
    folder: str,
    path: str,
    stat: Callable[[], os.stat_result],
    taken: set[tuple[int, int]],
    problems: list[Diagnostic],
) -> LexiconFile | None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        problems.append(_unreadable(path, "the name is not UTF-8"))
        return None
    try:
        about = stat()
        if (about.st_dev, about.st_ino) in taken:
            return None
        if not S_ISREG(about.st_mode):  # a pipe would be waited for without end
            problems.append(_unreadable(path, "it is no regular file"))
            return None
        if path.endswith(LENS) and about.st_size > MAX_LENS_BYTES:
            problems.append(_too_large(path, about.st_size))
            return None
        with FileIO(path) as file:
            data = file.readall()
    except OSError as error:
        problems.append(_unreadable(path, error.strerror or str(error)))
        return None
    taken.add((about.st_dev, about.st_ino))
    return LexiconFile(path, nsid_of(_below(folder, path)), data)


def _below(folder: str, path: str) -> str:
    """A path relative to a folder."""
    start = f"{folder}{os.sep}"
    plain = path.startswith(start) and os.pardir not in path
    return path[len(start) :] if plain else os.path.relpath(path, folder)


def file_at(folder: Path, path: str) -> LexiconFile | Diagnostic:
    """One file, or why it cannot be read.

    Args:
        folder: the folder that its NSID is counted from.
        path: where it lies, absolute.
    """
    problems: list[Diagnostic] = []
    found = _read(str(folder), path, Path(path).stat, set(), problems)
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
