"""Building again whenever a file changes, by looking at the files a few times a second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

__all__ = ["Snapshot", "snapshot", "watch"]

_PAUSE = 0.3

Snapshot = tuple[tuple[str, int, int], ...]
"""Path, time of change and size of each file, sorted."""


def watch(
    roots: Callable[[], Sequence[Path]], build: Callable[[], object], *, pause: float = _PAUSE
) -> int:
    """Build now, and again after each change, until the user interrupts.

    Args:
        roots: the files and folders to look at.
        build: builds once. What changes meanwhile leads to another build.
        pause: seconds between two looks.

    Returns:
        0, when the user presses Ctrl-C.
    """
    try:
        while True:
            before = snapshot(roots())
            build()
            while snapshot(roots()) == before:
                time.sleep(pause)
    except KeyboardInterrupt:
        return 0


def snapshot(roots: Sequence[Path]) -> Snapshot:
    """How those files and folders look now; lexicons, lenses and pyproject.toml count."""
    return tuple(sorted(entry for root in roots for entry in _look(root)))


def _look(root: Path) -> Iterator[tuple[str, int, int]]:
    if root.is_file():
        yield from _stat(root)
    seen: set[str] = set()
    for parent, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in names:
            if name.endswith((".json", ".lens", "pyproject.toml")):
                yield from _stat(Path(parent, name))


def _stat(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        about = path.stat()
    except OSError:
        return
    yield str(path), about.st_mtime_ns, about.st_size
