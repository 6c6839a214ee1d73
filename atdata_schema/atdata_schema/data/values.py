"""The type of values, for annotations."""

from __future__ import annotations

from typing import TypeAlias, Union

from atdata_schema.data.links import Link

__all__ = ["Value"]

# `Union`, since a text and a type cannot be joined by `|` while the module loads.
Value: TypeAlias = Union[bool, int, str, bytes, Link, "list[Value]", "dict[str, Value]", None]
"""A value of the data model. A blob is the map of its four keys, with a `Link` under `ref`."""
