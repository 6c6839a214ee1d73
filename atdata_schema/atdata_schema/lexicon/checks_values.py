"""Whether the values that a definition names agree with its own constraints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from atdata_schema.lexicon.nodes import Boolean, Integer, String
from atdata_schema.lexicon.parse_report import Report
from atdata_schema.lexicon.validate_scalars import integer_fault, text_fault

__all__ = ["check_boolean", "check_integer", "check_string"]


def check_boolean(node: Boolean, report: Report) -> None:
    """Report a boolean with both `const` and `default`."""
    _check_exclusive(node, report)


def check_integer(node: Integer, report: Report) -> None:
    """Report values of an integer outside its range or `enum`, and lists that overlap.

    >>> report = Report()
    >>> check_integer(Integer(maximum=9, default=10), report)
    >>> print(report.findings[0])
    default: error[invalid-value]: default: 10 is above the maximum 9
    """
    _check_exclusive(node, report)
    _check_lists(node, report)
    # Nothing of the values themselves is held against them, only what stands beside.
    plain = replace(node, const=None)
    if node.default is not None:
        _add(report, node, "default", integer_fault(plain, node.default))
    if node.const is not None:
        _add(report, node, "const", integer_fault(plain, node.const))
    plain = replace(plain, enum=None)  # each is in the list; looking would be quadratic
    for index, value in enumerate(node.enum or ()):
        _add(report, node, "enum", integer_fault(plain, value), index)


def check_string(node: String, report: Report) -> None:
    """Report values of a string that break its lengths, format or `enum`, and lists that overlap."""
    _check_exclusive(node, report)
    _check_lists(node, report)
    plain = replace(node, const=None)
    if node.default is not None:
        _add(report, node, "default", text_fault(plain, node.default))
    if node.const is not None:
        _add(report, node, "const", text_fault(plain, node.const))
    plain = replace(plain, enum=None)  # each is in the list; looking would be quadratic
    for index, value in enumerate(node.enum or ()):
        _add(report, node, "enum", text_fault(plain, value), index)
    for index, value in enumerate(node.known_values or ()):
        _add(report, node, "knownValues", text_fault(plain, value), index)


def _add(report: Report, node: Integer | String, key: str, fault: str | None, *steps: int) -> None:
    if fault is not None:
        rule = "invalid-known-value" if key == "knownValues" else "invalid-value"
        report.add(rule, (*node.pointer, key, *steps), f"{key}: {fault}")


def _check_exclusive(node: Boolean | Integer | String, report: Report) -> None:
    if node.const is not None and node.default is not None:
        message = "const and default exclude each other"
        report.add("lexicon-schema", (*node.pointer, "default"), message, "keep one of them")


def _check_lists(node: Integer | String, report: Report) -> None:
    known = node.known_values if isinstance(node, String) else None
    given = _present({"const": node.const, "enum": node.enum, "knownValues": known}.items())
    if len(given) > 1:
        message = f"{' and '.join(given)} are given together; how they combine is not defined"
        report.add("overlapping-values", (*node.pointer, given[-1]), message, "keep one of them")
    if node.enum is not None and not node.enum:
        report.add("empty-enum", (*node.pointer, "enum"), "an enum without values")


def _present(items: Iterable[tuple[str, object]]) -> list[str]:
    return [name for name, value in items if value is not None]
