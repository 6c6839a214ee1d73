"""Whether one integer, text or run of bytes agrees with its definition.

Each function gives what is wrong as a sentence, or None.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from atdata_schema.errors import InvalidSyntax
from atdata_schema.lexicon.nodes import Array, Bytes, Integer, String
from atdata_schema.lexicon.parse_report import listed, shown
from atdata_schema.syntax import check

if TYPE_CHECKING:
    import regex

__all__ = ["graphemes", "integer_fault", "length_fault", "text_fault"]

_INT64 = range(-(2**63), 2**63)


@lru_cache(maxsize=1)
def _cluster() -> regex.Pattern[str]:
    import regex  # late: it takes 20 ms, and few strings need it

    return regex.compile(r"\X")


def graphemes(text: str) -> int:
    r"""The number of extended grapheme clusters (UAX #29).

    >>> graphemes("e\u0301\r\n"), len("e\u0301\r\n")
    (2, 4)
    """
    if text.isascii() and "\r" not in text:
        return len(text)
    return sum(1 for _ in _cluster().finditer(text))


def integer_fault(node: Integer, value: int) -> str | None:
    """What is wrong with an integer.

    >>> integer_fault(Integer(maximum=9), 10)
    '10 is above the maximum 9'
    """
    if value not in _INT64:
        return f"{shown(value)} needs more than 64 bits"
    if node.const is not None and value != node.const:
        return f"{value} is not the constant {node.const}"
    if node.enum and value not in node.enum:
        return f"{value} is not {_choice(node.enum)}"
    if node.minimum is not None and value < node.minimum:
        return f"{value} is below the minimum {node.minimum}"
    if node.maximum is not None and value > node.maximum:
        return f"{value} is above the maximum {node.maximum}"
    return None


def text_fault(node: String, text: str) -> str | None:
    """What is wrong with a text.

    >>> text_fault(String(max_length=3), "käse")
    'a text of 5 bytes of UTF-8, above maxLength 3'
    """
    if node.const is not None and text != node.const:
        return f"{shown(text)} is not the constant {shown(node.const)}"
    if node.enum and text not in node.enum:
        return f"{shown(text)} is not {_choice(node.enum)}"
    if node.min_length is not None or node.max_length is not None:
        size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        fault = length_fault(node, size, f"a text of {size} bytes of UTF-8")
        if fault is not None:
            return fault
    return _grapheme_fault(node, text) or _format_fault(node, text)


def _choice(values: tuple[str, ...] | tuple[int, ...]) -> str:
    names = [shown(value) for value in values[:8]]
    if len(values) > 8:
        names.append(f"one of {len(values) - 8} more")
    return listed(names)


def _grapheme_fault(node: String, text: str) -> str | None:
    low, high = node.min_graphemes, node.max_graphemes
    # A cluster holds one code point or more: short texts need no counting.
    if low is None and (high is None or len(text) <= high):
        return None
    count = graphemes(text)
    if low is not None and count < low:
        return f"a text of {count} graphemes, below minGraphemes {low}"
    if high is not None and count > high:
        return f"a text of {count} graphemes, above maxGraphemes {high}"
    return None


def _format_fault(node: String, text: str) -> str | None:
    if node.format is None:
        return None
    try:
        check(node.format, text)
    except InvalidSyntax as error:
        return str(error)
    return None


def length_fault(node: String | Bytes | Array, size: int, what: str) -> str | None:
    """What is wrong with a length; `what` says whose it is.

    >>> length_fault(Bytes(min_length=4), 2, "2 bytes")
    '2 bytes, below minLength 4'
    """
    if node.min_length is not None and size < node.min_length:
        return f"{what}, below minLength {node.min_length}"
    if node.max_length is not None and size > node.max_length:
        return f"{what}, above maxLength {node.max_length}"
    return None
