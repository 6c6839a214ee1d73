"""Rules about `x-atdata`: which keys it has, where each may stand, and what each may be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from atdata_codegen.rules.rule import ANY, Found, LintRule
from atdata_codegen.rules.site import Site
from atdata_schema.lexicon.parse import parse
from atdata_schema.lexicon.parse_keys import EXTENSION
from atdata_schema.model import DTYPES
from atdata_schema.portable import KEYS, MARK, extension_of

__all__ = ["RULES", "TYPES", "extension_at"]

TYPES = "dev.atdata.types#"
"""What the full names of the shared field types begin with."""

_INTEGERS = tuple(name for name in DTYPES if "int" in name)
_MIME = re.compile(r"(\*/\*)|[a-z0-9!#$&^_.+-]+/(\*|[a-z0-9!#$&^_.+-]+)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEEPEST_RANK = 64


def extension_at(site: Site) -> Mapping[str, object]:
    """What a definition says in `x-atdata` or in its portable line; empty where they disagree."""
    if not _speaks(site):
        return {}
    extension = site.mapping(EXTENSION) if EXTENSION in site.node else None
    try:
        return extension_of(extension, site.text("description"))
    except ValueError:
        return extension or {}


def _speaks(site: Site) -> bool:
    """Whether there is anything of an extension; most definitions have nothing, and are asked often."""
    return EXTENSION in site.node or MARK in (site.text("description") or "")


def _conflict(site: Site) -> Iterator[Found]:
    extension = site.mapping(EXTENSION) if EXTENSION in site.node else None
    try:
        extension_of(extension, site.text("description"))
    except ValueError as error:
        yield Found(str(error), None, ("description",))


def _key(site: Site) -> Iterator[Found]:
    for key in extension_at(site):
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(KEYS)}"
            yield Found(f"x-atdata has no key {key!r}", hint, _at(site, key))


def _place(site: Site) -> Iterator[Found]:
    if site.role == "permission":  # the kernel says so
        return
    for key in extension_at(site):
        if key in KEYS and not _allowed(site, key):
            yield Found(
                f"{key!r} says nothing here: it belongs on {_HOMES[key]}", None, _at(site, key)
            )


def _allowed(site: Site, key: str) -> bool:
    shared = site.target.removeprefix(TYPES) if site.target.startswith(TYPES) else ""
    match key:
        case "dtype":
            return shared == "ndarray" or site.kind == "integer"
        case "shape":
            return shared == "ndarray"
        case "finite":
            return shared in ("ndarray", "float64", "float32")
        case "classes":
            return site.kind == "integer"
        case "values":
            return shared == "map"
        case "accept":
            return shared in ("image", "audio")
        case "as":
            return site.kind == "string" and site.text("format") == "datetime"
        case _:
            return site.role == "property"


_HOMES = {
    "dtype": "a ref to dev.atdata.types#ndarray, or an integer",
    "shape": "a ref to dev.atdata.types#ndarray",
    "finite": "a ref to dev.atdata.types#ndarray, #float64 or #float32",
    "classes": "an integer",
    "values": "a ref to dev.atdata.types#map",
    "accept": "a ref to dev.atdata.types#image or #audio",
    "as": "a string of the format datetime",
    "aliases": "a property",
}


def _value(site: Site) -> Iterator[Found]:
    for key, value in extension_at(site).items():
        check = _CHECKS.get(key)
        if check is not None and _allowed(site, key):
            for found in check(site, value):
                yield Found(found.message, found.hint, _at(site, key, found))


def _at(site: Site, key: str, found: Found | None = None) -> tuple[str | int, ...]:
    """Where a key of the extension stands; in the portable form, that is the description."""
    if key not in site.mapping(EXTENSION):
        return ("description",)
    return (EXTENSION, key, *(found.at if found is not None else ()))


def _dtype(site: Site, value: object) -> Iterator[Found]:
    allowed = _INTEGERS if site.kind == "integer" else ("*", *DTYPES)
    if value in allowed:
        return
    near = difflib.get_close_matches(value, allowed, 1) if isinstance(value, str) else []
    hint = f"did you mean {near[0]!r}?" if near else None
    yield Found(f"{value!r} is no dtype here: allowed are {', '.join(allowed)}", hint)


def _shape(site: Site, value: object) -> Iterator[Found]:
    del site
    if not isinstance(value, list):
        yield Found("a shape is a list of dimensions", 'such as ["H", "W", 3]')
        return
    dims = cast("list[object]", value)
    if len(dims) > _DEEPEST_RANK:
        yield Found(f"{len(dims)} dimensions; arrays have at most {_DEEPEST_RANK}")
    if dims.count("...") > 1:
        yield Found('"..." stands for any number of dimensions, and may stand once')
    for index, dim in enumerate(dims):
        if not _is_dim(dim):
            hint = 'a size, a name such as "H", "*" for any size, or "..." for any rank'
            yield Found(f"{dim!r} is no dimension", hint, (index,))


def _is_dim(dim: object) -> bool:
    if isinstance(dim, str):
        return dim in ("*", "...") or _NAME.fullmatch(dim) is not None
    return type(dim) is int and 0 <= dim < 1 << 48


def _finite(site: Site, value: object) -> Iterator[Found]:
    del site
    if not isinstance(value, bool):
        yield Found(f"finite is true or false, not {value!r}")


def _as(site: Site, value: object) -> Iterator[Found]:
    del site
    if value != "str":
        yield Found(f'"as" is "str", which keeps the text as it is; not {value!r}')


def _texts(value: object, what: str) -> Iterator[Found]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items:
        yield Found(f"{what} is a list of texts, with one at least")
    seen: set[str] = set()
    for index, item in enumerate(items):
        if not isinstance(item, str) or not item:
            yield Found(f"{item!r} is no text with a character in it", None, (index,))
        elif item in seen:
            yield Found(f"{item!r} stands twice in {what}", None, (index,))
        else:
            seen.add(item)


def _classes(site: Site, value: object) -> Iterator[Found]:
    del site
    yield from _texts(value, "classes")


def _accept(site: Site, value: object) -> Iterator[Found]:
    del site
    yield from _texts(value, "accept")
    for index, item in enumerate(cast("list[object]", value) if isinstance(value, list) else []):
        if isinstance(item, str) and item and not _MIME.fullmatch(item):
            yield Found(f"{item!r} is no MIME type such as image/png or image/*", None, (index,))


def _aliases(site: Site, value: object) -> Iterator[Found]:
    yield from _texts(value, "aliases")
    siblings = site.owner.mapping("properties") if site.owner is not None else {}
    for index, item in enumerate(cast("list[object]", value) if isinstance(value, list) else []):
        if isinstance(item, str) and item in siblings:
            yield Found(
                f"{item!r} is a field itself", "an alias is a name that is no longer used", (index,)
            )


def _values(site: Site, value: object) -> Iterator[Found]:
    """The type of a map's values is a field: the kernel judges it as one."""
    main = {"type": "object", "properties": {"values": value}}
    _, findings = parse({"lexicon": 1, "id": site.view.nsid, "defs": {"main": main}})
    inside = ("defs", "main", "properties", "values")
    for finding in findings:
        if finding.severity == "error" and finding.pointer[:4] == inside:
            yield Found(finding.message, finding.hint, finding.pointer[4:])
    ref = cast("dict[str, object]", value).get("ref") if isinstance(value, dict) else None
    if not isinstance(ref, str) or ref.startswith(TYPES):
        return
    if site.view.lexicons.resolve(ref, site.view.nsid) is None:
        yield Found(f"the reference {ref!r} leads nowhere", None, ("ref",))


_CHECKS: Mapping[str, Callable[[Site, object], Iterator[Found]]] = {
    "dtype": _dtype,
    "shape": _shape,
    "finite": _finite,
    "classes": _classes,
    "values": _values,
    "accept": _accept,
    "aliases": _aliases,
    "as": _as,
}

RULES = (
    LintRule(
        "x-atdata-key",
        "error",
        (ANY,),
        _key,
        "`x-atdata` has a key that it does not know.",
        f"Its keys are {', '.join(KEYS)}. A key that is spelt wrong would be lost without a word, and with it "
        "a constraint or a type; so it is an error.",
    ),
    LintRule(
        "x-atdata-place",
        "error",
        (ANY,),
        _place,
        "A key of `x-atdata` stands where it says nothing.",
        "`dtype` and `shape` belong on a ref to dev.atdata.types#ndarray (`dtype` also on an integer whose width "
        "matters), `finite` there and on #float64 and #float32, `classes` on an integer, `values` on #map, "
        "`accept` on #image and #audio, `as` on a datetime, `aliases` on a property.",
    ),
    LintRule(
        "x-atdata-value",
        "error",
        (ANY,),
        _value,
        "A key of `x-atdata` has a value that it cannot have.",
        "`dtype` is a numpy name or `*`; `shape` a list of sizes, names, `*` and one `...`; `classes`, `accept` "
        "and `aliases` lists of texts; `values` a definition such as a property has; `finite` true or false; "
        '`as` is "str".',
    ),
    LintRule(
        "x-atdata-conflict",
        "error",
        (ANY,),
        _conflict,
        "The `@atdata` line cannot be read, or says something else than `x-atdata`.",
        "The last line of a description may say the same as `x-atdata`, for parsers that refuse unknown keys: "
        "`@atdata float32[H, W, 3]`, further keys as `key=JSON`. Keep one of the two; `atdata-gen fmt "
        "--portable` writes the line.",
    ),
)
"""Rules about the extension itself."""
