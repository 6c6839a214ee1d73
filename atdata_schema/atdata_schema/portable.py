"""The extension of a field: `x-atdata` beside it, or the same as the last line of its description.

Parsers that refuse unknown keys take the second form:
`@atdata float32[H, W, 3]`, then further keys as `key=JSON`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from atdata_schema.model import DTYPES

__all__ = ["KEYS", "MARK", "description_of", "extension_of", "format_extension", "parse_line"]

KEYS: Final = ("dtype", "shape", "finite", "classes", "values", "accept", "aliases", "as")
"""Every key that an extension may have."""

MARK: Final = "@atdata"
_ARRAY: Final = re.compile(r"(?P<dtype>\*|[a-z]+[0-9]*)\[(?P<dims>[^\]]*)\]")
_DIM: Final = re.compile(r"\*|\.\.\.|[0-9]+|[A-Za-z_][A-Za-z0-9_]*")
_KEY: Final = re.compile(r"([A-Za-z]+)=")
_DECODER: Final = json.JSONDecoder()


def extension_of(
    extension: Mapping[str, object] | None, description: str | None
) -> Mapping[str, object]:
    r"""The extension of a field from both places it can stand in.

    Raises:
        ValueError: the line in the description is not of the form, or says something else than `x-atdata`.

    >>> extension_of(None, "Pixels.\n@atdata uint8[H, W, 3]")
    {'dtype': 'uint8', 'shape': ['H', 'W', 3]}
    """
    line = _line(description)
    if line is None:
        return extension or {}
    portable = parse_line(line)
    if extension is not None and dict(extension) != portable:
        raise ValueError(
            f"x-atdata says {format_extension(extension)!r} and the description {line!r}: "
            "write one of them"
        )
    return portable


def description_of(description: str | None) -> str | None:
    r"""The description without a line that is an extension.

    >>> description_of("Pixels.\n@atdata uint8[H, W, 3]")
    'Pixels.'
    """
    if description is None or _line(description) is None:
        return description
    return description.rstrip().rpartition("\n")[0].rstrip() or None


def format_extension(extension: Mapping[str, object]) -> str:
    """The line that stands for an extension.

    >>> format_extension({"dtype": "float32", "shape": ["H", "W", 3]})
    '@atdata float32[H, W, 3]'
    """
    rest = dict(extension)
    words = [MARK]
    shape, dtype = rest.get("shape"), rest.get("dtype")
    if isinstance(shape, list) and isinstance(dtype, str):
        words.append(f"{dtype}[{', '.join(map(str, shape))}]")
        del rest["shape"], rest["dtype"]
    words += [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in rest.items()]
    return " ".join(words)


def parse_line(line: str) -> dict[str, object]:
    """The extension that a line stands for.

    Raises:
        ValueError: the line is not `@atdata`, an array notation or none, and `key=JSON` pairs.
    """
    text = line.strip().removeprefix(MARK).strip()
    result: dict[str, object] = {}
    array = _ARRAY.match(text)
    if array is not None:
        result = {"dtype": array["dtype"], "shape": _dims(array["dims"])}
        text = text[array.end() :].strip()
    while text:
        key = _KEY.match(text)
        if key is None or key[1] in result:
            raise ValueError(f"{text!r} is no key=JSON in {line.strip()!r}, or repeats a key")
        value, end = _json(text, key.end(), line)
        result[key[1]] = value
        text = text[end:].strip()
    return result


def _line(description: str | None) -> str | None:
    if description is None:
        return None
    last = description.rstrip().rpartition("\n")[2].strip()
    return last if last == MARK or last.startswith(MARK + " ") else None


def _dims(text: str) -> list[int | str]:
    if not text.strip():
        return []
    dims = [part.strip() for part in text.split(",")]
    for dim in dims:
        if not _DIM.fullmatch(dim):
            raise ValueError(f"{dim!r} is no dimension: a size, a name, * or ...")
    return [int(dim) if dim.isdigit() else dim for dim in dims]


def _json(text: str, start: int, line: str) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        raise ValueError(f"no JSON behind {text[:start]!r} in {line.strip()!r}") from None


def known_dtype(name: object) -> bool:
    """Whether a name is a dtype that samples hold, or `"*"` for any."""
    return name == "*" or name in DTYPES
