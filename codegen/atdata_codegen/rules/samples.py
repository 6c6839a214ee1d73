"""Rules about sample types: arrays, class labels, and how a sample is laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

from atdata_codegen.rules.extension import TYPES, extension_at
from atdata_codegen.rules.rule import Found, LintRule
from atdata_codegen.rules.site import Site
from atdata_schema.lexicon.parse_keys import EXTENSION
from atdata_schema.portable import MARK

__all__ = ["RULES"]

_FLOATS = (f"{TYPES}float64", f"{TYPES}float32")
_NDARRAY = f"{TYPES}ndarray"


def _without_dtype(site: Site) -> Iterator[Found]:
    unreadable = MARK in (site.text("description") or "")  # which x-atdata-conflict reports
    if site.target == _NDARRAY and "dtype" not in extension_at(site) and not unreadable:
        hint = '"x-atdata": {"dtype": "float32", "shape": ["H", "W", 3]}; "*" is any dtype'
        yield Found("this array does not say what its elements are", hint)


def _lonely_dimension(site: Site) -> Iterator[Found]:
    shapes = {field.name: _symbols(field) for field in site.properties()}
    count = Counter(name for symbols in shapes.values() for name in symbols)
    for field, symbols in shapes.items():
        lonely = [name for name in dict.fromkeys(symbols) if count[name] == 1]
        if lonely:
            names = " and ".join(map(repr, lonely))
            verb = "stand" if len(lonely) > 1 else "stands"
            message = f"{names} {verb} once, so nothing is held to the same size"
            yield Found(message, 'fine as documentation; "*" says any size', ("properties", field))


def _symbols(site: Site) -> list[str]:
    shape = extension_at(site).get("shape") if site.target == _NDARRAY else None
    dims = cast("list[object]", shape) if isinstance(shape, list) else []
    return [dim for dim in dims if isinstance(dim, str) and dim.isidentifier()]


def _class_range(site: Site) -> Iterator[Found]:
    classes = extension_at(site).get("classes")
    if not isinstance(classes, list):
        return
    last = len(cast("list[object]", classes)) - 1
    low, high = site.number("minimum"), site.number("maximum")
    at = (EXTENSION, "classes") if "classes" in site.mapping(EXTENSION) else ("description",)
    if low not in (None, 0) or high not in (None, last):
        given = f"{'...' if low is None else low} to {'...' if high is None else high}"
        message = f"{last + 1} classes are the values 0 to {last}, and the range is {given}"
        yield Found(message, f'"minimum": 0, "maximum": {last}', at)


def _layout(site: Site) -> Iterator[Found]:
    if site.role not in ("definition", "record"):
        return
    fields = site.properties()
    arrays = [index for index, field in enumerate(fields) if field.target == _NDARRAY]
    for field in fields[: arrays[-1]] if arrays else ():
        why = _moves(field)
        if why is not None:
            message = (
                f"{field.name!r} is {why} before an array, so the array moves from sample to sample"
            )
            hint = "list arrays first in `required`: samples of one layout are read several times faster"
            yield Found(message, hint, ("properties", field.name))


def _moves(site: Site) -> str | None:
    if site.kind == "string":
        return "a text"
    number = site.kind == "integer" or site.target in _FLOATS
    return "an optional number" if number and (site.nullable or not site.required) else None


def _float_in_record(site: Site) -> Iterator[Found]:
    if site.view.main == "record" and site.target in _FLOATS:
        yield Found(
            "records hold no floats: this number is a decimal text on the wire", None, ("ref",)
        )


RULES = (
    LintRule(
        "ndarray-without-dtype",
        "warning",
        ("ref",),
        _without_dtype,
        "An array does not say what its elements are.",
        "Without a dtype samples of one dataset may hold bytes and others doubles; they cannot be stacked, and "
        "no type checker helps. State it, or say `*` where any is meant.",
    ),
    LintRule(
        "dimension-used-once",
        "note",
        ("object",),
        _lonely_dimension,
        "The name of a dimension stands once in its object.",
        "The same name means the same size within one sample; a name that stands once checks nothing. It may "
        "still tell a reader what the axis is, and then the note can be ignored.",
    ),
    LintRule(
        "classes-range",
        "error",
        ("integer",),
        _class_range,
        "The number of classes and the range of the integer disagree.",
        "`classes` names the values 0, 1, 2, ... in order. A maximum that is not the last of them makes either "
        "a value without a name or a name without a value.",
    ),
    LintRule(
        "layout-not-constant",
        "note",
        ("object",),
        _layout,
        "An optional number or a text stands before an array.",
        "Samples are written in field order: required fields as `required` lists them, then the others. An "
        "array behind fields of fixed width lies at the same offset in each sample and is read by one copy for "
        "a whole batch. Texts, and numbers that may be absent, vary in width; put arrays before them.",
    ),
    LintRule(
        "float-in-record",
        "note",
        ("ref",),
        _float_in_record,
        "A record holds a float.",
        "The AT Protocol data model has no floats, so dev.atdata.types#float64 and #float32 are decimal texts in "
        "a record. In samples they are binary floats.",
    ),
)
"""Rules about sample types."""
