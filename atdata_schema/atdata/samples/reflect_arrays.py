"""The reader of annotations for numpy arrays."""

from __future__ import annotations

import typing
from typing import Any, Literal, TypeVar

import numpy as np

from atdata.samples.reflect_part import Part, Read, Site, shared_ref
from atdata_schema.model import DTYPES

__all__ = ["read_array"]


def read_array(annotation: object, site: Site, read: Read) -> Part | None:
    """`NDArray`, `np.ndarray`, and either with a dtype or a shape in brackets."""
    if annotation is np.ndarray:
        return Part(shared_ref("ndarray", dtype="*"))
    if typing.get_origin(annotation) is not np.ndarray:
        return None
    shape, dtype = typing.get_args(annotation)
    extension: dict[str, object] = {"dtype": _dtype(dtype, site)}
    dims = _dims(shape, site)
    return Part(shared_ref("ndarray", **extension | ({} if dims is None else {"shape": dims})))


def _dtype(annotation: object, site: Site) -> str:
    """The name of the dtype in `np.dtype[np.float32]`; `*` for `Any`, or where none was given."""
    scalar = (
        typing.get_args(annotation)[0] if typing.get_origin(annotation) is np.dtype else annotation
    )
    if scalar in (Any, np.generic, np.dtype) or isinstance(scalar, TypeVar):
        return "*"
    # np.dtype(int) would be int64 on one machine and int32 on another, and NDArray[int] is no numpy type.
    if isinstance(scalar, type) and issubclass(scalar, np.generic):
        name = _name_of(scalar)
        if name in DTYPES:
            return name
    raise site.error(
        f"{getattr(scalar, '__name__', scalar)} is no dtype that arrays have here: "
        f"{', '.join(DTYPES)}, or NDArray[Any] for any of them"
    )


def _name_of(scalar: type[np.generic]) -> str | None:
    """The name of a concrete dtype; abstract ones, as `np.floating`, have none."""
    if scalar.__subclasses__() and scalar is not np.float64 and scalar is not np.complex128:
        return None
    try:
        return np.dtype(scalar).name
    except TypeError:
        return None


def _dims(annotation: object, site: Site) -> list[int | str] | None:
    """The shape in `np.ndarray[tuple[int, Literal[3]], ...]`; `None` where any number of dimensions is allowed."""
    if typing.get_origin(annotation) is not tuple:
        return None
    items = typing.get_args(annotation)
    return None if ... in items else [_dim(item, site) for item in items]


def _dim(annotation: object, site: Site) -> int | str:
    sizes = typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()
    if annotation in (int, Any):
        return "*"
    if len(sizes) == 1 and type(sizes[0]) is int:
        return sizes[0]
    raise site.error("the dimensions in a tuple are int (any size) or Literal[3] (that size)")
