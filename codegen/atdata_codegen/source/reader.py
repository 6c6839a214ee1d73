"""JSON documents with the places of their values.

A text is read by the standard library. Only when there is something to say about it is it read a second
time, slowly and with positions; so a project without findings costs what `json.loads` costs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from atdata_codegen.diagnostics import Diagnostic, diagnose
from atdata_codegen.source.span import Place, Span
from atdata_codegen.source.undecodable import not_utf8

if TYPE_CHECKING:
    from atdata_schema.lexicon.nodes import Pointer

__all__ = ["Source", "read"]

_DEEPEST = 256
"""Brackets inside brackets that are still handed on; the kernel refuses far fewer, and says so better."""

_LONG = 500_000
"""Characters of a text above which a mistake in it is not explained by the grammar."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was read.

    Attributes:
        path: the file, absolute.
        text: what it holds; empty if that is no text.
        value: the JSON value, or None if there is none to go on with.
        diagnostics: what is wrong with it as JSON.
    """

    path: str
    text: str
    value: object
    diagnostics: tuple[Diagnostic, ...] = ()

    def locate(self, pointers: Collection[Pointer]) -> dict[Pointer, Place]:
        """The places of those values and of all that hold them, as far as the text has them."""
        from atdata_codegen.source.places import locate  # lark: only where there are findings

        return locate(self.text, pointers) if self.value is not None else {}


class _NotJsonError(ValueError):
    """A literal that Python reads and JSON does not have."""


def read(path: str, data: bytes) -> Source:
    """One file as a value, or as findings.

    Args:
        path: where it lies, for messages.
        data: its bytes.

    >>> read("/a.json", b'{"lexicon": 1}').value
    {'lexicon': 1}
    >>> read("/a.json", b'{"lexicon": 1').diagnostics[0].message
    "the text ends where ',' or '}' is expected"
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Source(path, "", None, (not_utf8(path, data, error, "json-syntax"),))
    if text.startswith("\ufeff"):
        return Source(path, text, None, (_marked(path, text),))
    return _parse(path, text)


def _parse(path: str, text: str) -> Source:
    repeated: list[bool] = []

    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            repeated.append(True)
        return made

    try:
        value = json.loads(
            text, object_pairs_hook=build, parse_constant=_refuse, parse_int=_integer
        )
    except RecursionError:
        return Source(path, text, None, _too_deep(path, text))
    except ValueError as error:
        return Source(path, text, None, _not_json(path, text, error))
    if text.count("[") + text.count("{") > _DEEPEST and _depth(value) > _DEEPEST:
        return Source(path, text, None, _too_deep(path, text))
    return Source(path, text, value, _repetitions(path, text) if repeated else ())


def _refuse(literal: str) -> object:
    raise _NotJsonError(literal)


def _integer(digits: str) -> int:
    limit = sys.get_int_max_str_digits()
    # Python refuses to convert such a number; any power of ten is as far out of range as it is.
    return int(digits) if not limit or len(digits) <= limit else 10 ** (limit - 1)


def _depth(value: object) -> int:
    """How many containers lie in each other, without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [child for container in level for child in _containers(container)]
    return depth


def _containers(value: object) -> list[object]:
    children: Collection[object] = ()
    if isinstance(value, dict):
        children = cast("dict[str, object]", value).values()
    elif isinstance(value, list):
        children = cast("list[object]", value)
    return [child for child in children if isinstance(child, (dict, list))]


def _marked(path: str, text: str) -> Diagnostic:
    return diagnose(
        path,
        Span(1, 1, 1, 2),
        text,
        severity="error",
        rule="json-syntax",
        message="the file begins with a byte order mark, which JSON does not allow",
        hint="save it as UTF-8 without one",
    )


def _not_json(path: str, text: str, error: ValueError | None = None) -> tuple[Diagnostic, ...]:
    from atdata_codegen.source.syntax import explain_syntax  # lark: only where there are findings

    at = error if isinstance(error, json.JSONDecodeError) and len(text) > _LONG else None
    if at is None:
        span, message, hint = explain_syntax(text)
    else:  # the grammar would explain it better, and take a minute for it
        span = Span(at.lineno, at.colno, at.lineno, at.colno + 1)
        message, hint = f"this is not JSON: {at.msg}", None
    made = diagnose(
        path, span, text, severity="error", rule="json-syntax", message=message, hint=hint
    )
    return (made,)


def _too_deep(path: str, text: str) -> tuple[Diagnostic, ...]:
    from atdata_codegen.source.places import too_deep  # lark: only where there are findings
    from atdata_schema.lexicon.parse_scan import MAX_DEPTH

    span = too_deep(text, MAX_DEPTH)
    if span is None:  # it breaks off before, so it is not even JSON
        return _not_json(path, text)
    made = diagnose(
        path,
        span,
        text,
        severity="error",
        rule="too-deep",
        message=f"more than {MAX_DEPTH} levels of JSON",
        hint="name inner objects under defs and refer to them",
    )
    return (made,)


def _repetitions(path: str, text: str) -> tuple[Diagnostic, ...]:
    from atdata_codegen.source.places import repeated_keys  # lark: only where there are findings

    return tuple(
        diagnose(
            path,
            repeated.span,
            text,
            severity="error",
            rule="duplicate-key",
            message=f"the key {repeated.name!r} stands in this object already",
            hint=f"the first one is in line {repeated.first.line}; keep one of them",
        )
        for repeated in repeated_keys(text)
    )
