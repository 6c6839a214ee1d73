"""Lexicons of a folder: `file:` and a path relative to the project, so that it means the same on every machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from atdata_codegen.diagnostics import shown_path
from atdata_codegen.installing.origin import Origin, fetched, sound
from atdata_codegen.source.discover import LexiconFile, discover, file_at, path_of
from atdata_codegen.source.reader import read
from atdata_schema.errors import ManifestError
from atdata_schema.vendored.pulling import FetchedLexicon

__all__ = ["folder_origin", "from_file"]

_SCHEME = "file:"


def folder_origin(folder: Path, root: Path) -> Origin:
    """The lexicons of a folder.

    Args:
        folder: absolute.
        root: the folder of the project, absolute.

    Raises:
        ManifestError: a file cannot be read, or is no lexicon of its path; or there is none.
    """
    shown = shown_path(str(folder))
    found = discover([folder])
    for problem in found.diagnostics:
        raise ManifestError(f"{shown_path(problem.path)} {problem.message}")
    if not found.files:
        raise ManifestError(f"there are no lexicons in {shown}")
    documents = {file.nsid: _document(file) for file in found.files}
    uris = {file.nsid: _uri(Path(file.path), root) for file in found.files}
    return Origin(shown, documents, uris)


def from_file(nsid: str, uri: str, root: Path) -> FetchedLexicon:
    """The lexicon at a `file:` address; no other file is read by it.

    Raises:
        ManifestError: it cannot be read, or is no such lexicon.
    """
    path = unquote(uri.removeprefix(_SCHEME))
    below = path_of(nsid)
    if not path.endswith(f"/{below}") and path != below:
        raise ManifestError(f"{uri} is no address of {nsid}, which ends with {below}")
    place = os.path.normpath(root / path)
    folder = Path(place[: -len(below)])
    file = file_at(folder, place)
    if not isinstance(file, LexiconFile):
        raise ManifestError(f"{shown_path(place)} {file.message}")
    return fetched(uri, _document(file))


def _document(file: LexiconFile) -> Mapping[str, Any]:
    source = read(file.path, file.data)
    shown = shown_path(file.path)
    for problem in source.diagnostics:
        raise ManifestError(f"{shown}:{problem.line}: {problem.message}")
    return sound(source.value, file.nsid, shown)


def _uri(path: Path, root: Path) -> str:
    return _SCHEME + quote(Path(os.path.relpath(path, root)).as_posix())
