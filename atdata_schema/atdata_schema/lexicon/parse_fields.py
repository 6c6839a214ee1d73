"""From JSON to the definitions that hold others: arrays, objects, references, unions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import cast

from atdata_schema import syntax
from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.nodes import Field, Pointer
from atdata_schema.lexicon.parse_keys import Keys
from atdata_schema.lexicon.parse_opening import Place, common, open_definition
from atdata_schema.lexicon.parse_report import Report, shown
from atdata_schema.lexicon.parse_scalars import SCALARS, read_bounds

__all__ = [
    "FIELD",
    "is_nsid",
    "parse_field",
    "parse_properties",
    "read_field",
    "read_object",
    "read_required",
]

_FIELD_TYPES = (
    *("null", "boolean", "integer", "string", "bytes", "cid-link", "blob"),
    *("array", "object", "ref", "union", "unknown"),
)
FIELD = Place("a property", _FIELD_TYPES)
ITEM = Place("an item of an array", _FIELD_TYPES)


def parse_field(
    raw: object, pointer: Pointer, report: Report, place: Place = FIELD
) -> Field | None:
    """The definition of a value, or None if it cannot be used; everything wrong is reported.

    >>> parse_field({"type": "integer", "minimum": 0}, (), Report()).minimum
    0
    """
    opened = open_definition(raw, pointer, report, place)
    if opened is None:
        return None
    return read_field(*opened)


def read_field(kind: str, keys: Keys) -> Field | None:
    """The same, of a definition that is open already and of a type that may be a field."""
    return _READERS[kind](keys)


def _array(keys: Keys) -> nodes.Array | None:
    low, high = read_bounds(keys, keys.length, "minLength", "maxLength")
    if not keys.need("items", "an array"):
        return None
    items = parse_field(keys.raw["items"], keys.at("items"), keys.report, ITEM)
    if items is None:
        return None
    if isinstance(items, nodes.Array):
        message = "an array whose items are arrays; some tools refuse it"
        keys.report.add("nested-array", items.pointer, message, "put the inner array in an object")
    _warn_inline(items, keys.report)
    return nodes.Array(items=items, min_length=low, max_length=high, **common(keys))


def _warn_inline(node: Field, report: Report) -> None:
    if isinstance(node, nodes.Object):
        message = "an object defined in place; some tools refuse it"
        report.add("inline-object", node.pointer, message, "name it under defs and refer to it")


def parse_properties(keys: Keys, place: Place) -> dict[str, Field]:
    """The properties of an object or of parameters; those that cannot be used are left out."""
    found: dict[str, Field] = {}
    for name, raw in (keys.mapping("properties") or {}).items():
        if not isinstance(name, str):  # `scan` has reported it
            continue
        pointer = keys.at("properties", name)
        if name.startswith("$"):
            message = f"the property {shown(name)} has a name that the data model reserves"
            keys.report.add("reserved-property", pointer, message, "leave the $ out")
        node = parse_field(raw, pointer, keys.report, place)
        if node is not None:
            found[name] = node
            if place is FIELD:
                _warn_inline(node, keys.report)
    return found


def read_required(keys: Keys, name: str) -> tuple[str, ...] | None:
    """The names under `required` or `nullable`; those that are no properties are reported."""
    names = keys.texts(name)
    declared = keys.raw.get("properties")
    known = cast("dict[str, object]", declared if isinstance(declared, dict) else {})
    # By the raw list, so that the index is right where some entries are no strings.
    raw = cast("list[object]", keys.raw[name] if names else [])
    for index, item in enumerate(raw):
        if isinstance(item, str) and item not in known:
            hint = keys.report.suggest(item, known)
            keys.wrong(f"{name} names {shown(item)}, which is no property", name, index, hint=hint)
    return names


def read_object(keys: Keys) -> nodes.Object:
    """An object; one without `properties` is read as one that declares none."""
    return nodes.Object(
        properties=parse_properties(keys, FIELD),
        required=read_required(keys, "required"),
        nullable=read_required(keys, "nullable"),
        **common(keys),
    )


def _ref(keys: Keys) -> nodes.Ref | None:
    if not keys.need("ref", "a ref"):
        return None
    ref = keys.text("ref")
    if ref is None or not _check_ref(ref, keys, "ref"):
        return None
    return nodes.Ref(ref=ref, **common(keys))


def _union(keys: Keys) -> nodes.Union | None:
    closed = keys.flag("closed")
    if not keys.need("refs", "a union"):
        return None
    refs = keys.texts("refs")
    if refs is None:
        return None
    if closed and not refs:
        keys.wrong("a closed union needs at least one member", "refs")
    for index, ref in enumerate(refs):
        _check_ref(ref, keys, "refs", index)
    return nodes.Union(refs=refs, closed=closed, **common(keys))


def _check_ref(ref: str, keys: Keys, *steps: str | int) -> bool:
    if not ref:
        keys.wrong("the reference is empty", *steps)
        return False
    nsid, mark, name = ref.partition("#")
    whole = not mark or (bool(name) and "#" not in name and "." not in name)
    if whole and (is_nsid(nsid) if nsid else bool(mark)):
        return True
    message = f"{shown(ref)} is no reference: write #name, nsid or nsid#name"
    keys.report.add("invalid-ref", keys.at(*steps), message)
    return False


@lru_cache(maxsize=1024)
def is_nsid(text: str) -> bool:
    """Whether a text is an NSID, or the two-segment form that `short-nsid` warns of.

    >>> is_nsid("org.example.image"), is_nsid("example.image"), is_nsid("image")
    (True, True, False)
    """
    # One more segment in front makes an NSID of the short form, and of nothing else wrong.
    short = text.count(".") == 1
    return syntax.is_valid("nsid", f"x.{text}" if short else text)


_READERS: Mapping[str, Callable[[Keys], Field | None]] = {
    **SCALARS,
    "array": _array,
    "object": read_object,
    "ref": _ref,
    "union": _union,
}
