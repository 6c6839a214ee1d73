"""Encoded files: their MIME types, and pictures as pixels."""

from __future__ import annotations

import io
import pickle
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image as Pillow

from atdata_schema.errors import MissingExtra
from atdata_schema.media import Audio, Image, mime_type


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"II*\0", "image/tiff"),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"  \n<svg>", "image/svg+xml"),
        (b"fLaC", "audio/flac"),
        (b"OggS", "audio/ogg"),
        (b"ID3", "audio/mpeg"),
        (b"", "application/octet-stream"),
        (b"plain text", "application/octet-stream"),
    ],
)
def test_the_first_bytes_tell_the_type(data: bytes, mime: str) -> None:
    assert mime_type(data) == Image(data).mime_type == Audio(data).mime_type == mime


def test_a_large_unknown_file_is_not_copied() -> None:
    data = Image(b" " * (1 << 23))
    tracemalloc.start()
    assert mime_type(data) == "application/octet-stream"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 16


def test_pixels_survive_a_png() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "png")
    image = Image(file.getvalue())
    assert np.array_equal(image.decode(), pixels)
    assert image.decode("L").shape == (2, 4)


def test_bytes_that_are_no_picture_are_an_os_error() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        Image(b"nothing").decode()


def test_without_pillow_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra, match=r"pip install 'atdata\[images\]'"):
        Image(b"x").decode()


@pytest.mark.parametrize("kind", [Image, Audio])
def test_files_are_bytes(kind: type[bytes]) -> None:
    file = kind(b"abc")
    assert file == b"abc"
    again = pickle.loads(pickle.dumps(file))
    assert type(again) is kind
    assert again == file
