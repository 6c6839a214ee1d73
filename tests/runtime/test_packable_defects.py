"""Mistakes that are easily made with typed samples, numbered, each with a test that would fail with it."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from typing import Annotated, Any, Optional

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from atdata.samples import DictSample, PackableError, Shape, packable, sample_class
from atdata_schema.errors import DecodeError, DtypeError, ShapeError, ValidationError
from atdata_schema.schema import TYPES, Schema
from atdata_schema.wire import npy


@packable
class Forms:
    bare: NDArray[Any]
    typed: NDArray[np.float32]
    plain: np.ndarray  # as quick starts write it
    maybe: Optional[NDArray[np.int16]]  # noqa: UP045  # the spelling is what is tested
    shaped: Annotated[NDArray[np.uint8], Shape("N")]
    many: list[NDArray[np.float64]]


@packable
class Base:
    image: NDArray[np.float32]


@packable
class Derived(Base):
    mask: NDArray[np.bool_] | None = None
    score: float | None = None


@packable
class Arrayish:
    """A class whose name holds the word ndarray is no array."""

    my_ndarray: int


ARRAY = np.arange(4, dtype=np.float32)


def wire(value: Any) -> Any:
    """A sample or its class as what it is at run time."""
    return value


def forms() -> Any:
    return wire(Forms)(
        bare=ARRAY,
        typed=ARRAY,
        plain=ARRAY,
        maybe=ARRAY.astype(np.int16),
        shaped=ARRAY.astype(np.uint8),
        many=[ARRAY.astype(np.float64)] * 2,
    )


def built(properties: dict[str, Any], required: list[str]) -> Any:
    main = {"type": "object", "required": required, "properties": properties}
    document = {"lexicon": 1, "id": "org.example.built", "defs": {"main": main}}
    documents = {"org.example.built": document, TYPES.id: TYPES.document}
    return sample_class(Schema("org.example.built", documents))


def ndarray(**extension: Any) -> dict[str, Any]:
    return {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": extension}


def row(**entries: Any) -> bytes:
    return msgspec.msgpack.encode(entries)


def test_t1_every_array_annotation_reads_back_as_an_array() -> None:
    back = wire(Forms).decode(forms().encode())
    for name in ("bare", "typed", "plain", "maybe", "shaped"):
        assert isinstance(getattr(back, name), np.ndarray)
    assert all(isinstance(item, np.ndarray) for item in back.many)
    batch = wire(Forms).collate([forms()] * 3, ["a", "b", "c"])
    assert batch.plain.shape == batch.typed.shape == (3, 4)


def test_t2_optional_arrays_of_a_stored_schema_read_back_as_arrays() -> None:
    cls = built({"a": ndarray(dtype="float32"), "b": ndarray(dtype="*")}, ["b"])
    back = cls.decode(cls(a=ARRAY, b=ARRAY).encode())
    assert isinstance(back.a, np.ndarray)
    assert isinstance(back.b, np.ndarray)


def test_t3_validation_in_post_init_is_run() -> None:
    @packable
    class Strict:
        a: int

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("negative")

    with pytest.raises(ValueError, match="negative"):
        Strict(a=-1)


def test_t4_a_type_that_would_come_back_as_bytes_is_refused() -> None:
    frame = type("DataFrame", (), {})
    with pytest.raises(PackableError, match=r"Table\.df: `.*DataFrame`.*one NDArray a column"):
        packable(type("Table", (), {"__annotations__": {"df": frame}}))


def test_t5_what_is_an_array_is_not_judged_by_names() -> None:
    assert str(wire(Forms).FIELDS["many"]) == "list[float64[...]]"
    assert str(wire(Arrayish).FIELDS) == "my_ndarray: integer"
    holder: Any = packable(type("Holder", (), {"__annotations__": {"a": Arrayish}}))
    assert str(holder.SCHEMA.model.main.fields[0]) == "a: local.packable.arrayish"


def test_t6_an_unstated_dtype_stays_any_and_a_stated_one_is_checked() -> None:
    assert [str(codec) for codec in list(wire(Forms).FIELDS.values())[:3]] == [
        "*[...]",
        "float32[...]",
        "*[...]",
    ]
    good = forms()
    for name, wrong, error in (
        ("typed", ARRAY.astype(np.float64), DtypeError),
        ("shaped", np.zeros((2, 2), np.uint8), ShapeError),
        ("bare", np.array(["a"]), DtypeError),
        ("bare", np.array(["2026-01-01"], "datetime64[D]"), DtypeError),
    ):
        with pytest.raises(error, match=name):
            wire(Forms)(
                **{item: getattr(good, item) for item in wire(Forms).FIELDS} | {name: wrong}
            ).encode()


def test_t7_objects_and_records_are_refused_and_byte_order_is_settled() -> None:
    for wrong in (np.array([{}], dtype=object), np.zeros(2, dtype=[("", "<i4")])):
        with pytest.raises(DtypeError):
            wire(Base)(image=wrong).encode()
    big = ARRAY.astype(">f4")
    back = wire(Base).decode(wire(Base)(image=big).encode())
    assert back.image.dtype == np.dtype("<f4")
    assert np.array_equal(back.image, ARRAY)
    assert back == wire(Base)(image=ARRAY)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\xff\xff{",
        npy.header(np.dtype("<f4"), (1 << 40,)) + b"1234",
        npy.header(np.dtype("<f4"), (2,)) + b"1234",
        b"\x03<f4\x01" + struct.pack("<q", -1) + b"1234",
        b"\x03<f4\xff" + b"\x00" * 64,
        b"\x03<f4\x02" + struct.pack("<2q", 1 << 62, 4),
        b"\x02|O\x01" + struct.pack("<q", 1) + b"12345678",
    ],
)
def test_t8_damaged_array_headers_are_named_errors(payload: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^image: "):
        wire(Base).decode(row(image=payload))


def test_t9_more_and_fewer_entries_than_declared() -> None:
    data = row(image=npy.header(np.dtype("<f4"), (1,)) + b"1234", newer=5)
    assert wire(Base).decode(data).extra == {}
    assert wire(Base).decode(data, extra=True).extra == {"newer": 5}
    assert wire(Derived).decode(data).mask is None
    with pytest.raises(DecodeError, match=r"^image: required and not there"):
        wire(Derived).decode(row(mask=None))


def test_t9_a_map_that_could_not_be_read_is_not_written() -> None:
    @packable
    class Scores:
        by_name: dict[str, float]

    with pytest.raises(ValidationError, match="by_name"):
        wire(Scores)(by_name={1: 2.0}).encode()


def test_t10_inherited_fields_ragged_arrays_and_gaps_make_columns() -> None:
    one = wire(Derived)(image=ARRAY, mask=np.ones(2, np.bool_), score=0.5)
    other = wire(Derived)(image=ARRAY[:2])
    batch = wire(Derived).collate([one, other], ["a", "b"])
    assert [item.shape for item in batch.image] == [(4,), (2,)]
    assert batch.mask[1] is None
    assert batch.score == [0.5, None]
    assert wire(Derived).collate([one, one], ["a", "b"]).image.shape == (2, 4)
    untyped = DictSample.collate([DictSample(a=ARRAY), DictSample(a=ARRAY)], ["a", "b"])
    assert untyped.a.shape == (2, 4)


def test_t11_samples_with_arrays_compare_without_raising() -> None:
    assert forms() == forms()
    assert wire(Base)(image=ARRAY) != wire(Base)(image=ARRAY + 1)


def test_t12_types_of_one_name_and_other_fields_are_other_classes() -> None:
    classes = [
        built({"a": kind}, ["a"])
        for kind in (
            {"type": "integer"},
            {"type": "string"},
            ndarray(dtype="float32"),
            ndarray(dtype="float64"),
            {"type": "array", "items": {"type": "integer"}},
            {"type": "array", "items": {"type": "string"}},
        )
    ]
    assert len(set(classes)) == len(classes)
    assert len({str(cls.FIELDS) for cls in classes}) == len(classes)


def test_t12_an_optional_field_may_be_declared_before_a_required_one() -> None:
    cls = built({"maybe": {"type": "integer"}, "must": {"type": "string"}}, ["must"])
    assert cls(must="x").maybe is None


def test_t12_a_built_sample_reaches_a_process_that_has_never_seen_its_type() -> None:
    cls = built({"a": ndarray(dtype="float32")}, ["a"])
    payload = pickle.dumps([cls(a=ARRAY), cls.collate([cls(a=ARRAY)])])
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=payload,
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"[Built(a=")


def test_t13_a_bare_dict_is_refused_with_the_remedy_and_the_remedy_works() -> None:
    with pytest.raises(PackableError, match=r"Photo\.metadata: `dict`.*dict\[str, Any\]"):
        packable(type("Photo", (), {"__annotations__": {"metadata": dict}}))

    @packable
    class Described:
        metadata: dict[str, Any]

    metadata = {"camera": "X100", "iso": 400, "tags": ["a", "b"], "gps": None}
    assert wire(Described).decode(wire(Described)(metadata=metadata).encode()).metadata == metadata
