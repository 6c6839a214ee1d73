"""Encoders made for one class: straight-line code for the values that are as they should be.

`compile_encoder` turns the codecs of a class into Python source, compiles it and gives back two functions. They
take the common case of each field (a plain `int`, `float`, `str`; an array of the exact dtype whose shape
was seen before) with as few calls as can be; a value of any other kind goes through its codec, and where
anything at all is wrong the sample goes through the codecs from the start, which then raise what they
always raise. The bytes are the same either way.

No text of a schema ever stands in the source: values are `v0`, `v1`, ..., constants come in through the
namespace, and the names of attributes are put into the compiled code in place of `a0`, `a1`, ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Final

import numpy as np

from atdata_schema.fields.compiled_fields import Source, emit
from atdata_schema.fields.field import Field
from atdata_schema.wire import npy, rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Encoder", "Layout", "compile_encoder"]

_MOST_SHAPES: Final = 4096


@dataclass(frozen=True, slots=True)
class Layout:
    """What an encoder is made from.

    Attributes:
        codecs: by property name, in field order.
        attributes: the attribute of each.
        head: the header of the map.
        keys: each key, packed.
        sharing: the positions of array fields that share a named dimension.
        check: raises `ValidationError` where a sample's named dimensions disagree.
        encode: the way that takes any sample: its bytes in pieces.
    """

    codecs: Mapping[str, Field[Any]]
    attributes: tuple[str, ...]
    head: bytes
    keys: tuple[bytes, ...]
    sharing: tuple[int, ...]
    check: Callable[[Any], None]
    encode: Callable[[Any], list[Buffer]]


@dataclass(frozen=True, slots=True)
class Encoder:
    """The two functions made for a class; both raise what the codecs raise.

    Attributes:
        whole: a sample as one `bytes`.
        pieces: a sample as buffers, in which large arrays and files are their own memory.
    """

    whole: Callable[[Any], bytes]
    pieces: Callable[[Any], list[Buffer]]


def compile_encoder(layout: Layout) -> Encoder:
    """The encoder of a class."""
    source = Source()
    source.const(layout.head)
    for index, (key, codec) in enumerate(zip(layout.keys, layout.codecs.values(), strict=True)):
        source.line(f"v{index} = s.a{index}")
        source.const(key)
        emit(source, index, codec)
    source.flush()
    if layout.sharing:
        _check_shapes(source, layout)
    arrays = source.arrays
    plain = ", ".join(source.pieces)
    viewed = ", ".join(f"view({item})" if item in arrays else item for item in source.pieces)
    whole = _function(source, layout, f"join(({plain},))", lambda s: rows.join(layout.encode(s)))
    pieces = _function(source, layout, f"[{viewed}]", layout.encode)
    return Encoder(whole, pieces)


def _check_shapes(source: Source, layout: Layout) -> None:
    """Named dimensions are checked once for each combination of shapes."""
    seen: set[tuple[Any, ...]] = set()

    def check(sample: Any, shapes: tuple[Any, ...]) -> None:
        layout.check(sample)
        if len(seen) < _MOST_SHAPES:
            seen.add(shapes)

    parts = "".join(f"None if v{i} is None else v{i}.shape, " for i in layout.sharing)
    source.line(f"shapes = ({parts})")
    source.line("if shapes not in seen: check(s, shapes)")
    source.namespace |= {"seen": seen, "check": check}


def _function(
    source: Source, layout: Layout, result: str, slow: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    body = "".join(f"        {line}\n" for line in (*source.lines, f"return {result}"))
    # What is wrong is found out by the slow way, which says it as always.
    text = (
        f"def encode(s):\n    try:\n{body}    except Exception:\n        pass\n    return slow(s)\n"
    )
    namespace: dict[str, Any] = {
        **source.namespace,
        "join": b"".join,
        "view": _view,
        "slow": slow,
    }
    made = compile(text, "<encoder>", "exec")
    exec(made, namespace)  # noqa: S102  # made of v0, a0, K0, ... alone
    code: CodeType = namespace["encode"].__code__
    names = {f"a{index}": name for index, name in enumerate(layout.attributes)}
    renamed = code.replace(co_names=tuple(names.get(name, name) for name in code.co_names))
    return FunctionType(renamed, namespace, "encode")


def _view(value: Any) -> Buffer:
    return npy.elements(value) if isinstance(value, np.ndarray) else value
