"""Values of samples in a line: arrays by their dtype, shape and range, texts cut, files by their kind and size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from atdata.cli.figures import counted, size_text
from atdata.cli.visible import cut
from atdata_schema.data import Link
from atdata_schema.fields.instants import format_instant
from atdata_schema.fields.links import Blob
from atdata_schema.fields.objects import Unknown
from atdata_schema.media import Audio, Image
from atdata_schema.sample import Sample

__all__ = ["fields_of", "json_of", "line_of"]

_LONGEST_TEXT: Final = 60
_LONGEST_NAME: Final = 40
_ITEMS: Final = 5  # of a list or a map that are shown
_ELEMENTS: Final = 6  # of an array that are shown one by one
_DEPTH: Final = 3
_HEX: Final = 8


def fields_of(sample: Any) -> dict[str, Any]:
    """The values of a sample by property, in field order; of an untyped one by key."""
    if isinstance(sample, Sample):
        fields = type(sample).FIELDS
        pairs = zip(fields.names, fields.attributes, strict=True)
        return {name: getattr(sample, attribute) for name, attribute in pairs}
    return {str(name): sample[name] for name in sample}


# For people.


def line_of(value: object, depth: int = 0) -> str:
    """A value in one line, short, and safe to print.

    >>> line_of(np.arange(64, dtype=np.uint8).reshape(8, 8))
    'uint8[8, 8]  min 0, mean 31.5, max 63'
    >>> line_of(["cat", None, True])
    '[3] "cat", none, true'
    """
    # By class, the special ones first: an `Image` is bytes, a bool is a number.
    for kind, line in _LINES:
        if isinstance(value, kind):
            return line(value)
    if isinstance(value, Sample | Mapping | Unknown):
        return _map_line(value, depth)
    if isinstance(value, Sequence):
        return _list_line(value, depth)
    return cut(repr(value), _LONGEST_TEXT)


def _text_line(value: str) -> str:
    shown = cut(value, _LONGEST_TEXT)
    if len(value) <= _LONGEST_TEXT and shown == value:
        return f'"{shown}"'
    more = f"  ({counted(len(value), 'character')})" if len(value) > _LONGEST_TEXT else ""
    return f'"{shown}"{more}'


def _float_line(value: float) -> str:
    text = f"{float(value):.6g}"
    # So that a float is seen to be one.
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def _bytes_line(value: bytes) -> str:
    shown = value[:_HEX].hex()
    return f"{counted(len(value), 'byte')}  {shown}{'…' if len(value) > _HEX else ''}".rstrip()


def _file_line(value: Image | Audio) -> str:
    size = _pixels(value) if isinstance(value, Image) else None
    dims = "" if size is None else f" {size[0]}\N{MULTIPLICATION SIGN}{size[1]}"
    return f"{value.mime_type}{dims}, {size_text(len(value))}"


def _pixels(image: Image) -> tuple[int, int] | None:
    """Width and height, where Pillow is there and reads the head of the file; no pixel is decoded."""
    import io
    import warnings

    try:
        from PIL import Image as Pillow

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(io.BytesIO(image)) as picture:
                return picture.size
    except Exception:  # what foreign bytes do to a decoder is no matter of the answer
        return None


def _array_line(value: NDArray[Any]) -> str:
    head = f"{value.dtype.name}[{', '.join(map(str, value.shape))}]"
    if not value.size:
        return head
    if value.size <= _ELEMENTS:
        elements = ", ".join(_element(item) for item in value.reshape(-1).tolist())
        return f"{head}  {elements}"
    facts = _facts(value)
    words = [f"{name} {_element(item)}" for name, item in facts.items() if item is not None]
    return f"{head}  {', '.join(words)}" if words else head


def _element(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _float_line(value) if isinstance(value, float) else str(value)


def _facts(value: NDArray[Any]) -> dict[str, Any]:
    """What is said of many numbers."""
    if value.dtype.kind == "b":
        return {"true": int(value.sum())}
    if value.dtype.kind == "c":
        return {}
    wrong = 0
    if value.dtype.kind == "f":
        known = value[~np.isnan(value)]
        wrong, value = value.size - known.size, known
    if not value.size:
        return {"nan": wrong}
    with np.errstate(all="ignore"):
        mean = float(value.mean(dtype=np.float64))
    return {
        "min": value.min().item(),
        "mean": mean,
        "max": value.max().item(),
        "nan": wrong or None,
    }


def _list_line(value: Sequence[Any], depth: int) -> str:
    head = f"[{len(value)}]"
    if depth >= _DEPTH or not value:
        return head
    items = [line_of(item, depth + 1) for item in value[:_ITEMS]]
    return f"{head} {', '.join(items)}{', …' if len(value) > _ITEMS else ''}"


def _map_line(value: Any, depth: int) -> str:
    tag = ""
    if isinstance(value, Unknown):
        tag, value = f"{cut(value.type, _LONGEST_NAME)} ", value.value
    items = value if isinstance(value, Mapping) else fields_of(value)
    if depth >= _DEPTH or not items:
        return f"{tag}{{{'…' if items else ''}}}"
    pairs = list(items.items())[:_ITEMS]
    texts = [f"{cut(str(name), _LONGEST_NAME)}: {line_of(item, depth + 1)}" for name, item in pairs]
    return f"{tag}{{{', '.join(texts)}{', …' if len(items) > _ITEMS else ''}}}"


_LINES: Final[tuple[tuple[type[Any], Callable[[Any], str]], ...]] = (
    (type(None), lambda value: "none"),
    (bool, lambda value: str(value).lower()),
    (str, _text_line),
    (Image, _file_line),
    (Audio, _file_line),
    (bytes, _bytes_line),
    (int, str),
    (float, _float_line),
    (np.generic, lambda value: line_of(value.item())),
    (np.ndarray, _array_line),
    (datetime, format_instant),
    (Link, lambda value: value.text),
    (
        Blob,
        lambda value: f"blob {cut(value.mime_type, _LONGEST_NAME)}, {size_text(value.size)}, {value.ref.text}",
    ),
)


# For programs.


def json_of(value: object) -> Any:
    """A value as JSON: arrays, bytes and files by what is said of them, everything else whole.

    >>> json_of({"x": np.ones((2, 4), np.float32), "y": float("nan")})
    {'x': {'dtype': 'float32', 'shape': [2, 4], 'min': 1.0, 'mean': 1.0, 'max': 1.0}, 'y': 'nan'}
    """
    for kind, plain in _JSON:
        if isinstance(value, kind):
            return plain(value)
    if isinstance(value, Unknown):
        return {"$type": value.type, **json_of(value.value)}
    if isinstance(value, Sample | Mapping):
        items = value if isinstance(value, Mapping) else fields_of(value)
        return {str(name): json_of(item) for name, item in items.items()}
    if isinstance(value, Sequence):
        return [json_of(item) for item in value]
    return repr(value)


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _array_json(value: NDArray[Any]) -> dict[str, Any]:
    facts = _facts(value) if value.size else {}
    said = {name: json_of(item) for name, item in facts.items() if item is not None}
    return {"dtype": value.dtype.name, "shape": list(value.shape), **said}


def _file_json(value: Image | Audio) -> dict[str, Any]:
    size = _pixels(value) if isinstance(value, Image) else None
    dims = {} if size is None else {"width": size[0], "height": size[1]}
    return {"mimeType": value.mime_type, **dims, "bytes": len(value)}


_JSON: Final[tuple[tuple[type[Any], Callable[[Any], Any]], ...]] = (
    (type(None), lambda value: None),
    (bool, bool),
    (int, int),
    (float, lambda value: _number(float(value))),
    (np.generic, lambda value: json_of(value.item())),
    (str, str.__str__),
    (Image, _file_json),
    (Audio, _file_json),
    (bytes, lambda value: {"bytes": len(value)}),
    (np.ndarray, _array_json),
    (datetime, format_instant),
    (Link, lambda value: {"$link": value.text}),
    (
        Blob,
        lambda value: {
            "$type": "blob",
            "ref": {"$link": value.ref.text},
            "mimeType": value.mime_type,
            "size": value.size,
        },
    ),
)
