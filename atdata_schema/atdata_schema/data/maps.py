"""Rules about maps and their keys, the same whatever spells the map."""

from __future__ import annotations

from collections.abc import Mapping

from atdata_schema.data.faults import Fault
from atdata_schema.data.limits import MAX_ENTRIES, MAX_KEY_BYTES
from atdata_schema.data.links import Link
from atdata_schema.syntax.quoting import quoted

__all__ = ["check_entries", "check_key", "check_map"]

_BLOB_KEYS = frozenset(("$type", "ref", "mimeType", "size"))


def check_entries(count: int) -> None:
    """Refuse a list or map of too many entries."""
    if count > MAX_ENTRIES:
        raise Fault(f"{count} entries are too many; a list or map has at most {MAX_ENTRIES}")


def check_key(key: object) -> str:
    """The key as a plain `str`; a `Fault` if it is no text, or too long."""
    if not isinstance(key, str):
        raise Fault(f"a key is a text, not a {type(key).__name__}")
    if type(key) is str and key.isascii() and len(key) <= MAX_KEY_BYTES:
        return key
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise Fault(f"the key {quoted(key)} holds half of a surrogate pair") from None
    if size > MAX_KEY_BYTES:
        raise Fault(f"a key of {size} bytes is too long; it has at most {MAX_KEY_BYTES}")
    return str.__str__(key)


def check_map(value: Mapping[str, object]) -> None:
    """Refuse reserved keys with another meaning: `$type` that names none, and maps that are no map."""
    if "$type" in value:
        _check_type(value)
    for key in ("$bytes", "$link"):
        if key in value:
            raise Fault(f"the key {key!r} is reserved: it spells a value in JSON only")


def _check_type(value: Mapping[str, object]) -> None:
    name = value["$type"]
    if not isinstance(name, str):
        raise Fault(f"'$type' is a text, not a {type(name).__name__}")
    if not name:
        raise Fault("'$type' is empty; leave it out, or name a definition")
    if name == "blob":
        _check_blob(value)


def _check_blob(value: Mapping[str, object]) -> None:
    if value.keys() != _BLOB_KEYS:
        missing = ", ".join(sorted(_BLOB_KEYS - value.keys())) or "none"
        others = ", ".join(quoted(key) for key in sorted(value.keys() - _BLOB_KEYS)[:3]) or "none"
        raise Fault(
            "a blob has the keys $type, ref, mimeType and size, and no others; "
            f"missing here: {missing}; too many: {others}"
        )
    if not isinstance(value["ref"], Link):
        raise Fault(f"the 'ref' of a blob is a link, not a {type(value['ref']).__name__}")
    if not isinstance(value["mimeType"], str):
        raise Fault(f"the 'mimeType' of a blob is a text, not a {type(value['mimeType']).__name__}")
    size = value["size"]
    if type(size) is not int or size < 0:  # a bool is an int to Python
        raise Fault("the 'size' of a blob is an integer of at least 0, a number of bytes")
