"""Hypothesis strategies that draw samples of a type: every value that its schema allows.

from hypothesis import given
from atdata.testing.strategies import samples

@given(samples(ImageSample))
def test_augmentation_keeps_the_label(sample): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, TypeVar, cast

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from atdata_schema.data import Link
from atdata_schema.fields.array import AnyArray, ArrayField
from atdata_schema.fields.binary import AudioFile, Bytes, ImageFile
from atdata_schema.fields.containers import Many, Table
from atdata_schema.fields.field import Field
from atdata_schema.fields.instants import Datetime
from atdata_schema.fields.links import Blob, BlobRef, CidLink, Open
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.objects import OneOf, Ref, Unknown
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.fields.text import Choice, Text
from atdata_schema.media import Audio, Image
from atdata_schema.model import DTYPES, Dim
from atdata_schema.sample import Sample

__all__ = ["samples"]

S = TypeVar("S", bound=Sample[Any])
_DEPTH: Final = 3
_CID: Final = "bafyreigkern67k6ihxklwzbhlfkvw2rjwfck7emezpqskvjtljwc3h6sh4"
_RAW: Final = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_FORMATS: Final = {
    "did": ("did:plc:44ybard66vv44zksje25o7dz", "did:web:example.org"),
    "handle": ("alice.example.org",),
    "at-identifier": ("alice.example.org", "did:web:example.org"),
    "nsid": ("org.example.imageSample",),
    "at-uri": ("at://did:web:example.org/org.example.imageSample/self",),
    "tid": ("3jzfcijpj2z2a",),
    "record-key": ("self", "3jzfcijpj2z2a"),
    "cid": (_CID,),
    "uri": ("https://example.org/a?b=c", "ftp://example.org/data.tar"),
    "language": ("en", "pt-BR"),
    "datetime": ("2026-01-31T12:00:00.123Z", "1985-04-12T23:20:50.5+02:00"),
}
_LONGEST_INSTANT: Final = len("2026-01-31T12:00:00.123456+02:00")
_PNG: Final = bytes.fromhex("89504e470d0a1a0a")
_HEADS: Final = {
    "image/png": _PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF....WEBP",
    "image/bmp": b"BM",
    "image/tiff": b"II*\x00",
    "image/avif": b"....ftypavif",
    "image/heic": b"....ftypheic",
    "image/svg+xml": b"<svg",
    "audio/wav": b"RIFF....WAVE",
    "audio/flac": b"fLaC",
    "audio/ogg": b"OggS",
    "audio/mp4": b"....ftypM4A",
    "audio/mpeg": b"ID3",
}


def samples(cls: type[S], *, sizes: Mapping[str, int] | None = None) -> st.SearchStrategy[S]:
    """Samples of a class: whatever its schema allows, edge cases included.

    Args:
        cls: a sample class, generated, `@packable` or built at run time.
        sizes: the sizes of named dimensions of the class itself; any that it lacks is drawn.
    """
    return cast("st.SearchStrategy[S]", _objects(cls, 0, dict(sizes or {})))


@st.composite
def _objects(
    draw: st.DrawFn, cls: type[Any], depth: int, given: Mapping[str, int] | None = None
) -> Any:
    sizes = dict(given or {})
    values = {
        attribute: draw(_values(cls.FIELDS[name], depth, sizes))
        for name, attribute in zip(cls.FIELDS.names, cls.FIELDS.attributes, strict=True)
    }
    return cls(**values)


def _values(field: Field[Any], depth: int, sizes: dict[str, int]) -> st.SearchStrategy[Any]:
    match field:
        case Opt() | Null():
            if depth >= _DEPTH:
                return st.none()
            return st.none() | _values(field.field, depth, sizes)
        case Many():
            return _lists(field, depth)
        case Table():
            size = 0 if depth >= _DEPTH else 3
            return st.dictionaries(
                _texts(Text()), _values(field.values, depth + 1, {}), max_size=size
            )
        case Ref():
            return _objects(field.target(), depth + 1)
        case OneOf():
            return _members(field, depth)
        case ArrayField():
            return _arrays(field, sizes)
        case _:
            return _scalars(field)


def _scalars(field: Field[Any]) -> st.SearchStrategy[Any]:
    match field:
        case Integer():
            return _integers(field)
        case Boolean():
            return st.booleans() if field.const is None else st.just(field.const)
        case Float64() | Float32():
            allowed = not field.finite
            wide = isinstance(field, Float64)
            return st.floats(width=64 if wide else 32, allow_nan=allowed, allow_infinity=allowed)
        case Choice():
            return st.sampled_from([text for text in field.values if _fits(field, text)])
        case Text():
            return _texts(field)
        case Datetime():
            return _instants(field)
        case _:
            return _opaque(field)


def _opaque(field: Field[Any]) -> st.SearchStrategy[Any]:
    match field:
        case Bytes():
            low = field.min_length or 0
            return st.binary(min_size=low, max_size=_upper(field.max_length, low, 40))
        case ImageFile():
            return _files(field.accept, "image").map(Image)
        case AudioFile():
            return _files(field.accept, "audio").map(Audio)
        case CidLink():
            return st.sampled_from([Link(_CID), Link(_RAW)])
        case BlobRef():
            return _blobs(field)
        case Open():
            return _maps()
        case _:
            raise TypeError(f"no strategy for {type(field).__name__}")


def _lists(field: Many[Any], depth: int) -> st.SearchStrategy[list[Any]]:
    low = field.min_length or 0
    high = low if depth >= _DEPTH else _upper(field.max_length, low, low + 3)
    return st.lists(_values(field.items, depth + 1, {}), min_size=low, max_size=high)


def _members(field: OneOf[Any], depth: int) -> st.SearchStrategy[Any]:
    known = [_objects(cls, depth + 1) for cls in field.targets().values()]
    if not field.closed:
        known.append(st.builds(Unknown, st.just("org.example.elsewhere#thing"), _maps()))
    return st.one_of(known)


def _integers(field: Integer) -> st.SearchStrategy[int]:
    if field.const is not None:
        return st.just(field.const)
    if field.enum is not None:
        return st.sampled_from(field.enum)
    low = max(-(1 << 63), -(1 << 63) if field.minimum is None else field.minimum)
    high = min((1 << 63) - 1, (1 << 63) - 1 if field.maximum is None else field.maximum)
    return st.sampled_from([low, high]) | st.integers(low, high)


def _texts(field: Text) -> st.SearchStrategy[str]:
    if field.const is not None:
        return st.just(field.const)
    if field.format is not None:
        return st.sampled_from([text for text in _FORMATS[field.format] if _fits(field, text)])
    low = max(field.min_length or 0, field.min_graphemes or 0)
    high = min(_upper(field.max_length, low, low + 20), _upper(field.max_graphemes, low, low + 20))
    ascii_texts = st.text(
        st.characters(min_codepoint=32, max_codepoint=126), min_size=low, max_size=high
    )
    if low or field.max_length is not None or field.max_graphemes is not None:
        wide = st.sampled_from(["é", "猫", "👩‍🔬"]).filter(lambda text: _fits(field, text))
        return (
            ascii_texts | wide if any(_fits(field, text) for text in ("é", "猫")) else ascii_texts
        )
    return ascii_texts | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _fits(field: Field[Any], value: object) -> bool:
    try:
        field.pack(value, [])
    except ValueError:
        return False
    return True


def _instants(field: Datetime) -> st.SearchStrategy[datetime]:
    zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    early, late = datetime(1, 1, 3), datetime(9999, 12, 29)
    drawn = st.datetimes(early, late, timezones=zones)
    if field.max_length is None or field.max_length >= _LONGEST_INSTANT:
        return drawn
    return drawn.map(lambda instant: instant.replace(microsecond=0, tzinfo=UTC))


def _files(accept: tuple[str, ...] | None, kind: str) -> st.SearchStrategy[bytes]:
    patterns = accept or (f"{kind}/*",)
    heads = [
        head
        for mime, head in _HEADS.items()
        if any(
            p in ("*/*", mime) or (p.endswith("/*") and mime.startswith(p[:-1])) for p in patterns
        )
    ]
    if not heads:
        raise ValueError(f"no file is known whose first bytes tell one of {', '.join(patterns)}")
    return st.builds(bytes.__add__, st.sampled_from(heads), st.binary(max_size=20))


def _blobs(field: BlobRef) -> st.SearchStrategy[Blob]:
    accept = (field.accept or ("image/png",))[0].replace("*", "png")
    mime = "image/png" if accept == "png/png" else accept
    high = (1 << 53) - 1 if field.max_size is None else field.max_size
    return st.builds(Blob, st.just(Link(_RAW)), st.just(mime), st.integers(0, high))


def _maps() -> st.SearchStrategy[dict[str, Any]]:
    keys = st.text(st.characters(min_codepoint=97, max_codepoint=122), max_size=6)
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(1 << 53) + 1, (1 << 53) - 1)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
        | st.binary(max_size=8)
        | st.just(Link(_CID))
    )
    nested = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=6,
    )
    return st.dictionaries(keys, nested, max_size=3)


@st.composite
def _arrays(draw: st.DrawFn, field: ArrayField, sizes: dict[str, int]) -> Any:
    dims = draw(st.lists(st.just("*"), max_size=3)) if field.dims is None else field.dims
    shape = tuple(size for dim in dims for size in draw(_sizes(dim, sizes)))
    dtype = np.dtype(draw(st.sampled_from(DTYPES))) if isinstance(field, AnyArray) else field.dtype
    assert dtype is not None
    elements = None
    if dtype.kind in "fc":
        allowed = not field.finite
        elements = npst.from_dtype(dtype, allow_nan=allowed, allow_infinity=allowed)
    return draw(npst.arrays(dtype, shape, elements=elements))


def _sizes(dim: Dim, sizes: dict[str, int]) -> st.SearchStrategy[list[int]]:
    if isinstance(dim, int):
        return st.just([dim])
    if dim == "...":
        return st.lists(st.integers(0, 3), max_size=2)
    if dim == "*":
        return st.integers(0, 3).map(lambda size: [size])
    if dim in sizes:
        return st.just([sizes[dim]])
    return st.integers(0, 3).map(lambda size: [sizes.setdefault(dim, size)])


def _upper(given: int | None, low: int, most: int) -> int:
    return max(low, most) if given is None else max(low, min(given, most))
