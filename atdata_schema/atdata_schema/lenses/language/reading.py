"""Files of lenses: text to the intermediate form, with all that is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from atdata_schema.lenses.findings import Finding
from atdata_schema.lenses.language.lowering import Lowered, lower_file
from atdata_schema.lenses.language.parser import deepest, parse_tree
from atdata_schema.lenses.language.syntax_errors import explain, spanned
from atdata_schema.lenses.language.tree import FileNode
from atdata_schema.lenses.limits import MAX_NESTING, MAX_TEXT

__all__ = ["Read", "read"]

_MAX_DEPTH = 4 * (MAX_NESTING + 2)
_MAX_ERRORS = 20
_LONG = 1 << 15
"""Characters of a text of which only the first mistake is told: to read it again takes long."""

_MAX_STATEMENTS = 4096
"""Semicolons of a file."""

_MAP = re.compile(r"\bmap\s*$")


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read.

    Attributes:
        text: what it holds.
        tree: what was written; `None` where it is not of the grammar.
        lenses: the lenses in it.
        findings: what is wrong with it as it is written.
    """

    text: str
    tree: FileNode | None
    lenses: tuple[Lowered, ...]
    findings: tuple[Finding, ...]


def read(text: str) -> Read:
    """The lenses of a text, or what is wrong with it.

    >>> [str(finding) for finding in read("lens a from x.y.z to x.y.w { a <-> b }").findings]
    ["1:37: error[LN001]: ';' is missing here (each clause ends with ';')"]
    """
    refused = _refused(text)
    if refused is not None:
        return Read(text, None, (), (refused,))
    from lark import UnexpectedInput

    try:
        tree = parse_tree(text)
    except UnexpectedInput as error:
        return Read(text, None, (), _all_errors(text, error))
    lenses = lower_file(tree)
    findings = tuple(finding for lens in lenses for finding in lens.findings)
    return Read(text, tree, lenses, findings)


def _refused(text: str) -> Finding | None:
    """What is wrong with a text before it is read at all."""
    message = None
    if len(text) > MAX_TEXT:
        message = f"a text of {len(text)} characters; at most {MAX_TEXT} are read"
    elif text.count(";") > _MAX_STATEMENTS:
        message = f"a file of {text.count(';')} clauses; at most {_MAX_STATEMENTS} are read"
    elif deepest(text) > _MAX_DEPTH:
        message = f"brackets nested more than {_MAX_DEPTH} deep"
    elif "\x00" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in set(text)):
        message = "the text holds a null character or a lone surrogate"
    if message is None:
        return None
    return Finding(rule="LN260", severity="error", message=message, span=spanned(text, 0, 1))


def _all_errors(text: str, error: object) -> tuple[Finding, ...]:
    """The first mistake of every clause: each is blanked in turn, and the rest read again."""
    from lark import UnexpectedInput

    found: list[Finding] = []
    rest = text
    most = _MAX_ERRORS if len(text) <= _LONG else 1
    while isinstance(error, UnexpectedInput) and len(found) < most:
        finding = explain(rest, error)
        found.append(finding)
        assert finding.span is not None  # syntax has places
        blanked = _without_clause(rest, finding.span.start, "missing" in finding.message)
        if blanked == rest:
            break
        rest, error = blanked, None
        try:
            parse_tree(rest)
        except UnexpectedInput as next_error:
            error = next_error
    return tuple(found)


def _without_clause(text: str, at: int, ends: bool) -> str:
    """The text with the clause around an offset as blanks; as it is where that is not clear.

    Args:
        text: the text.
        at: the offset.
        ends: whether the clause ends there.
    """
    brace = text.rfind("{", 0, at)
    while brace >= 0 and _MAP.search(text, 0, brace):
        brace = text.rfind("{", 0, brace)
    start = max(text.rfind(";", 0, at), brace) + 1
    end = at - 1 if ends else text.find(";", at)
    if end < 0:
        end = text.rfind("}") - 1
    region = text[start : end + 1]
    if end < start or region.count("{") != region.count("}"):
        return text
    gap = "".join(char if char == "\n" else " " for char in text[start : end + 1])
    return text[:start] + gap + text[end + 1 :]
