"""Arrays and files: what a schema of the federation refers to elsewhere. Nothing is fetched; the address says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from atdata_schema.jsonschema.dialects import SPECIAL
from atdata_schema.jsonschema.keywords import Keywords
from atdata_schema.jsonschema.scalars import Node, extended
from atdata_schema.model import DTYPES
from atdata_schema.syntax.quoting import quoted

__all__ = ["elsewhere"]

_FILES: Final[Mapping[str, str]] = {
    "structured": "A structured array, as an .npy file.",
    "sparse": "A sparse matrix, as an .npz file of scipy.",
    "arrow": "A tensor, as a message of Arrow IPC.",
    "tensor": "A tensor, as a message of Arrow IPC.",
    "safetensors": "Tensors, as a file of safetensors.",
    "dataframe": "A table, as a Parquet file.",
}
_MOST_DIMS: Final = 64


def elsewhere(keys: Keywords, target: str) -> Node:
    """The definition of a field whose schema is elsewhere: an array, or bytes that are a file.

    Args:
        keys: the schema.
        target: what its `$ref` says.

    Raises:
        JsonSchemaError: the address names no array format.
    """
    lowered = target.lower()
    word = next((word for word in SPECIAL if word in lowered), None)
    if word is None or not lowered.startswith(("https://", "http://")):
        keys.refuse(f"{quoted(target)} is neither in this schema nor an array format", "$ref")
    if word == "ndarray":
        return _array(keys)
    return {"type": "bytes", "description": _FILES[word]}


def _array(keys: Keywords) -> Node:
    said = keys.said.only("dtype", "shape", "finite")
    dtype = said.get("dtype") or keys.text("dtype") or "*"
    if dtype != "*" and dtype not in DTYPES:
        keys.refuse(f"{quoted(str(dtype))} is no element type: {', '.join(DTYPES)}", "dtype")
    shape = said.get("shape")
    if shape is None:
        shape = _shape(keys)
    extension = {"dtype": dtype, "shape": shape, "finite": said.get("finite")}
    return extended(
        {"type": "ref", "ref": "dev.atdata.types#ndarray"},
        {key: value for key, value in extension.items() if value is not None},
    )


def _shape(keys: Keywords) -> list[int | str] | None:
    """The sizes that are fixed. Names of dimensions are the author's words: equal ones need not be of equal size."""
    sizes = keys.items("shape")
    if sizes is None:
        return None
    if len(sizes) > _MOST_DIMS:
        keys.refuse(f"an array has at most {_MOST_DIMS} dimensions", "shape")
    shape: list[int | str] = []
    for index, size in enumerate(sizes):
        if size is not None and (type(size) is not int or not 0 <= size < 1 << 48):
            keys.refuse("the size of a dimension is a number, or null for any", "shape", index)
        shape.append(size if isinstance(size, int) else "*")
    return shape
