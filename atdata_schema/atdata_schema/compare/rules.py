"""The kinds of change: what each is called, what it means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change.

    Attributes:
        id: its name in findings.
        summary: one line: what changed.
        new: the remedy where new code no longer reads old data.
        old: the remedy where old code does not read new data.
        level: what a version has to grow by where nothing breaks.
    """

    id: str
    summary: str
    new: str = ""
    old: str = ""
    level: Literal["minor", "patch"] = "minor"


def _tightened(what: str) -> tuple[str, str]:
    """The remedies where one type allows what the other forbids."""
    return (
        f"old samples may hold {what} that the new type forbids: allow it still",
        f"new samples may hold {what} that the old type forbids: write only what both allow",
    )


_FIELDS: Final = (
    Rule("field-added", "An optional field is new; old samples read as `None` there."),
    Rule(
        "required-field-added",
        "A required field is new.",
        "old samples have no value for it: make it optional",
    ),
    Rule("field-removed", "An optional field is gone; new code passes over its values."),
    Rule(
        "required-field-removed",
        "A required field is gone.",
        old="old code asks for it: keep it",
    ),
    Rule(
        "field-renamed",
        "A field is gone and one of the same type, with a name much like it, is new.",
        "is it the same field? then let the new one read its old name: "
        '"x-atdata": {"aliases": [...]}; else keep the old one beside it',
        "old code does not find it under its new name: keep the old name",
    ),
    Rule(
        "field-aliased",
        "A field has a new name, and reads old data under its old one.",
        old="old code asks for the old name: keep it",
    ),
    Rule(
        "required-added",
        "An optional field has to be there now.",
        "old samples may lack it: keep it optional",
        "",
    ),
    Rule(
        "required-removed",
        "A required field need not be there any more.",
        "",
        "new samples may lack it, and old code asks for it: keep it required",
    ),
    Rule(
        "nullable-added",
        "A field may be null now.",
        old="new samples may hold null, which old code refuses: keep it out",
    ),
    Rule(
        "nullable-removed",
        "A field may not be null any more.",
        "old samples may hold null: allow it still",
    ),
    Rule("aliases-changed", "A field reads other old names than before."),
    Rule("field-order", "Fields are written in another order; readers take any.", level="patch"),
    Rule("description-changed", "A description was changed.", level="patch"),
)

_TYPES: Final = (
    Rule(
        "type-changed",
        "A field is of another kind.",
        "keep the type and add another field",
        "keep the type and add another field",
    ),
    Rule(
        "object-renamed",
        "An object has another name; nothing in a sample names it, its class is called otherwise.",
    ),
    Rule("type-renamed", "The type has another name.", *_tightened("a `$type`")),
    Rule(
        "record-key",
        "Records are kept under another kind of key.",
        "old records have keys that the new type forbids: keep the kind of key",
        "new records have keys that the old type forbids: keep the kind of key",
    ),
    Rule("float-width", "A float is of another width.", *_tightened("numbers, or texts of them,")),
    Rule("finite-changed", "NaN and infinities are allowed, or not.", *_tightened("NaN")),
    Rule("range-changed", "An integer has another range.", *_tightened("a number")),
    Rule("enum-changed", "A closed choice has other values.", *_tightened("a value")),
    Rule("const-changed", "A constant has another value.", *_tightened("a value")),
    Rule("length-changed", "Another length is allowed.", *_tightened("a length")),
    Rule("graphemes-changed", "Another number of graphemes is allowed.", *_tightened("a length")),
    Rule("format-changed", "A text has another format.", *_tightened("a text")),
    Rule("accept-changed", "Other kinds of file are accepted.", *_tightened("a kind of file")),
    Rule("size-changed", "A blob may have another size.", *_tightened("a size")),
    Rule(
        "classes-renamed",
        "A number stands for another class, which nothing in a sample tells.",
        "old numbers mean other classes: add classes at the end only",
        "new numbers mean other classes: add classes at the end only",
    ),
    Rule(
        "classes-changed",
        "More or fewer numbers have the name of a class.",
        "old samples may hold numbers that are no class any more: keep their names",
        "new samples may hold numbers that old code has no class for",
    ),
    Rule("known-values-changed", "Other values are listed as known; any is allowed."),
    Rule("default-changed", "A default is another one; samples are read without it."),
    Rule(
        "dtype-changed",
        "An array has another element type.",
        "nothing is converted silently: keep the element type and add another field",
        "nothing is converted silently: keep the element type and add another field",
    ),
    Rule("shape-changed", "An array has other dimensions.", *_tightened("a shape")),
    Rule(
        "sizes-tied",
        "Other dimensions share a name, and so have to be of one size.",
        *_tightened("sizes"),
    ),
    Rule(
        "dims-renamed", "Dimensions have other names, or none; the same shapes fit.", level="patch"
    ),
    Rule(
        "member-added",
        "A union has one more member.",
        "",
        "old code takes no member that it does not know: leave the union open",
    ),
    Rule(
        "member-removed",
        "A union has one member less.",
        "old samples may hold it: keep it, or leave the union open",
        "",
    ),
    Rule("union-closed", "A union is closed now.", *_tightened("a member")),
    Rule("union-opened", "A union is open now.", *_tightened("a member")),
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in _FIELDS + _TYPES})
"""Every kind of change by its identifier."""
