"""What holds for every value of a document, known to the language or not.

A lexicon is published as a record, so all of it must be of the data model: no floats, no integers
beyond 64 bits, no text that UTF-8 cannot encode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from atdata_schema.lexicon.nodes import Pointer
from atdata_schema.lexicon.parse_report import Report, kind_of, shown

__all__ = ["MAX_DEPTH", "scan"]

MAX_DEPTH = 64
"""Levels of JSON to which a document is read; deeper it is refused (`too-deep`)."""

_INT64 = range(-(2**63), 2**63)
_SAFE = range(-(2**53) + 1, 2**53)


def scan(value: object, report: Report) -> bool:
    """Report every value that a published document cannot hold.

    Returns:
        Whether the document ends: decoded JSON always does, a Python object may hold itself.

    >>> report = Report()
    >>> scan({"defs": {"main": {"default": 0.5}}}, report)
    True
    >>> report.findings[0].rule, report.findings[0].pointer
    ('unpublishable-float', ('defs', 'main', 'default'))
    """
    scanned = _Scan(report)
    scanned.value(value, ())
    return scanned.ends


@dataclass(slots=True)
class _Scan:
    report: Report
    around: set[int] = field(default_factory=set[int])  # the containers around the value at hand
    ends: bool = True

    def value(self, value: object, pointer: Pointer) -> None:
        if isinstance(value, str):
            _scan_text(value, self.report, pointer)
        elif value is None or isinstance(value, bool):
            return
        elif isinstance(value, int):
            _scan_integer(value, self.report, pointer)
        elif isinstance(value, float):
            message = f"{value!r} is a float, which no record can hold"
            hint = "scale it to an integer or write a string"
            self.report.add("unpublishable-float", pointer, message, hint)
        elif isinstance(value, (dict, list)):
            self.container(cast("dict[object, object] | list[object]", value), pointer)
        else:
            message = f"{kind_of(value)} is no JSON value"
            self.report.add("schema-json-parse", pointer, message)

    def container(self, value: dict[object, object] | list[object], pointer: Pointer) -> None:
        if id(value) in self.around:
            self.ends = False
            self.report.add("too-deep", pointer, "this object holds itself")
        elif len(pointer) >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of JSON"
            hint = "name inner objects under defs and refer to them"
            self.report.add("too-deep", pointer, message, hint)
        else:
            self.around.add(id(value))
            self.items(value, pointer)
            self.around.discard(id(value))

    def items(self, value: dict[object, object] | list[object], pointer: Pointer) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.value(item, (*pointer, index))
            return
        for key, item in value.items():
            if isinstance(key, str):
                _scan_text(key, self.report, pointer)
                self.value(item, (*pointer, key))
            else:
                self.report.add("schema-json-parse", pointer, f"the key {shown(key)} is no string")


def _scan_text(text: str, report: Report, pointer: Pointer) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"the character \\u{ord(text[error.start]):04x} is half of a pair"
        report.add("unpublishable-text", pointer, message, "remove the escape, or write it whole")


def _scan_integer(value: int, report: Report, pointer: Pointer) -> None:
    if value in _SAFE:
        return
    if value in _INT64:
        report.add("large-integer", pointer, f"{value} is beyond 2^53 - 1; other readers round it")
    else:
        report.add("unpublishable-integer", pointer, f"{shown(value)} needs more than 64 bits")
