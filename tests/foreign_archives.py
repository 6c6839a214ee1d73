"""Archives as other WebDataset writers make them."""

from __future__ import annotations

import importlib
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Member", "by_webdataset", "npy", "same", "sparse_tar", "write_archive"]

# A package without types, which type checkers are not to follow.
webdataset: Any = importlib.import_module("webdataset")

Member = tuple[str, bytes]
"""A name in an archive, and what stands there; a name that ends in a slash is a folder."""


def write_archive(path: Path, members: Iterable[Member], format: int = tarfile.PAX_FORMAT) -> Path:
    """An archive of some members, in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=format) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1795386360.25
            if name.endswith("/"):
                info.type, info.size = tarfile.DIRTYPE, 0
            tar.addfile(info, io.BytesIO(data))
    return path


def by_webdataset(path: Path, *, decoded: bool = False) -> list[dict[str, Any]]:
    """The samples of an archive as webdataset reads them: `__key__`, and the members by extension."""
    pipeline = webdataset.WebDataset(str(path), shardshuffle=False, empty_check=False)
    found: list[dict[str, Any]] = list(pipeline.decode() if decoded else pipeline)
    return [
        {name: value for name, value in item.items() if name not in ("__url__", "__local_path__")}
        for item in found
    ]


def npy(array: NDArray[Any]) -> bytes:
    """An array as an `.npy` file."""
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def same(left: Any, right: Any) -> bool:
    """Whether two decoded values are equal, arrays and their dtypes too, in whatever byte order."""
    kinds = {type(value).__name__ for value in (left, right)}
    if "ndarray" in kinds:
        a, b = _array(left), _array(right)
        kept = a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=")
        return kept and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
    if kinds == {"dict"}:
        return [*left] == [*right] and all(same(left[key], right[key]) for key in left)
    if kinds == {"list"}:
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _array(value: Any) -> NDArray[Any]:
    return np.asarray(value)


def sparse_tar(real: int) -> bytes:
    """A small archive whose one member would be read as so many zeros."""
    content = (b"1\n%d\n0\n" % real).ljust(512, b"\0")
    member = tarfile.TarInfo("GNUSparseFile.0/a.msgpack")
    member.size = len(content)
    member.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "a.msgpack",
        "GNU.sparse.realsize": str(real),
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member, io.BytesIO(content))
    return out.getvalue()
