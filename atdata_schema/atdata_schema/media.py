"""Encoded image and audio files as samples hold them: bytes that know their MIME type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_schema.errors import MissingExtra

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Audio", "Image", "mime_type"]

_SIGNATURES: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypM4A", "audio/mp4"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
)
_UNKNOWN: Final = "application/octet-stream"


def mime_type(data: bytes) -> str:
    """The MIME type that the first bytes of a file tell; `application/octet-stream` where they tell none.

    >>> mime_type(b"GIF89a...")
    'image/gif'
    """
    for offset, magic, name in _SIGNATURES:
        if data.startswith(magic, offset):
            return name
    return "image/svg+xml" if data[:256].lstrip().startswith(b"<svg") else _UNKNOWN


class Image(bytes):
    """An encoded image file: PNG, JPEG, ... It is `bytes`, and compares as such."""

    __slots__ = ()

    @property
    def mime_type(self) -> str:
        """What its first bytes say: `image/png`, ..."""
        return mime_type(self)

    def decode(self, mode: str = "RGB") -> NDArray[Any]:  # type: ignore[override]
        """The pixels: `uint8[H, W, 3]` for the mode `RGB`, `uint8[H, W]` for `L`.

        It takes the place of `bytes.decode`, which means nothing for an image.

        Args:
            mode: a mode of Pillow, to which the image is converted.

        Raises:
            MissingExtra: Pillow is not installed.
            OSError: the bytes are no image that Pillow reads.
        """
        try:
            from PIL import Image as Pillow
        except ImportError:
            raise MissingExtra("decoding an image", "images") from None
        import io

        import numpy as np

        with Pillow.open(io.BytesIO(self)) as picture:
            return np.asarray(picture.convert(mode))


class Audio(bytes):
    """An encoded audio file: WAV, FLAC, ... It is `bytes`, and compares as such."""

    __slots__ = ()

    @property
    def mime_type(self) -> str:
        """What its first bytes say: `audio/wav`, ..."""
        return mime_type(self)
