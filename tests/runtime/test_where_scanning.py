"""Conditions where nothing beside the shards answers them: the samples are read, all of them, and it is said."""

from __future__ import annotations

import gzip
import warnings
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import pytest

import atdata
from query_data import Camera, Rich, numbers, rich, stored_rich


def said(view: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        view.keys()
    assert all(item.category is atdata.ScanWarning for item in caught)
    assert all(Path(item.filename).name == Path(__file__).name for item in caught)
    return [str(item.message) for item in caught]


def test_a_scan_is_said_once_and_remembered(tmp_path: Path) -> None:
    ds = atdata.write_samples(map(rich, range(20)), tmp_path / "d.tar", maxcount=6)
    view = ds.where("number > 13")
    assert said(view) == [
        "where('number > 13') has read all samples: of d-000000.tar its manifest is missing"
    ]
    assert said(view) == []
    assert said(ds.where("number < 3")) == []  # of the same field, which was kept
    assert len(said(ds.where("ratio < 3"))) == 1


def test_one_missing_manifest_among_many_loses_no_sample(tmp_path: Path) -> None:
    path = tmp_path / "d.tar"
    atdata.write_samples(map(rich, range(20)), path, maxcount=4, manifest=True)
    for name in ("d-000001.manifest.json", "d-000003.manifest.parquet", "d-000004.manifest.json"):
        (tmp_path / name).unlink()
    ds: atdata.Dataset[Rich] = atdata.load_dataset(path, Rich, split="train")
    found = ds.where("number > 13")
    (message,) = said(found)
    assert numbers(found) == numbers(ds.filter(lambda s: s.number > 13))
    assert "all samples of 3 of 5 shards: of d-000001.tar its manifest is missing" in message
    assert message.endswith(", and for another reason")


def test_column_files_answer_without_a_word() -> None:
    ds = stored_rich(40, 7, columns=True)
    assert said(ds.where("number > 3 and label == 'cat' and taken > '2026-01-01T00:00:00Z'")) == []
    assert len(said(ds.where("'a' in tags"))) == 1  # which are no small field


def test_samples_out_of_functions_are_gone_through(tmp_path: Path) -> None:
    ds = stored_rich(20, 7, manifest=True)
    calls: list[int] = []

    def doubled(sample: Rich) -> Rich:
        calls.append(sample.number)
        return Rich(**{name: getattr(sample, name) for name in Rich.FIELDS.attributes} | {"number": sample.number * 2})  # type: ignore[attr-defined]  # what `@packable` adds

    view = ds.map(doubled).where("number > 30")
    (message,) = said(view)
    assert "goes through the samples one by one" in message
    assert len(calls) == 20
    wanted = [n for n in range(20) if rich(n).number * 2 > 30]
    assert numbers(view) == wanted
    streamed = ds.map(doubled).take(5).where("number > 2")
    calls.clear()
    with pytest.warns(atdata.ScanWarning):
        streamed_numbers = [sample.number for sample in streamed]
    assert streamed_numbers == [n for n in (rich(n).number * 2 for n in range(5)) if n > 2]
    assert len(calls) == 5  # each once: what is found is handed out in the same pass
    late = ds.map(lambda s: s.camera or Camera(model="")).where("isoo > 3")
    with pytest.warns(atdata.ScanWarning), pytest.raises(atdata.QueryError, match="no field isoo"):
        list(late)


def test_a_filter_is_asked_first_and_nothing_is_said() -> None:
    ds = stored_rich(20, 7, manifest=True)
    seen: list[int] = []

    def kept(sample: Rich) -> bool:
        seen.append(1)
        return sample.number % 2 == 0

    view = ds.filter(kept).where("number > 3")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [s.number for s in view] == [
            n for n in (rich(k).number for k in range(20)) if n % 2 == 0 and n > 3
        ]
        assert len(seen) == 20
        assert len(view) == len(list(view))


def test_packed_shards_are_streamed(tmp_path: Path) -> None:
    ds = atdata.write_samples(map(rich, range(12)), tmp_path / "d.tar")
    packed = tmp_path / "p.tar.gz"
    packed.write_bytes(gzip.compress((tmp_path / "d.tar").read_bytes()))
    view: Any = atdata.load_dataset(packed, Rich).where("number > 3")
    with pytest.warns(atdata.ScanWarning, match="packed"):
        found = [sample.number for sample in view]
    assert found == [sample.number for sample in ds if sample.number > 3]
    with pytest.warns(atdata.ScanWarning, match="packed"):
        batches = [batch.keys for batch in view.ordered(2)]
    wanted = ds.filter(lambda s: s.number > 3)
    assert [key for keys in batches for key in keys] == wanted.keys()


# Samples without a type.


def as_it_is(sample: Any) -> Any:
    return sample


@pytest.fixture
def untyped(tmp_path: Path) -> Any:
    rows: list[dict[str, Any]] = [
        {"a": 1, "b": "x", "c": [1, 2], "d": {"e": 3}},
        {"a": 2.5, "b": "y", "c": ["x"], "d": None},
        {"a": "two", "b": None, "c": 7, "z": True},
        {"a": None, "b": "", "d": {"e": "three"}, "z": False},
        {"a": 2**64 - 1, "b": "x", "c": [], "d": {}},
        {"a": True, "b": "x", "c": b"bytes"},
    ]
    parts = [atdata.DictSample(row).encode() for row in rows]
    from atdata.shards.tar import END, padding, write_header

    data = b"".join(
        write_header(f"{n:09d}.msgpack", len(part)) + part + bytes(padding(len(part)))
        for n, part in enumerate(parts)
    )
    (tmp_path / "d.tar").write_bytes(data + END)
    return atdata.load_dataset(tmp_path / "d.tar")


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("a > 1", [1, 4]),
        ("a >= 1 and a < 3", [0, 1]),
        ("a == 18446744073709551615", [4]),
        ("a == 'two' or a == true", [2, 5]),
        ("a != 1", [1, 4]),
        ("a is null", [3]),
        ("not a > 1", [0, 2, 3, 5]),
        ("b in ['x', '']", [0, 3, 4, 5]),
        ("1 in c or 'x' in c", [0, 1]),
        ("1 not in c", [1, 4]),
        ("d.e == 3", [0]),
        ("d.e is null", [1, 2, 4, 5]),
        ("z", [2]),
        ("z is null", [0, 1, 4, 5]),
    ],
)
def test_values_of_other_kinds_compare_as_none(
    untyped: Any, question: str, wanted: list[int]
) -> None:
    with pytest.warns(atdata.ScanWarning):
        assert numbers(untyped.where(question)) == wanted
    condition = untyped.where(question)._plan._choice._question.condition
    assert numbers(untyped.filter(condition)) == wanted


def test_what_no_sample_has_is_an_error(untyped: Any) -> None:
    for _ in range(2):  # the second time from what was kept
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(atdata.QueryError, match="no sample has the field nothing"):
                len(untyped.where("nothing == 3"))
            with pytest.raises(atdata.QueryError, match="b is text, and 3 is a number"):
                len(untyped.where("b == 3"))
            with pytest.raises(atdata.QueryError, match="no sample has nothing"):
                list(untyped.map(as_it_is).where("nothing == 3"))
    ref = untyped.f.nothing > 3
    assert str(ref) == "nothing > 3"


def test_a_stored_schema_is_known_to_samples_without_a_class(tmp_path: Path) -> None:
    atdata.write_samples(map(rich, range(20)), tmp_path / "d.tar", manifest=True)
    ds: Any = atdata.load_dataset(tmp_path / "d.tar", atdata.DictSample)
    typed = atdata.load_dataset(tmp_path / "d.tar", Rich)
    question = "taken > '2026-01-01T00:07:00Z' and camera.iso is null"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ds.where(question).keys() == typed.where(question).keys() != []
    with pytest.raises(atdata.QueryError, match="did you mean taken"):
        ds.where("takn is null")
    for path in tmp_path.glob("*.manifest.*"):
        path.unlink()
    bare: Any = atdata.load_dataset(tmp_path / "d.tar", atdata.DictSample)
    with pytest.warns(atdata.ScanWarning):
        assert bare.where(question).keys() == typed.where(question).keys()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Size(Enum):
    SMALL = 1
    LARGE = 2


@atdata.packable
class Painted:
    colour: Colour
    level: Level
    size: Size
    other: Colour | None = None


@pytest.mark.parametrize("manifest", [True, False])
def test_members_of_enums_are_their_values(tmp_path: Path, manifest: bool) -> None:
    samples = [
        Painted(
            colour=list(Colour)[n % 2],
            level=list(Level)[n // 2 % 2],
            size=list(Size)[n // 4 % 2],
            other=None if n % 3 else Colour.RED,
        )
        for n in range(8)
    ]
    ds: Any = atdata.write_samples(samples, tmp_path / "d.tar", manifest=manifest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert numbers(ds.where("colour == 'red' and level == 2")) == [2, 6]
        assert numbers(ds.where(ds.f.colour == Colour.BLUE, ds.f.size == Size.LARGE)) == [5, 7]
        assert numbers(ds.where("other is not null")) == [0, 3, 6]
        assert numbers(ds.where(ds.f.level.isin([Level.HIGH]))) == [2, 3, 6, 7]
        assert numbers(ds.filter(ds.f.colour == "red")) == [0, 2, 4, 6]


def test_damage_is_an_error_and_no_missing_sample(tmp_path: Path) -> None:
    atdata.write_samples(map(rich, range(20)), tmp_path / "d.tar", maxcount=6)
    path = tmp_path / "d-000001.tar"
    content = bytearray(path.read_bytes())
    content[700] ^= 0xFF
    path.write_bytes(content)
    ds = atdata.load_dataset(tmp_path / "d.tar", Rich)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(atdata.ShardError, match="d-000001"):
            len(ds.where("number > 3"))
