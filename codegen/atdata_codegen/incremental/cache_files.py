"""Files of a cache: whole, written by the same compiler in the same form, or as good as not there.

A file is one line, which names its form and writer and has the sha-256 of the rest, and the rest, which is JSON. It is put into its
place in one step, so builds that run at once never see half of one another's.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

__all__ = ["cache_folder", "read_body", "read_cached", "tidy", "write_body", "write_cached"]

_MAGIC = "atdata-gen cache 1"
_MOST_BYTES = 256 * 1024 * 1024
_PART = ".part"


def cache_folder() -> Path | None:
    """Where the cache lies: in `ATDATA_CACHE`, else where the platform keeps it; nowhere if that is empty."""
    chosen = os.environ.get("ATDATA_CACHE")
    if chosen is not None:
        return Path(chosen, "atdata-gen") if chosen else None
    from platformdirs import user_cache_path  # only where it is needed: the command starts fast

    return user_cache_path("atdata-gen", appauthor=False)


def read_cached(path: Path, writer: str) -> object:
    """The JSON value that a file holds; None where it is not there, damaged, or somebody else's.

    Args:
        path: the file.
        writer: what the file says of who wrote it.
    """
    body = read_body(path, writer)
    try:
        return None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None


def read_body(path: Path, writer: str) -> bytes | None:
    """What a file holds; None where it is not there, damaged, or somebody else's."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _MOST_BYTES:
                return None
            head, _, body = file.read(_MOST_BYTES).partition(b"\n")
    except OSError:
        return None
    return body if head == _head(writer, body) else None


def write_cached(path: Path, writer: str, value: object) -> None:
    """Keep a value that JSON has a form for; quietly nothing where that is not possible."""
    write_body(path, writer, json.dumps(value, separators=(",", ":")).encode())


def write_body(path: Path, writer: str, body: bytes) -> None:
    """Keep what a file is to hold; quietly nothing where that is not possible.

    Args:
        path: the file; its folder is made if it is missing.
        writer: who writes it.
        body: what it holds.
    """
    if len(body) > _MOST_BYTES // 2:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=_PART)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_head(writer, body) + b"\n" + body)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def tidy(folder: Path, most: int) -> None:
    """Remove all files of a folder but the newest few."""
    with suppress(OSError):
        entries = sorted(_ages(folder), reverse=True)
        for _, path in entries[most:]:
            path.unlink(missing_ok=True)


def _ages(folder: Path) -> Iterable[tuple[int, Path]]:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another build was faster
            yield path.stat().st_mtime_ns, path


def _head(writer: str, body: bytes) -> bytes:
    return f"{_MAGIC} {writer} {sha256(body).hexdigest()}".encode()
