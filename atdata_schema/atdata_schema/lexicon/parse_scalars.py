"""From JSON to the definitions of single values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from atdata_schema.lexicon import nodes
from atdata_schema.lexicon.checks_values import check_boolean, check_integer, check_string
from atdata_schema.lexicon.parse_keys import Keys
from atdata_schema.lexicon.parse_opening import common
from atdata_schema.lexicon.parse_report import listed, shown
from atdata_schema.syntax import KINDS, Kind

__all__ = ["SCALARS", "check_mime", "read_bounds"]


def _boolean(keys: Keys) -> nodes.Boolean:
    node = nodes.Boolean(default=keys.flag("default"), const=keys.flag("const"), **common(keys))
    check_boolean(node, keys.report)
    return node


def _integer(keys: Keys) -> nodes.Integer:
    low, high = read_bounds(keys, keys.integer, "minimum", "maximum")
    node = nodes.Integer(
        minimum=low,
        maximum=high,
        enum=keys.integers("enum"),
        default=keys.integer("default"),
        const=keys.integer("const"),
        **common(keys),
    )
    check_integer(node, keys.report)
    return node


def _string(keys: Keys) -> nodes.String:
    low, high = read_bounds(keys, keys.length, "minLength", "maxLength")
    fewest, most = read_bounds(keys, keys.length, "minGraphemes", "maxGraphemes")
    node = nodes.String(
        format=_format(keys),
        min_length=low,
        max_length=high,
        min_graphemes=fewest,
        max_graphemes=most,
        known_values=keys.texts("knownValues"),
        enum=keys.texts("enum"),
        default=keys.text("default"),
        const=keys.text("const"),
        **common(keys),
    )
    check_string(node, keys.report)
    return node


def _format(keys: Keys) -> Kind | None:
    name = keys.text("format")
    if name is None:
        return None
    if name in KINDS:
        return name
    hint = keys.report.suggest(name, KINDS)
    keys.wrong(f"unknown format {shown(name)}: {listed(KINDS)}", "format", hint=hint)
    return None


def read_bounds(
    keys: Keys, read: Callable[[str], int | None], low_name: str, high_name: str
) -> tuple[int | None, int | None]:
    """A lower and an upper bound; both are dropped if they exclude each other."""
    low, high = read(low_name), read(high_name)
    if low is not None and high is not None and low > high:
        message = f"{low_name} {shown(low)} is above {high_name} {shown(high)}"
        keys.wrong(message, low_name, hint="no value lies between them")
        return None, None
    return low, high


def _bytes(keys: Keys) -> nodes.Bytes:
    low, high = read_bounds(keys, keys.length, "minLength", "maxLength")
    return nodes.Bytes(min_length=low, max_length=high, **common(keys))


def _blob(keys: Keys) -> nodes.Blob:
    accept = keys.texts("accept")
    for index, pattern in enumerate(accept or ()):
        check_mime(pattern, keys, "accept", index)
    if accept is not None and "*/*" in accept and len(set(accept)) > 1:
        message = "*/* accepts everything, so the other types have no effect"
        keys.report.add("redundant-accept", keys.at("accept"), message, "keep one or the other")
    size = keys.integer("maxSize")
    if size is not None and size <= 0:
        keys.wrong(f"maxSize must be positive: {shown(size)}", "maxSize")
        size = None
    return nodes.Blob(accept=accept, max_size=size, **common(keys))


def check_mime(text: str, keys: Keys, *steps: str | int) -> None:
    """Report a text that is no MIME type and no pattern of one."""
    if not _is_mime(text):
        message = f"{shown(text)} is no MIME type: write type/subtype, type/* or */*"
        keys.report.add("invalid-mime", keys.at(*steps), message)


@lru_cache(maxsize=256)
def _is_mime(text: str) -> bool:
    family, slash, name = text.partition("/")
    if family == "*" or name == "*":
        return text == "*/*" or (name == "*" and _is_mime_name(family))
    return bool(slash) and _is_mime_name(family) and _is_mime_name(name)


def _is_mime_name(text: str) -> bool:
    # RFC 6838, 4.2: restricted names.
    marks = set("!#$&-^_.+")
    legal = all(c.isalnum() or c in marks for c in text)
    return text.isascii() and 0 < len(text) <= 127 and text[0].isalnum() and legal


def _null(keys: Keys) -> nodes.Null:
    message = "the type 'null' is no longer part of the language; other tools refuse it"
    keys.report.add("null-type", keys.at("type"), message, "name the property in nullable")
    return nodes.Null(**common(keys))


SCALARS: Mapping[str, Callable[[Keys], nodes.Field]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "string": _string,
    "bytes": _bytes,
    "cid-link": lambda keys: nodes.CidLink(**common(keys)),
    "blob": _blob,
    "unknown": lambda keys: nodes.Unknown(**common(keys)),
}
"""The reader of each type that holds no other definition."""
