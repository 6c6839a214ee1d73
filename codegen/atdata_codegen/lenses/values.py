"""Values and types of a lens as Python spells them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np

from atdata_codegen.lenses.names import Names
from atdata_codegen.plan.literals import number_literal, text_literal, tuple_literal
from atdata_schema import model
from atdata_schema.lenses.program.numbers import NotANumber, number_text
from atdata_schema.lenses.program.paths import Path
from atdata_schema.lenses.types.lens_types import LensType, Many, Maybe, Nd, Obj, Plain, bare
from atdata_schema.lenses.types.sizes import Size

__all__ = [
    "annotation",
    "dtype_literal",
    "fraction_literal",
    "literal",
    "paths_literal",
    "rank_of",
    "scalar_literal",
]


def literal(value: object) -> str:
    """A plain value: texts, numbers, truth values, nothing, and lists and maps of them.

    >>> literal({"a": [1, True, None]}), literal(float("nan")), literal(-0.5)
    ('{"a": [1, True, None]}', 'float("nan")', '-0.5')
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return "None" if value is None else number_literal(value)
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, cast('Sequence[object]', value)))}]"
    raise TypeError(f"no literal of {value!r:.80}")


def fraction_literal(number: Fraction) -> str:
    """A rational number as a text that is exact.

    >>> fraction_literal(Fraction(1, 255)), fraction_literal(Fraction(-3, 2))
    ('"1/255"', '"-1.5"')
    """
    try:
        return text_literal(number_text(number))
    except NotANumber:
        return text_literal(str(number))


def paths_literal(paths: tuple[Path, ...]) -> str:
    """Fields as clauses name them: a property, a way into objects, or a list of several."""
    texts = [
        text_literal(path[0]) if len(path) == 1 else tuple_literal(map(text_literal, path))
        for path in paths
    ]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def dtype_literal(dtype: str, names: Names) -> str:
    """The scalar type of numpy: `np.float32`."""
    return f"{names.use('np')}.{'bool_' if dtype == 'bool' else dtype}"


def scalar_literal(value: Any, names: Names) -> str:
    """A number of numpy: `np.uint8(7)`."""
    return f"{dtype_literal(value.dtype.name, names)}({literal(value)})"


def rank_of(kind: LensType) -> int:
    """How many axes a value has: none, where it is no array."""
    found = bare(kind)
    return len(found.shape) if isinstance(found, Nd) else 0


def annotation(kind: LensType, names: Names) -> str:
    """The Python type of a value in a pipe."""
    match kind:
        case Maybe():
            return f"{annotation(kind.inner, names)} | None"
        case Nd(dtype="*"):
            return f"{names.use('NDArray')}[{names.use('Any')}]"
        case Nd():
            return f"{names.use('NDArray')}[{dtype_literal(kind.dtype, names)}]"
        case Many():
            return f"list[{annotation(kind.items, names)}]"
        case Obj():
            return names.class_of(kind.ref)
        case Plain():
            return _plain(kind.type, names)


def _plain(kind: model.Type, names: Names) -> str:
    match kind:
        case model.TextType():
            return "str"
        case model.BytesType():
            return "bytes"
        case model.DatetimeType():
            return names.use("datetime")
        case model.MediaType():
            return f"{names.use('v1')}.{kind.kind.capitalize()}"
        case model.LinkType():
            return f"{names.use('v1')}.Link"
        case model.BlobType():
            return f"{names.use('v1')}.Blob"
        case model.MapType() | model.UnknownType():
            return f"dict[str, {names.use('Any')}]"
        case _:
            return names.use("Any")


def sizes_of(kind: LensType) -> tuple[int | None, ...]:
    """The size of each axis that is a number."""
    found = bare(kind)
    shape = found.shape if isinstance(found, Nd) else ()
    return tuple(size.constant if isinstance(size, Size) else None for size in shape)
