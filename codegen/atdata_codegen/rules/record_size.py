"""How large a record can become by what its lexicon allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from atdata_codegen.rules.rule import Found, LintRule
from atdata_codegen.rules.site import Json, Lexicons, Site
from atdata_schema.lexicon.nodes import absolutise

__all__ = ["RULES"]

_MOST: Final = 1 << 20
_DEPTH: Final = 12
_HEAD: Final = 9  # the longest header that DAG-CBOR puts before a value
_FIXED: Final = {"boolean": 1, "integer": _HEAD, "cid-link": 41, "blob": 160}


def _record_size(site: Site) -> Iterator[Found]:
    if site.role != "record":
        return
    size = _largest(site.node, site.view.nsid, site.view.lexicons, _DEPTH)
    if size > _MOST:
        message = f"a record of this type may have {size:,} bytes of DAG-CBOR and more"
        yield Found(message, f"repositories take {_MOST:,}; put large parts into blobs")


def _largest(node: Json, base: str, lexicons: Lexicons, depth: int) -> int:
    """The largest size that the limits in a definition allow; what has no limit counts as nothing."""
    kind = node.get("type")
    if depth == 0 or not isinstance(kind, str):
        return 0
    if kind in ("string", "bytes"):
        most = node.get("maxLength")
        return _HEAD + most if type(most) is int else 0
    if kind == "array":
        most, items = node.get("maxLength"), _mapping(node.get("items"))
        count = most if type(most) is int else 0
        return count * _largest(items, base, lexicons, depth - 1)
    if kind == "object":
        properties = _mapping(node.get("properties"))
        parts = ((name, _mapping(item)) for name, item in properties.items())
        return sum(
            _HEAD + len(name) + _largest(item, base, lexicons, depth - 1) for name, item in parts
        )
    if kind in ("ref", "union"):
        sizes = (_target(ref, base, lexicons, depth) for ref in _refs(node))
        return max(sizes, default=0)
    return _FIXED.get(kind, 0)


def _target(ref: str, base: str, lexicons: Lexicons, depth: int) -> int:
    found = lexicons.resolve(ref, base)
    home = absolutise(ref, base).partition("#")[0]
    if found is None:
        return 0
    body = found.get("record") if found.get("type") == "record" else found
    return _largest(_mapping(body), home, lexicons, depth - 1)


def _refs(node: Json) -> list[str]:
    refs = [node.get("ref")] if node.get("type") == "ref" else node.get("refs")
    items = cast("list[object]", refs) if isinstance(refs, list) else []
    return [ref for ref in items if isinstance(ref, str)]


def _mapping(value: object) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}


RULES = (
    LintRule(
        "record-size",
        "note",
        ("object",),
        _record_size,
        "A record may become larger than repositories take.",
        "Repositories refuse records above one mebibyte of DAG-CBOR, and advise a few dozen kilobytes. The "
        "limits that this lexicon states allow more. The estimate counts what has a limit; texts, bytes and "
        "lists without one come on top.",
    ),
)
"""Rules about the size of records."""
