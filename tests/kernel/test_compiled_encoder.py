"""The compiled encoders give the bytes and the errors of the codecs, for every type and every value."""

from __future__ import annotations

import enum
import math
import pickle
import struct
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from atdata.samples.build import sample_class
from atdata.testing.strategies import samples
from atdata_schema.errors import ValidationError
from atdata_schema.fields.array import AnyArray, Array
from atdata_schema.fields.binary import Bytes, ImageFile
from atdata_schema.fields.containers import Many
from atdata_schema.fields.field import Field
from atdata_schema.fields.fieldset import Fields
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import Null, Opt
from atdata_schema.fields.text import Choice, Text
from atdata_schema.lexicon import Catalog
from atdata_schema.media import Image
from atdata_schema.schema import Schema
from atdata_schema.wire import rows
from type_strategies import Universe, universes


class Word(enum.StrEnum):
    CAT = "cat"


class Count(int):
    """An integer of a class of its own."""


class Pixels(np.ndarray[Any, Any]):
    """An array of a class of its own."""


PNG = bytes.fromhex("89504e470d0a1a0a")
HALVES = np.arange(6, dtype=np.float16)
# Values that are right for some codec, wrong for others, and of many classes.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 1 << 62, (1 << 63) - 1, -(1 << 63), 1 << 63, 1 << 70),
    *(0.0, -0.0, 1.5, 3.4e38, 3.5e38, 1e300, math.nan, -math.nan, math.inf, -math.inf, 1 + 2j),
    *(struct.unpack("<d", bytes.fromhex("010000000000f8ff"))[0], Count(2), Word.CAT),
    *("", "a", "cat", "é", "e\u0301", "a\r\n", "\r\n\r\n", "x" * 31, "x" * 32, "x" * 300, "é" * 40),
    *("\ud800", "x" * 70_000, b"", b"abc", PNG, Image(PNG), bytearray(b"ab"), memoryview(b"abcd")),
    *(
        np.int64(3),
        np.int8(-1),
        np.uint64(1 << 63),
        np.float64(1.5),
        np.float32(0.1),
        np.float64("nan"),
    ),
    *(
        np.bool_(True),
        np.str_("cat"),
        np.array(3),
        np.array([1.5]),
        [],
        [1, 2],
        ["a"],
        (),
        {},
        object(),
    ),
    *(HALVES, HALVES.reshape(2, 3), HALVES.reshape(2, 3).T, HALVES[::2], HALVES.astype(">f2")),
    *(
        np.asfortranarray(HALVES.reshape(2, 3)),
        np.zeros((0, 3), np.float16),
        np.float16(1).reshape(()),
    ),
    *(HALVES.astype(np.float32), np.ma.masked_array(HALVES), np.full(6, np.nan, np.float16)),
    *(
        HALVES.view(Pixels),
        np.array([None]),
        np.zeros(3, np.complex128),
        np.zeros(2, bool),
    ),
)
CODECS: tuple[Field[Any], ...] = (
    *(Integer(), Integer(minimum=0, maximum=2), Integer(enum=(1, 2)), Integer(const=1)),
    *(Float64(), Float64(finite=True), Float32(), Float32(finite=True)),
    *(Boolean(), Boolean(const=True), Boolean(const=False)),
    *(
        Text(),
        Text(min_length=1, max_length=40),
        Text(min_graphemes=1, max_graphemes=31),
        Text(const="a"),
    ),
    *(Text(max_length=2, max_graphemes=2), Text(format="language"), Choice(("cat", "é", "\ud800"))),
    *(Bytes(), Bytes(min_length=1, max_length=3), ImageFile(), ImageFile(("image/png",))),
    *(Array(np.float16), Array(np.float16, ("N",)), Array(np.float16, (2, "W")), AnyArray()),
    *(Array(np.float16, finite=True), AnyArray(("N", "..."), finite=True), Many(Integer())),
)


def outcome(call: Any, sample: object) -> Any:
    """What a call gives: bytes, or the class, the text and the path of its error."""
    try:
        result: Any = call(sample)
    except Exception as error:
        return type(error), str(error), getattr(error, "path", None)
    return result if isinstance(result, bytes) else rows.join(result)


def check(fields: Fields, **values: Any) -> None:
    sample = SimpleNamespace(**values)
    expected = outcome(fields.encode, sample)
    # Twice: the first call may take a slower way than those after it.
    for _ in range(2):
        assert outcome(fields.encoder.whole, sample) == expected
        assert outcome(fields.encoder.pieces, sample) == expected


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_every_value_in_every_codec(codec: Field[Any]) -> None:
    """Required, nullable and optional, alone and behind other fields."""
    alone, behind = Fields({"x": codec}), Fields({"n": Integer(), "x": codec, "t": Text()})
    null, opt = Fields({"x": Null(codec), "y": Opt(codec)}), Fields(
        {"b": Boolean(), "x": Opt(codec)}
    )
    for value in VALUES:
        check(alone, x=value)
        check(behind, n=7, x=value, t="end")
        check(null, x=value, y=None)
        check(opt, b=True, x=value)


def test_an_attribute_that_is_not_there() -> None:
    fields = Fields({"x": Integer()})
    with pytest.raises(AttributeError, match="'x'"):
        fields.encoder.whole(SimpleNamespace())


def test_no_text_of_a_schema_is_run() -> None:
    """Properties and attributes may have any names, those of the encoder's own too."""
    names = ["s", "join", "slow", 'x"); raise SystemExit(); ("', "v0", "a1", "a0", "\n", "None", ""]
    codecs: dict[str, Field[Any]] = dict.fromkeys(names, Integer())
    values = {f"{name} attribute": number for number, name in enumerate(names)}
    fields = Fields(codecs, attributes=dict(zip(names, values, strict=True)))
    sample = SimpleNamespace(**values)
    assert fields.encoder.whole(sample) == rows.join(fields.encode(sample))
    swapped = Fields({"x": Integer(), "y": Integer()}, attributes={"x": "a1", "y": "a0"})
    assert rows.unpack(swapped.encoder.whole(SimpleNamespace(a0=0, a1=1))) == {"x": 1, "y": 0}


def test_an_empty_object() -> None:
    check(Fields({}))


def test_named_dimensions_are_held_against_each_other_every_time() -> None:
    pixels, mask = Array(np.uint8, ("H", "W", 3)), Array(np.bool_, ("H", "W"))
    fields = Fields({"image": pixels, "mask": Opt(mask), "other": Null(Array(np.uint8, ("H",)))})
    good, bad = np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4), np.bool_)
    for _ in range(2):
        check(fields, image=good, mask=bad, other=None)
        check(fields, image=good, mask=np.zeros((4, 5), np.bool_), other=np.zeros(4, np.uint8))
        check(fields, image=good, mask=np.zeros((4, 5), np.bool_), other=np.zeros(5, np.uint8))
        check(fields, image=good, mask=None, other=None)
    with pytest.raises(ValidationError, match="H is 4 and 5"):
        fields.encoder.whole(SimpleNamespace(image=good, mask=bad, other=None))


def test_more_shapes_than_are_remembered() -> None:
    fields = Fields({"a": Array(np.uint8, ("N",)), "b": Array(np.uint8, ("N",))})
    for size in range(4100):
        sample = SimpleNamespace(a=np.zeros(size, np.uint8), b=np.zeros(size, np.uint8))
        assert fields.encoder.whole(sample) == rows.join(fields.encode(sample))


def test_pieces_are_the_arrays_own_memory() -> None:
    array = np.arange(1 << 16, dtype=np.float32)
    pieces = Fields({"x": Array(np.float32)}).encoder.pieces(SimpleNamespace(x=array))
    array[0] = 7
    assert rows.unpack(rows.join(pieces))["x"].endswith(array.tobytes())
    assert any(np.shares_memory(np.frombuffer(piece, np.uint8), array) for piece in pieces)


def test_a_memory_map_is_an_array(tmp_path: Any) -> None:
    np.save(tmp_path / "x.npy", np.arange(6, dtype=np.float32))
    fields = Fields({"x": Array(np.float32)})
    check(fields, x=np.load(tmp_path / "x.npy", mmap_mode="r"))


def test_fields_with_an_encoder_still_pickle() -> None:
    fields = Fields(
        {"class": Integer()}, attributes={"class": "class_"}, aliases={"class": ("kind",)}
    )
    fields.encoder.whole(SimpleNamespace(class_=1))
    again = pickle.loads(pickle.dumps(fields))
    assert (again.names, again.attributes, again.aliases) == (
        ("class",),
        ("class_",),
        {"class": ("kind",)},
    )


def test_threads_may_encode_at_once() -> None:
    fields = Fields({"x": AnyArray(), "t": Text()})
    wrong: list[int] = []

    def encode(start: int) -> None:
        for size in range(start, start + 300):
            sample = SimpleNamespace(x=np.zeros(size % 97, np.uint8), t=str(size))
            if fields.encoder.whole(sample) != rows.join(fields.encode(sample)):
                wrong.append(size)

    threads = [threading.Thread(target=encode, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


_RELAXED = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(_RELAXED, max_examples=25)
@given(universe=universes(), data=st.data())
def test_samples_of_any_type(universe: Universe, data: st.DataObject) -> None:
    _check_any_type(universe, data)


@pytest.mark.long
@settings(_RELAXED, max_examples=300)
@given(universe=universes(), data=st.data())
def test_samples_of_any_type_at_length(universe: Universe, data: st.DataObject) -> None:
    _check_any_type(universe, data)


def _check_any_type(universe: Universe, data: st.DataObject) -> None:
    catalog = Catalog()
    for document in universe.documents:
        catalog.add(document)
    for cls in (universe.classes[universe.main], sample_class(Schema.of(catalog, universe.main))):
        for _ in range(3):
            sample = data.draw(samples(cls))
            expected = rows.join(cls.FIELDS.encode(sample))
            assert sample.encode() == expected
            assert rows.join(cls.FIELDS.encoder.pieces(sample)) == expected
