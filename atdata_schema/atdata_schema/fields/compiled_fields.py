"""The source of compiled encoders, field by field."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from atdata_schema.fields.array import AnyArray, Array, ArrayField
from atdata_schema.fields.binary import AudioFile, Bytes, ImageFile
from atdata_schema.fields.field import Field
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.fields.text import Choice, Text
from atdata_schema.wire import npy, rows
from atdata_schema.wire.npy import Buffer

__all__ = ["Source", "emit"]

_MOST_SHAPES: Final = 4096
_NAN: Final[float] = struct.unpack(">d", bytes.fromhex("7ff8000000000000"))[0]
_NUMBERS: Final = {Integer: (b"\xd3", "q"), Float64: (b"\xcb", "d"), Float32: (b"\xca", "f")}


class Source:
    """The lines of an encoder, the pieces that its result is joined from, and the names they use.

    Constants and values of a fixed width are gathered, and packed by one call.

    Attributes:
        lines: statements, in order.
        pieces: expressions of bytes, in order.
        arrays: those that may be arrays, whose memory is to be taken.
        namespace: what the names in both stand for.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.arrays: set[str] = set()
        self.namespace: dict[str, Any] = {
            "nd": np.ndarray,
            "text": msgspec.msgpack.Encoder().encode,
            "bin_head": struct.Struct(">BI").pack,
            "base": _base,
            "NAN": _NAN,
            "NIL": rows.NIL,
        }
        self._const = bytearray()
        self._run: list[tuple[bytes, str, str]] = []

    def name(self, kind: str, value: Any) -> str:
        """A new name for a constant or a function."""
        name = f"{kind}{len(self.namespace)}"
        self.namespace[name] = value
        return name

    def line(self, text: str) -> None:
        """Append a statement."""
        self.lines.append(text)

    def const(self, data: bytes) -> None:
        """Append bytes that are the same in every sample."""
        self._const += data

    def fixed(self, code: str, value: str) -> None:
        """Append a value of a fixed width, by its `struct` code."""
        self._run.append((self._taken(), code, value))

    def piece(self, value: str) -> None:
        """Append an expression of bytes."""
        self.flush()
        self.pieces.append(value)

    def prefix(self) -> bytes:
        """The constant bytes before what comes next, if that is all there is; they are taken."""
        return b"" if self._run else self._taken()

    def flush(self) -> None:
        """Make a piece of the constants and fixed values so far."""
        rest = self._taken()
        if self._run:
            code, values = ">", []
            for const, kind, value in self._run:
                code += f"{len(const)}s{kind}"
                values += [self.name("K", const), value]
            values += [self.name("K", rest)] if rest else []
            code += f"{len(rest)}s" if rest else ""
            pack = self.name("pack", struct.Struct(code).pack)
            self.pieces.append(f"{pack}({', '.join(values)})")
            self._run.clear()
        elif rest:
            self.pieces.append(self.name("K", rest))

    def _taken(self) -> bytes:
        const = bytes(self._const)
        self._const.clear()
        return const


def emit(source: Source, index: int, codec: Field[Any]) -> None:
    """Append the value `v<index>` of a field."""
    if isinstance(codec, Opt | Null):
        _optional(source, index, codec.field)
    elif isinstance(codec, Integer | Float64 | Float32) and type(codec) in _NUMBERS:
        head, code = _NUMBERS[type(codec)]
        source.const(head)
        for line in _number_checks(source, index, codec):
            source.line(line)
        source.fixed(code, f"v{index}")
    elif isinstance(codec, Boolean):
        _boolean(source, index, codec)
    elif isinstance(codec, Array | AnyArray):
        for line in _array(source, index, codec, source.prefix()):
            source.line(line)
        _two(source, index)
    else:
        lines, double = _varying(source, index, codec)
        for line in lines:
            source.line(line)
        if double:
            _two(source, index)
        else:
            source.piece(f"p{index}")


def _two(source: Source, index: int) -> None:
    """A value in two pieces: its header, and memory of somebody else's."""
    source.piece(f"p{index}")
    source.piece(f"q{index}")
    source.arrays.add(f"q{index}")


def _optional(source: Source, index: int, codec: Field[Any]) -> None:
    lines, double = _varying(source, index, codec)
    source.line(f"if v{index} is None:")
    source.line(f"    p{index} = NIL")
    if double:
        source.line(f"    q{index} = b''")
    source.line("else:")
    for line in lines:
        source.line(f"    {line}")
    if double:
        _two(source, index)
    else:
        source.piece(f"p{index}")


def _varying(source: Source, index: int, codec: Field[Any]) -> tuple[list[str], bool]:
    """The lines that set `p<index>` to a value's bytes, or `p<index>` and `q<index>` to its two pieces."""
    match codec:
        case Integer() | Float64() | Float32() if type(codec) in _NUMBERS:
            head, code = _NUMBERS[type(codec)]
            pack = source.name("pack", struct.Struct(f">1s{code}").pack)
            packed = f"p{index} = {pack}({source.name('K', head)}, v{index})"
            return [*_number_checks(source, index, codec), packed], False
        case Text():
            return _text(source, index, codec), False
        case Choice():
            return _choice(source, index, codec), False
        case Array() | AnyArray():
            return _array(source, index, codec, b""), True
        case Bytes() | ImageFile() | AudioFile():
            return _file(source, index, codec), True
        case _:
            return [f"p{index} = {_one(source, codec)}(v{index})"], False


def _one(source: Source, codec: Field[Any]) -> str:
    """A function that gives the bytes of one value, by its codec."""

    def one(value: Any) -> bytes:
        out: list[Buffer] = []
        codec.pack(value, out)
        return b"".join(out)

    return source.name("one", one)


def _number_checks(source: Source, index: int, codec: Integer | Float64 | Float32) -> list[str]:
    """Lines that make `v<index>` a plain number and leave for the slow way where it is not allowed."""
    kind = "int" if isinstance(codec, Integer) else "float"
    lines = [f"if type(v{index}) is not {kind}: v{index} = {_plain(source, codec)}(v{index})"]
    wrong: list[str] = []
    if isinstance(codec, Integer):
        if codec.minimum is not None:
            wrong.append(f"v{index} < {source.name('K', codec.minimum)}")
        if codec.maximum is not None:
            wrong.append(f"v{index} > {source.name('K', codec.maximum)}")
        if codec.const is not None:
            wrong.append(f"v{index} != {source.name('K', codec.const)}")
        if codec.enum is not None:
            wrong.append(f"v{index} not in {source.name('K', frozenset(codec.enum))}")
    elif codec.finite:
        wrong.append(f"v{index} - v{index} != 0.0")  # of NaN and the infinities
    else:
        lines.append(f"if v{index} != v{index}: v{index} = NAN")
    return [*lines, f"if {' or '.join(wrong)}: return slow(s)"] if wrong else lines


def _plain(source: Source, codec: Field[Any]) -> str:
    """A function that gives the plain number that a codec makes of another one."""

    def plain(value: Any) -> Any:
        out: list[Buffer] = []
        codec.pack(value, out)
        return msgspec.msgpack.decode(b"".join(out))

    return source.name("plain", plain)


def _boolean(source: Source, index: int, codec: Boolean) -> None:
    value = f"v{index}"
    source.line(
        f"if {value} is not True and {value} is not False: {value} = {_plain(source, codec)}({value})"
    )
    if codec.const is not None:
        source.line(f"if {value} is not {codec.const is True}: return slow(s)")
    source.fixed("B", f"195 if {value} else 194")


def _text(source: Source, index: int, codec: Text) -> list[str]:
    one = f"p{index} = {_one(source, codec)}(v{index})"
    if codec.format is not None:
        return [one]
    allowed = [f"type(v{index}) is str"]
    if codec.min_graphemes is not None or codec.max_graphemes is not None:
        # Characters are graphemes here; other texts are counted by the codec.
        allowed += [f"v{index}.isascii()", rf"'\r' not in v{index}"]
        allowed += _bounds(source, index, codec.min_graphemes, codec.max_graphemes)
    if codec.min_length is not None or codec.max_length is not None:
        allowed.append(f"v{index}.isascii()")
        allowed += _bounds(source, index, codec.min_length, codec.max_length)
    if codec.const is not None:
        allowed.append(f"v{index} == {source.name('K', codec.const)}")
    packed = f"p{index} = text(v{index})"
    return [f"if {' and '.join(dict.fromkeys(allowed))}: {packed}", f"else: {one}"]


def _bounds(source: Source, index: int, low: int | None, high: int | None) -> list[str]:
    bounds = [] if low is None else [f"len(v{index}) >= {source.name('K', low)}"]
    return bounds if high is None else [*bounds, f"len(v{index}) <= {source.name('K', high)}"]


def _choice(source: Source, index: int, codec: Choice[Any]) -> list[str]:
    """The allowed texts are packed beforehand; one that its own constraints refuse is not among them."""
    texts: dict[str, bytes] = {}
    for value in codec.values:
        out: list[Buffer] = []
        try:
            codec.pack(value, out)
        except ValueError:
            continue
        texts[value] = b"".join(out)
    packed = f"{source.name('K', texts)}[v{index}]"
    one = f"{_one(source, codec)}(v{index})"
    return [f"p{index} = {packed} if type(v{index}) is str else {one}"]


def _file(source: Source, index: int, codec: Bytes | ImageFile | AudioFile) -> list[str]:
    allowed = [f"isinstance(v{index}, bytes)"]
    if isinstance(codec, Bytes):
        allowed += _bounds(source, index, codec.min_length, codec.max_length)
    lines = [f"    p{index} = bin_head(198, len(v{index}))", f"    q{index} = v{index}"]
    other = [f"    p{index} = {_one(source, codec)}(v{index})", f"    q{index} = b''"]
    if not isinstance(codec, Bytes) and codec.accept is not None:
        allowed = ["False"]
    return [f"if {' and '.join(allowed)}:", *lines, "else:", *other]


def _array(source: Source, index: int, codec: ArrayField, prefix: bytes) -> list[str]:
    """The header of each shape is made once; elements are the array's own memory.

    Joining buffers refuses arrays that are not in C order, which so leave for the slow way.
    """
    value = f"v{index}"
    heads: dict[Any, bytes] = {}
    head = source.name("head", _head_maker(codec, heads, prefix))
    known = source.name("heads", heads)
    lines = [f"q{index} = {value} if type({value}) is nd else base({value})"]
    if codec.dtype is None:
        lines.append(f"p{index} = {known}.get(({value}.dtype, {value}.shape)) or {head}(q{index})")
    else:
        dtype = source.name("dtype", codec.dtype)
        lines.append(
            f"if {value}.dtype is not {dtype} and {value}.dtype != {dtype}: return slow(s)"
        )
        lines.append(f"p{index} = {known}.get({value}.shape) or {head}(q{index})")
    if codec.finite:
        lines.append(f"{source.name('check', codec.checked)}(q{index})")
    return lines


def _head_maker(
    codec: ArrayField, heads: dict[Any, bytes], prefix: bytes
) -> Callable[[NDArray[Any]], bytes]:
    def make(array: NDArray[Any]) -> bytes:
        codec.checked(array)
        if array.dtype.newbyteorder("<") != array.dtype:
            raise ValueError("big-endian: the codec converts it")
        front = npy.header(array.dtype.newbyteorder("<"), array.shape)
        head = prefix + rows.bin32_head(len(front) + array.nbytes) + front
        if len(heads) < _MOST_SHAPES:
            heads[array.shape if codec.dtype is not None else (array.dtype, array.shape)] = head
        return head

    return make


def _base(value: Any) -> NDArray[Any]:
    """The plain array that one of a subclass is: of a memory map, of a matrix."""
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        raise TypeError("no array: the codec says so")
    return np.asarray(value)
