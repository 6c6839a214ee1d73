"""Python literals: the only way in which a text of a lexicon reaches code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import cast

__all__ = ["HIDDEN", "document_text", "escaped", "number_literal", "text_literal", "tuple_literal"]

# Fixed ranges, not `str.isprintable`: what that says depends on the version of Python.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000e0000-\U0010ffff]"
)
"""Characters that do not show, or that change how others show: controls, bidirectional marks, lone surrogates."""

_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")
_WIDTH = 88
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escaped(text: str) -> str:
    r"""A text with backslashes doubled and hidden characters written as escapes.

    >>> print(escaped("a\b\u202ec\n"))
    a\x08\u202ec\n
    """
    return HIDDEN.sub(_escape, text.replace("\\", "\\\\"))


def text_literal(text: str) -> str:
    r"""A string literal: one line, in the quotes that need fewer escapes, as black has it.

    >>> print(text_literal('say "hi"'), text_literal("it's"), text_literal("a\nb"))
    'say "hi"' "it's" "a\nb"
    """
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + escaped(text).replace(quote, "\\" + quote) + quote


def number_literal(value: int | bool) -> str:
    """A number or a truth value.

    >>> number_literal(True), number_literal(-3)
    ('True', '-3')
    """
    return repr(bool(value) if isinstance(value, bool) else int(value))


def tuple_literal(items: Iterable[str]) -> str:
    """A tuple of expressions.

    >>> tuple_literal(["1"]), tuple_literal(["1", "2"]), tuple_literal([])
    ('(1,)', '(1, 2)', '()')
    """
    texts = list(items)
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def document_text(document: Mapping[str, object]) -> str:
    r"""A document as the JSON that stands in a raw string between triple quotation marks.

    Two things would end that string. A run of three quotation marks never occurs: within a JSON string each
    has a backslash before it, and two at most stand together where one is empty. And the last character is a
    brace, no backslash.

    >>> print(document_text({"id": "a", "defs": {"main": {"required": ["x\u202ey", 1]}}}))
    {
      "id": "a",
      "defs": {
        "main": { "required": ["x\u202ey", 1] }
      }
    }
    """
    lines = _json_lines(document, "", 0, outer=True)
    return _NOT_PLAIN.sub(_hidden_in_json, "\n".join(lines))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in _NAMED:
        return _NAMED[match[0]]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_lines(value: object, opening: str, depth: int, *, outer: bool = False) -> Iterator[str]:
    """A value as JSON: on one line where it holds scalars and lists of scalars, and fits.

    Args:
        value: the value.
        opening: what stands before it: a key, or nothing.
        depth: how many containers it stands in.
        outer: whether it gets lines of its own in any case.
    """
    margin = "  " * depth
    if not outer and (short := _one_line(value, _WIDTH - len(margin) - len(opening))) is not None:
        yield f"{margin}{opening}{short}"
        return
    pairs = isinstance(value, Mapping)
    items = value.items() if isinstance(value, Mapping) else enumerate(cast("list[object]", value))
    yield f"{margin}{opening}{'{' if pairs else '['}"
    last = len(cast("Sized", value)) - 1
    for index, (key, item) in enumerate(items):
        lines = list(_json_lines(item, f"{_scalar(key)}: " if pairs else "", depth + 1))
        yield from lines[:-1]
        yield lines[-1] + ("," if index < last else "")
    yield f"{margin}{'}' if pairs else ']'}"


def _one_line(value: object, width: int, *, inner: bool = False) -> str | None:
    """A value on one line, `None` where it holds objects, or would be wider than the width."""
    if isinstance(value, Mapping):
        if inner:
            return None
        pairs = [(_scalar(key), _one_line(item, width, inner=True)) for key, item in value.items()]
        if any(item is None for _, item in pairs):
            return None
        text = f"{{ {', '.join(f'{key}: {item}' for key, item in pairs)} }}" if pairs else "{}"
    elif isinstance(value, list):
        items = [_one_line(item, width, inner=True) for item in cast("list[object]", value)]
        if any(item is None for item in items):
            return None
        text = f"[{', '.join(map(str, items))}]"
    else:
        return _scalar(value)
    return text if len(text) < width else None


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _hidden_in_json(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if HIDDEN.match(match[0]) else match[0]
