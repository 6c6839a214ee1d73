"""Folders: whether they are there, can be written, and have room."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from atdata.cli.figures import size_text
from atdata.cli.health.check import Check
from atdata.home import home
from atdata.shards.cache_folder import cache_folder

__all__ = ["folder_check", "folder_checks"]

_LITTLE: Final = 1_000_000_000
"""Free bytes below which a disk is soon full."""


def folder_checks() -> Iterator[Check]:
    """Look at the folders that every user has."""
    yield folder_check("home", home(), "ATDATA_HOME moves it")
    cache = cache_folder()
    if cache is None:
        yield Check("cache", "ok", "turned off by an empty ATDATA_CACHE")
    else:
        yield folder_check("cache", cache, "ATDATA_CACHE moves it")
    yield folder_check("temporary files", Path(tempfile.gettempdir()), "TMPDIR moves it")


def folder_check(name: str, folder: Path, remedy: str) -> Check:
    """Look whether a folder can be written; nothing is left in it, and one that is not there is not made."""
    place = _nearest(folder)
    made = "" if place == folder else ", is made when it is needed"
    if not place.is_dir():
        return Check(name, "fail", f"{folder}: {place} is no folder", remedy)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Check(name, "fail", f"{folder}: {error.strerror or error}", remedy)
    free = shutil.disk_usage(place).free
    found = f"{folder}{made}; {size_text(free)} free"
    if free < _LITTLE:
        return Check(name, "warn", found, f"free some space, or {remedy}")
    return Check(name, "ok", found)


def _nearest(folder: Path) -> Path:
    """The folder, or the one above it that is there."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder
