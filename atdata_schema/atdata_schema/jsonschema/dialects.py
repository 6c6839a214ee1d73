"""The two dialects of JSON Schema that are written, and the words that both sides use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DRAFT_07", "DRAFT_2020_12", "EXTENSION", "NDARRAY", "SPECIAL", "Dialect"]

EXTENSION: Final = "x-atdata"
"""The key under which a schema says what JSON Schema cannot."""

NDARRAY: Final = "https://alt.science/schemas/atdata-ndarray-bytes/1.0.0#/$defs/ndarray"
"""What the federation's schemas refer to for an array: an `.npy` file, in JSON as base64."""

SPECIAL: Final = (
    "ndarray",
    "sparse",
    "structured",
    "safetensors",
    "arrow",
    "tensor",
    "dataframe",
)
"""Words that readers of the federation look for anywhere in a reference, in their order."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of JSON Schema.

    Attributes:
        name: what it is called.
        uri: what `$schema` says.
        definitions: the key that named schemas stand under.
        for_records: whether it is to stand in a record, where no key `$type` may hold a schema, and where arrays are
            what the federation refers to.
    """

    name: str
    uri: str
    definitions: str
    for_records: bool


DRAFT_07: Final = Dialect(
    "draft-07", "http://json-schema.org/draft-07/schema#", "definitions", for_records=True
)
"""The dialect of the federation's records."""

DRAFT_2020_12: Final = Dialect(
    "2020-12", "https://json-schema.org/draft/2020-12/schema", "$defs", for_records=False
)
"""The present dialect, for everybody else; nothing in it refers to what is elsewhere."""
