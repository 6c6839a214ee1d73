"""The columnar batch path gives what decoding sample by sample gives, whatever the rows look like."""

from __future__ import annotations

import importlib
import io
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata
from atdata.samples.build import sample_class
from atdata.testing.strategies import samples
from atdata_schema.lexicon import Catalog
from atdata_schema.sample import Sample
from atdata_schema.schema import Schema
from type_strategies import Universe, universes

msgpack: Any = importlib.import_module("msgpack")  # which has no types
_RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
_PHASES = [Phase.explicit, Phase.generate]


@atdata.packable
class Image:
    image: Annotated[NDArray[np.float32], atdata.Shape(4, 5, 3)]
    label: str
    score: float


@atdata.packable
class Record:
    number: int
    ratio: float
    flag: bool
    small: np.float32
    name: str
    kind: Literal["cat", "dog"]
    note: str | None = None
    count: int | None = None
    taken: datetime | None = None
    raw: bytes | None = None


@atdata.packable
class Ragged:
    image: Annotated[NDArray[np.uint8], atdata.Shape("H", "W")]
    mask: Annotated[NDArray[np.bool_], atdata.Shape("H", "W")]


@atdata.packable
class Document:
    embedding: Annotated[NDArray[np.float16], atdata.Shape(700)]
    id: str
    note: str | None = None


def _encoded(sample: Any) -> bytes:
    payload: bytes = sample.encode()
    return payload


def _shard(path: Path, payloads: Sequence[bytes]) -> Path:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for number, payload in enumerate(payloads):
            member = tarfile.TarInfo(f"{number:09d}.msgpack")
            member.size = len(payload)
            tar.addfile(member, io.BytesIO(payload))
    return path


def _kind(value: object) -> type[object]:
    return type(value)


def _plain(column: Any) -> Any:
    """A column as something that compares: arrays by dtype, shape and bits."""
    kind = _kind(column)
    if issubclass(kind, np.ndarray):
        return str(column.dtype), column.shape, column.tobytes()
    if issubclass(kind, list):
        return [_plain(item) for item in column]
    if issubclass(kind, dict):
        return {key: _plain(item) for key, item in column.items()}
    if issubclass(kind, float):
        return np.float64(column).tobytes()
    return column.encode() if issubclass(kind, Sample) else column


def _columns(batch: Any, fields: Any) -> dict[str, Any]:
    return {name: _plain(batch.column(name)) for name in fields}


def _check(cls: Any, payloads: Sequence[bytes], path: Path, size: int) -> None:
    """Both orders against the plain way."""
    dataset = atdata.load_dataset(_shard(path, payloads), cls)
    own = [cls.decode(payload) for payload in payloads]
    for ordered in (True, False):
        way = dataset.ordered(batch_size=size) if ordered else dataset.shuffled(batch_size=size)
        given = 0
        for batch in way:
            numbers = [int(key) for key in batch.keys]
            expected = cls.collate([own[number] for number in numbers], batch.keys)
            assert _columns(batch, cls.FIELDS) == _columns(expected, cls.FIELDS)
            assert batch.samples() == [own[number] for number in numbers]
            given += len(batch)
        assert given == len(payloads)


def _image(number: int) -> Image:
    pixels = np.full((4, 5, 3), number, np.float32)
    return Image(image=pixels, label="x" * (number % 7), score=number / 3)


def _record(number: int, *, rich: bool = True) -> Record:
    return Record(
        number=number - 5,
        ratio=number / 7,
        flag=number % 3 == 0,
        small=np.float32(number),
        name=f"näme {number}" if number % 2 and rich else f"name {number:03d}",
        kind="cat" if number % 2 else "dog",
        note=None if number % 4 else "a\0b",
        count=None if number % 5 else number,
        taken=datetime(2026, 1, 1, tzinfo=UTC) if number % 2 else None,
        raw=bytes(number % 4) if number % 3 else None,
    )


@pytest.mark.parametrize("size", [1, 4, 64])
def test_images_with_a_text_behind_them(tmp_path: Path, size: int) -> None:
    payloads = [_encoded(_image(number)) for number in range(23)]
    _check(Image, payloads, tmp_path / "a.tar", size)


@pytest.mark.parametrize("size", [1, 5, 64])
def test_records_with_every_scalar_and_gaps(tmp_path: Path, size: int) -> None:
    payloads = [_encoded(_record(number)) for number in range(40)]
    _check(Record, payloads, tmp_path / "a.tar", size)


def test_rows_in_other_widths_and_orders_of_keys(tmp_path: Path) -> None:
    rows = [msgpack.unpackb(_encoded(_record(number))) for number in range(30)]
    shortest = [msgpack.packb(row) for row in rows]
    _check(Record, shortest, tmp_path / "short.tar", 7)
    turned = [msgpack.packb(dict(reversed(row.items()))) for row in rows]
    _check(Record, turned, tmp_path / "turned.tar", 7)
    mixed = [
        a if number % 3 else b for number, (a, b) in enumerate(zip(shortest, turned, strict=True))
    ]
    _check(Record, mixed, tmp_path / "mixed.tar", 7)


def test_undeclared_keys_absent_options_and_longer_rows(tmp_path: Path) -> None:
    rows = [msgpack.unpackb(_encoded(_record(number))) for number in range(12)]
    extra = [msgpack.packb({"zzz": "x" * number, **row}) for number, row in enumerate(rows)]
    _check(Record, extra, tmp_path / "extra.tar", 5)
    for row in rows:
        row.pop("note")
        row.pop("count")
    _check(Record, [msgpack.packb(row) for row in rows], tmp_path / "absent.tar", 5)


def test_ragged_arrays_become_lists(tmp_path: Path) -> None:
    shapes = [(2, 3), (2, 3), (4, 1), (0, 2), (2, 3)]
    payloads = [
        _encoded(Ragged(image=np.full(shape, 7, np.uint8), mask=np.ones(shape, np.bool_)))
        for shape in shapes
    ]
    _check(Ragged, payloads, tmp_path / "ragged.tar", 2)


def test_compact_and_big_endian_arrays(tmp_path: Path) -> None:
    def row(array: bytes, number: int) -> bytes:
        packed: bytes = msgpack.packb({"image": array, "label": f"l{number}", "score": 0.5})
        return packed

    pixels = np.arange(60, dtype="<f4").reshape(4, 5, 3)
    compact = (
        b"\x03<f4\x03" + b"".join(n.to_bytes(8, "little") for n in (4, 5, 3)) + pixels.tobytes()
    )
    _check(Image, [row(compact, n) for n in range(9)], tmp_path / "compact.tar", 4)
    turned = io.BytesIO()
    np.save(turned, np.asfortranarray(pixels.astype(">f4")))
    _check(Image, [row(turned.getvalue(), n) for n in range(9)], tmp_path / "turned.tar", 4)


@pytest.mark.parametrize("kind", [Image, Record], ids=["image", "record"])
def test_the_columnar_way_is_taken(
    tmp_path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard for speed: these rows must not fall back to decoding one by one."""
    make: Any = {Image: _image, Record: _record}[kind]
    path = _shard(tmp_path / "a.tar", [_encoded(make(number)) for number in range(50)])
    dataset = atdata.load_dataset(path, kind)

    def refuse(*_: Any) -> Any:
        raise AssertionError("decoded row by row")

    monkeypatch.setattr("atdata.shards.columnar.reading.Reading.sample", refuse)
    for batch in (*dataset.ordered(batch_size=16), *dataset.shuffled(batch_size=16)):
        assert len(batch.column(next(iter(kind.FIELDS)))) == len(batch)


@pytest.mark.parametrize("size", [7, 64, 150])
@pytest.mark.parametrize("text", ["doc-{:04}", "\0{:03}\0\0\0\0", "é{:06}", "{:08}"])
def test_texts_of_one_size_beside_arrays(tmp_path: Path, size: int, text: str) -> None:
    """In rows whose layout an epoch has found they are read again batch by batch."""
    rows = [_document(number, text.format(number)) for number in range(200)]
    assert len({len(_encoded(row)) for row in rows}) == 1
    _check(Document, list(map(_encoded, rows)), tmp_path / "data.tar", size)


def test_texts_of_no_bytes_that_are_there_or_not_beside_arrays(tmp_path: Path) -> None:
    """Rows of one layout all the same: their type byte is the value."""
    notes = ["" if number % 3 else None for number in range(200)]
    rows = [_document(number, f"{number:04}", note) for number, note in enumerate(notes)]
    _check(Document, list(map(_encoded, rows)), tmp_path / "data.tar", 70)


def _document(number: int, text: str, note: str | None = "n" * 9) -> Document:
    return Document(embedding=np.full(700, number, np.float16), id=text, note=note)


@pytest.mark.parametrize("asked", ["a large batch", "a small batch", "samples"])
def test_a_text_that_was_changed_in_its_place(tmp_path: Path, asked: str) -> None:
    payloads = [_encoded(_document(number, f"doc-{number:04}")) for number in range(200)]
    path = _shard(tmp_path / "data.tar", payloads)
    dataset = atdata.load_dataset(path, Document)
    assert [batch.id[0] for batch in dataset.ordered(batch_size=100)] == ["doc-0000", "doc-0100"]
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index(b"doc-0003"))
        file.write(b"\xff")
    batch: Any = next(iter(dataset.ordered(batch_size=8 if asked == "a small batch" else 100)))
    with pytest.raises(atdata.DecodeError, match="id: .*changed|UTF-8|utf-8"):
        _ = batch.samples() if asked == "samples" else batch.id


def test_a_batch_that_is_kept_is_never_overwritten(tmp_path: Path) -> None:
    pixels = [np.full((224, 224, 3), number, np.float32) for number in range(40)]

    @atdata.packable(nsid="org.example.large")
    class Large:
        image: Annotated[NDArray[np.float32], atdata.Shape(224, 224, 3)]

    dataset = atdata.write_samples([Large(image=item) for item in pixels], tmp_path / "a.tar")
    for way in (dataset.ordered(batch_size=4), dataset.shuffled(batch_size=4)):
        kept = [(batch.keys, batch.image) for batch in way]
        views = [(batch.keys, batch.image[:, :1]) for batch in way]
        for keys, images in (*kept, *views):
            assert images[:, 0, 0, 0].tolist() == [int(key) for key in keys]


@pytest.mark.parametrize("at", [0, 3, 17, 39])
def test_a_row_that_is_no_sample_is_named_after_those_before_it(tmp_path: Path, at: int) -> None:
    payloads = [_encoded(_record(number)) for number in range(40)]
    payloads[at] = msgpack.packb({"number": "seven"})
    dataset = atdata.load_dataset(_shard(tmp_path / "a.tar", payloads), Record)
    given: list[str] = []

    def read() -> None:
        for batch in dataset.ordered(batch_size=8):
            given.extend(batch.keys)

    with pytest.raises(atdata.DecodeError, match=f"{at:09d}") as raised:
        read()
    assert given == [f"{number:09d}" for number in range(at)]
    assert "number" in str(raised.value)


@settings(max_examples=25, deadline=None, suppress_health_check=_RELAXED, phases=_PHASES)
@given(universe=universes(), data=st.data(), size=st.integers(1, 5))
def test_any_type(universe: Universe, data: st.DataObject, size: int, tmp_path: Path) -> None:
    _check_any_type(universe, data, size, tmp_path)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=_RELAXED, phases=_PHASES)
@given(universe=universes(), data=st.data(), size=st.integers(1, 5))
def test_any_type_at_length(
    universe: Universe, data: st.DataObject, size: int, tmp_path: Path
) -> None:
    _check_any_type(universe, data, size, tmp_path)


def _check_any_type(universe: Universe, data: st.DataObject, size: int, tmp_path: Path) -> None:
    """Random types and samples, in our layout and in the shortest one."""
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    cls = sample_class(Schema.of(catalog, universe.main))
    drawn = data.draw(st.lists(samples(cls), min_size=1, max_size=9))
    payloads = [sample.encode() for sample in drawn]
    _check(cls, payloads, tmp_path / "own.tar", size)
    shortest = [
        msgpack.packb(msgpack.unpackb(payload, strict_map_key=False)) for payload in payloads
    ]
    _check(cls, shortest, tmp_path / "short.tar", size)


@atdata.packable
class Compact:
    first: int
    ratio: float
    second: int
    maybe: int | None
    name: str
    third: int


_INTEGERS = st.integers(-40, 300) | st.integers(-(1 << 63), (1 << 63) - 1)
_COMPACT = st.fixed_dictionaries(
    {
        "first": _INTEGERS,
        "ratio": st.floats(allow_nan=False) | st.integers(-40, 70000),
        "second": st.integers(0, 200),
        "maybe": st.none() | _INTEGERS,
        "name": st.text(max_size=40),
        "third": st.integers(-33, 3),
    }
)


@settings(deadline=None, suppress_health_check=_RELAXED, max_examples=60)
@given(st.lists(_COMPACT, min_size=1, max_size=12), st.booleans())
def test_integers_written_as_short_as_they_go_are_read_by_columns(
    tmp_path: Path, rows: list[dict[str, Any]], whole: bool
) -> None:
    if whole:  # rows that differ in nothing but the lengths of numbers
        rows = [{**row, "name": "same"} for row in rows]
    payloads = [msgpack.packb(row) for row in rows]
    _check(Compact, payloads, tmp_path / "a.tar", 5)


@pytest.mark.parametrize("texts", [["a"], ["a", "bcd", ""]])
def test_rows_of_compact_integers_are_not_decoded_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    rows = [
        {
            "first": number * 100 - 300,
            "ratio": number,
            "second": number % 200,
            "maybe": number << 30 if number % 3 else None,
            "name": texts[number % len(texts)],
            "third": -number % 40,
        }
        for number in range(300)
    ]
    path = _shard(tmp_path / "a.tar", [msgpack.packb(row) for row in rows])

    def refuse(*_: Any) -> Any:
        raise AssertionError("a row was decoded by itself")

    monkeypatch.setattr("atdata.shards.columnar.reading.Reading.sample", refuse)
    dataset = atdata.load_dataset(path, Compact)
    for _ in range(3):  # what later epochs know of the layout changes nothing
        for way in (dataset.ordered(batch_size=64), dataset.shuffled(batch_size=64)):
            for batch in way:
                found = zip(*(batch.column(name) for name in rows[0]), strict=True)
                assert list(found) == [tuple(rows[int(key)].values()) for key in batch.keys]
