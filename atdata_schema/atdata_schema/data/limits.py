"""How large data may be.

The protocol leaves most limits to implementations. Those of entries, keys, records and safe integers are
the ones of its reference server code; the depth is twice its 32 levels, so that nothing it takes is
refused here.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "MAX_INTEGER",
    "MAX_JSON_BYTES",
    "MAX_KEY_BYTES",
    "MAX_RECORD_BYTES",
    "MAX_SAFE_INTEGER",
    "MAX_VALUES",
    "MIN_INTEGER",
]

MIN_INTEGER: Final = -(2**63)
"""The least integer of the data model: signed, 64 bits."""

MAX_INTEGER: Final = 2**63 - 1
"""The greatest integer of the data model: signed, 64 bits."""

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""The greatest magnitude of an integer in a record: JSON readers with binary64 numbers keep it."""

MAX_RECORD_BYTES: Final = 2**20
"""The largest record that repositories take, in bytes of DAG-CBOR."""

MAX_JSON_BYTES: Final = 2**23
"""The largest JSON text by default: any record fits, were each of its bytes escaped as `\\u0000`."""

MAX_VALUES: Final = 2**20
"""The most values within one value; a record, at a byte a value, cannot hold more."""

MAX_ENTRIES: Final = 131_072
"""The most entries of one list or map."""

MAX_KEY_BYTES: Final = 8192
"""The longest key of a map, in bytes of UTF-8."""

MAX_DEPTH: Final = 64
"""The deepest nesting of lists and maps."""
