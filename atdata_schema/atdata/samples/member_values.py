"""What the members of a WebDataset sample hold, by their extensions.

Text, numbers, JSON, msgpack and arrays are decoded as webdataset decodes them. Images and sounds stay the
encoded files that they are. What webdataset would run code to decode (`pkl`, `pickle`, `pyd`, `pth`), its own
tensor files (`ten`, `tb`), `cbor`, and every other extension stay bytes.

>>> decode_member("cls", b"7"), decode_member("meta.json", b'{"a": 1}'), decode_member("pkl", b"...")
(7, {'a': 1}, b'...')
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final

from numpy.typing import NDArray

from atdata_schema.errors import DecodeError
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.binary import Bytes, EncodedFile
from atdata_schema.fields.field import Field
from atdata_schema.fields.numbers import Float32, Float64, Integer
from atdata_schema.fields.presence import bare
from atdata_schema.media import Audio, Image
from atdata_schema.wire import npy
from atdata_schema.wire.npy import Buffer

__all__ = ["decode_as", "decode_member"]

LARGEST_RATIO: Final = 200
"""How many times its own size a packed member may unpack to, above `FREE` bytes."""

FREE: Final = 64 * 1024 * 1024
"""Bytes that a packed member may always unpack to."""

_CHUNK: Final = 1024 * 1024
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError, RecursionError),
)


def decode_member(extension: str, payload: Buffer) -> Any:
    """The value of a member.

    Args:
        extension: all that stands behind the key; its last part says what the member is, or the part before
            `.gz`, which is unpacked.
        payload: its bytes.

    Raises:
        DecodeError: it is not what its extension says.
    """
    kind, data = _unpacked(extension, payload)
    try:
        return _DECODERS.get(kind, bytes)(data)
    except DecodeError as error:
        error.inside(extension)
        raise
    except _BROKEN as error:
        raise DecodeError(f"no {kind} that can be read: {error}", [extension]) from None


def decode_as(field: Field[Any], extension: str, payload: Buffer) -> Any:
    """What a field of a class is to read a member as: the value that stands for it in a row.

    A field of texts or numbers reads members of its own name as text.

    Raises:
        DecodeError: it is not what its extension says.
    """
    kind, data = _unpacked(extension, payload)
    codec = bare(field)
    if isinstance(codec, ArrayField | Bytes | EncodedFile):
        return bytes(data)
    if kind in _DECODERS:
        return decode_member(kind, data)
    try:
        match codec:
            case Integer():
                return _number(data)
            case Float64() | Float32():
                return float(bytes(data))
            case _:
                return _text(data)
    except ValueError as error:
        raise DecodeError(f"no text that is {codec}: {error}", [extension]) from None


def _unpacked(extension: str, payload: Buffer) -> tuple[str, Buffer]:
    """What a member is, and its bytes, out of gzip where it is packed.

    Raises:
        DecodeError: it cannot be unpacked, or unpacks to far more than its size.
    """
    rest, _, kind = extension.rpartition(".")
    if kind != "gz":
        return kind, payload
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(payload)) as file:
            data = _bounded(file.read, len(payload))
    except DecodeError as error:
        error.inside(extension)
        raise
    except _BROKEN as error:
        raise DecodeError(f"no gz that can be read: {error}", [extension]) from None
    return rest.rpartition(".")[2], data


def _bounded(read: Callable[[int], bytes], packed: int) -> bytes:
    limit, chunks, total = FREE + LARGEST_RATIO * packed, list[bytes](), 0
    while data := read(_CHUNK):
        total += len(data)
        if total > limit:
            raise DecodeError(f"it unpacks to more than {LARGEST_RATIO} times its size")
        chunks.append(data)
    return b"".join(chunks)


def _text(data: Buffer) -> str:
    return str(data, "utf-8")


def _number(data: Buffer) -> int:
    return int(bytes(data))


def _json(data: Buffer) -> Any:
    return json.loads(bytes(data))


def _msgpack(data: Buffer) -> Any:
    # Imported where it is needed, as everywhere: few samples hold it.
    import msgpack

    return msgpack.unpackb(data)


def _array(data: Buffer) -> NDArray[Any]:
    if bytes(data[: len(npy.MAGIC)]) != npy.MAGIC:
        raise DecodeError("no .npy file")
    array = npy.load(data)
    array.flags.writeable = False
    return array


def _arrays(data: Buffer) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` by name."""
    found: dict[str, NDArray[Any]] = {}
    limit = FREE + LARGEST_RATIO * len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # A sum of what the archive says; no more than it says is read of a file.
        if sum(item.file_size for item in archive.infolist()) > limit:
            raise DecodeError(f"it unpacks to more than {LARGEST_RATIO} times its size")
        for item in archive.infolist():
            name = item.filename.removesuffix(".npy")
            try:
                found[name] = _array(archive.read(item))
            except DecodeError as error:
                error.inside(name)
                raise
    return found


_IMAGES: Final = (
    "apng avif bmp dib gif ico icns jfif jp2 j2k jpe jpeg jpf jpg jpx pbm pgm png pnm ppm tga tif tiff webp"
)
_SOUNDS: Final = "aac aif aiff flac m4a mp3 oga ogg opus wav"

_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("txt", "text", "transcript"), _text),
    **dict.fromkeys(("cls", "cls2", "index", "inx", "id"), _number),
    **dict.fromkeys(("json", "jsn"), _json),
    **dict.fromkeys(("mp", "msg"), _msgpack),
    "npy": _array,
    "npz": _arrays,
    **dict.fromkeys(_IMAGES.split(), Image),
    **dict.fromkeys(_SOUNDS.split(), Audio),
}
