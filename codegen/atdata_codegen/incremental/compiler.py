"""Which compiler this is: everything but the lexicons that what it makes depends on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import atdata_codegen
import atdata_schema

__all__ = ["compiler_digest"]

_TOOLS = ("black", "jinja2", "lark", "regex")
_SOURCES = (".py", ".lark", ".j2")


@lru_cache(maxsize=1)
def compiler_digest() -> str:
    """A digest of the source of the compiler and of the kernel, of the tools they use, and of Python."""
    total = sha256(" ".join((sys.version, *map(version, _TOOLS))).encode())
    for package in (atdata_codegen, atdata_schema):
        folder = package.__path__[0]
        for path in sorted(_sources(folder)):
            total.update(f"\n{os.path.relpath(path, folder)}\n".encode())
            total.update(sha256(Path(path).read_bytes()).digest())
    return total.hexdigest()


def _sources(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        yield from (f"{parent}{os.sep}{name}" for name in names if name.endswith(_SOURCES))
