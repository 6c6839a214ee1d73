"""Datasets through lenses: in samples and batches, in every order, through every verb, and written back."""

from __future__ import annotations

import dataclasses
import multiprocessing
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.errors import (
    GetError,
    LensError,
    LoadError,
    PutError,
    SampleNotFound,
    ScanWarning,
    SchemaMismatch,
)
from atdata.samples.build import sample_class
from atdata_schema.lens import SampleLens
from lens_data import (
    NOTATION,
    Frame,
    Seen,
    Short,
    frame,
    frames,
    seen_by_code,
    seen_by_compiler,
    seen_by_notation,
    shorten,
)

COUNT = 10


@atdata.packable(nsid="org.example.positive")
class Positive:
    place: int


@atdata.lens
def positive(source: Frame) -> Positive:
    if source.number == 6:
        raise GetError("it is six", ["number"], source.number)
    return Positive(source.number)


@pytest.fixture(params=["code", "notation", "compiled", "chain"])
def lens(request: pytest.FixtureRequest) -> SampleLens[Frame, Seen]:
    made: dict[str, SampleLens[Frame, Seen]] = {
        "code": seen_by_code,
        "notation": seen_by_notation(),
        "compiled": seen_by_compiler(),
        "chain": atdata.identity(Frame) | seen_by_notation(),
    }
    return made[request.param]


def expected(number: int) -> Seen:
    sample = frame(number)
    return Seen(sample.image.transpose(2, 0, 1), sample.number, sample.label)


def places(items: Any) -> list[int]:
    return [item.place for item in items]


class TestReading:
    def test_samples(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames().view(lens)
        assert list(ds) == [expected(number) for number in range(COUNT)]
        assert ds.sample_type is Seen
        assert ds.schema == Seen.SCHEMA  # type: ignore[attr-defined]
        assert len(ds) == COUNT
        assert ds[3] == ds.get("000000003") == expected(3)
        assert ds.fingerprint == frames().fingerprint
        assert str(ds).endswith(f"view({lens.name})>")

    def test_batches(self, lens: SampleLens[Frame, Seen]) -> None:
        batches = list(frames().view(lens).ordered(batch_size=4))
        assert [len(batch) for batch in batches] == [4, 4, 2]
        assert batches[1].keys == [f"{number:09d}" for number in range(4, 8)]
        assert batches[1].column("pixels").shape == (4, 3, 2, 4)
        assert batches[1].column("place") == [4, 5, 6, 7]
        assert batches[1].array("place").tolist() == [4, 5, 6, 7]
        assert batches[2].samples() == [expected(8), expected(9)]

    def test_shuffled_as_without(self, lens: SampleLens[Frame, Seen]) -> None:
        for order in ("global", "window:1KB"):
            plain = frames().shuffled(batch_size=3, seed=4, order=order)
            seen = frames().view(lens).shuffled(batch_size=3, seed=4, order=order)
            assert [b.column("place") for b in seen] == [b.column("number") for b in plain]

    def test_states_are_those_of_the_dataset(self, lens: SampleLens[Frame, Seen]) -> None:
        seen = frames().view(lens).shuffled(batch_size=3, seed=4)
        whole = [batch.column("place") for batch in seen]
        begun = frames().view(lens).shuffled(batch_size=3, seed=4)
        epoch = iter(begun)
        next(epoch)
        again = frames().view(lens).shuffled(batch_size=3, seed=4)
        again.load_state_dict(begun.state_dict())
        assert [batch.column("place") for batch in again] == whole[1:]

    def test_choices_before_and_behind(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames()
        for both in (ds.view(lens)[8:2:-2], ds[8:2:-2].view(lens)):
            assert places(both) == [8, 6, 4]
            assert next(iter(both.ordered(3))).column("place") == [8, 6, 4]
        assert places(ds.view(lens).select([7, 1]).take(1)) == [7]
        assert places(ds.view(lens).shard(3, 1)) == places(ds.shard(3, 1).view(lens)) == [4, 5, 6]

    def test_functions_before_and_behind(self, lens: SampleLens[Frame, Seen]) -> None:
        even = frames().filter(lambda frame: frame.number % 2 == 0).view(lens)
        assert places(even) == [0, 2, 4, 6, 8]
        assert [b.column("place") for b in even.ordered(3)] == [[0, 2, 4], [6, 8]]
        later = frames().view(lens).filter(lambda seen: seen.label == "odd")
        assert places(later) == [1, 3, 5, 7, 9]
        mapped = frames().view(lens).map(lambda seen: dataclasses.replace(seen, place=-seen.place))
        assert places(mapped.take(3)) == [0, -1, -2]

    def test_several_behind_each_other(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames().view(lens).view(shorten)
        assert list(ds) == [Short(number) for number in range(COUNT)]
        assert next(iter(ds.ordered(COUNT))).column("place") == list(range(COUNT))
        assert list(frames().view(lens | shorten)) == list(ds)

    def test_joined(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames().view(lens)
        both = ds[:2].concat(ds[5:7])
        assert places(both) == [0, 1, 5, 6]
        assert [b.column("place") for b in both.ordered(3)] == [[0, 1, 5], [6]]
        assert places(ds[:2].interleave(ds[5:7])) == [0, 5, 1, 6]
        other = frames(3).view(lens)
        assert places(ds[8:].concat(other)) == [8, 9, 0, 1, 2]

    def test_columns(self, lens: SampleLens[Frame, Seen]) -> None:
        few = frames().view(lens).select_columns(["place", "label"])
        assert [(row.place, row.label) for row in few[:2]] == [(0, "even"), (1, "odd")]
        assert next(iter(few.ordered(3))).column("place") == [0, 1, 2]
        other = frames().view(lens).rename_column("place", "number")
        assert next(iter(other.ordered(3))).column("number") == [0, 1, 2]

    def test_as_a_class_with_fewer_fields(self, lens: SampleLens[Frame, Seen]) -> None:
        seen = frames().view(lens)
        assert seen.as_type(Seen)[2] == expected(2)
        few = seen.as_type(Short)
        assert list(few) == [Short(number) for number in range(COUNT)]
        assert next(iter(few.ordered(3))).column("place") == [0, 1, 2]
        assert [type(sample) for sample in next(iter(few.ordered(2))).samples()] == [Short, Short]
        again = few.view(atdata.identity(Short)).as_type(Short)[3:]
        assert places(again.filter(lambda short: short.place != 5)) == [3, 4, 6, 7, 8, 9]

    def test_streamed(self, lens: SampleLens[Frame, Seen]) -> None:
        paths = frames().shards
        ds = atdata.load_dataset(list(paths), Frame, streaming=True).view(lens)
        assert places(ds) == list(range(COUNT))
        assert [b.column("place") for b in ds.ordered(6)] == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9]]

    def test_ranks(self, lens: SampleLens[Frame, Seen]) -> None:
        found = [
            places(frames().view(lens).ordered(rank=rank, world_size=2, drop_last=True))
            for rank in (0, 1)
        ]
        assert sorted(found[0] + found[1]) == list(range(COUNT))

    def test_validated(self, lens: SampleLens[Frame, Seen]) -> None:
        batches = list(frames().view(lens).ordered(4, validate=True))
        assert [len(batch) for batch in batches] == [4, 4, 2]

    def test_what_code_refuses_is_named_by_its_key(self) -> None:
        ds = frames().view(positive)
        with pytest.raises(GetError, match=r"number: it is six \(key '000000006'\)"):
            list(ds)
        with pytest.raises(GetError, match=r"row 2: number: it is six \(key '000000006'\)"):
            list(ds.ordered(4))
        with pytest.raises(GetError, match=r"it is six \(sample 6\)"):
            ds[6]
        assert places(ds[7:]) == [7, 8, 9]


class TestWhere:
    def test_a_condition_goes_through_renames(self, tmp_path: Path) -> None:
        path = tmp_path / "f.tar"
        ds = atdata.write_samples(map(frame, range(COUNT)), path, maxcount=4, manifest=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ScanWarning)
            found = ds.view(seen_by_notation()).where("place >= 4 and label == 'even'")
            assert places(found) == [4, 6, 8]
            assert next(iter(found.ordered(8))).column("place") == [4, 6, 8]

    def test_any_other_is_answered_by_scanning(self, lens: SampleLens[Frame, Seen]) -> None:
        @atdata.lens
        def turned(source: Seen) -> Short:
            return Short(-source.place)

        ds = frames().view(lens).view(turned)
        with pytest.warns(ScanWarning, match="one by one"):
            assert places(ds.where("place < -7")) == [-8, -9]
        with pytest.warns(ScanWarning):
            assert places(ds.where(ds.f.place < -7).shuffled(seed=1)) in ([-8, -9], [-9, -8])


class TestProcesses:
    def test_pickled(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = pickle.loads(pickle.dumps(frames().view(lens)[2:5]))
        assert list(ds) == [expected(number) for number in (2, 3, 4)]

    def test_forked(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames().view(lens)
        places(ds)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.map(_read, [(ds, 2)]) == [[2, 3, 4]]


def _read(given: tuple[atdata.Dataset[Seen], int]) -> list[int]:
    ds, first = given
    return places(next(iter(ds[first:].ordered(3))).samples())


class TestClasses:
    def test_data_of_another_class_is_read_as_the_lens_reads_it(self) -> None:
        live = sample_class(Frame.SCHEMA)  # type: ignore[attr-defined]  # as @packable gives it
        ds = atdata.load_dataset(list(frames().shards), live)
        assert ds.sample_type is not Frame
        assert places(ds.view(seen_by_code)) == list(range(COUNT))

    def test_a_class_of_a_lens_will_do(self) -> None:
        compiled: Any = type(seen_by_compiler())
        assert places(frames().view(compiled)[:2]) == [0, 1]

    def test_a_lens_without_classes_gets_those_of_this_program(self) -> None:
        from atdata_schema.lenses import compile_text

        classes: list[Any] = [Frame, Seen]
        schemas = {cls.SCHEMA.id: cls.SCHEMA for cls in classes}
        (lens,) = compile_text(NOTATION, schemas)
        ds = frames().view(lens)
        assert ds.sample_type is Seen
        assert list(ds) == [expected(number) for number in range(COUNT)]

    def test_other_data_is_refused(self) -> None:
        with pytest.raises(SchemaMismatch, match="shorten reads Seen, and the data is org.example"):
            frames().view(shorten)
        with pytest.raises(LoadError, match="a int is no lens"):
            frames().view(3)  # type: ignore[arg-type]
        with pytest.raises(LoadError, match="a type is no lens"):
            frames().view(Seen)  # type: ignore[arg-type]


def change(seen: Seen) -> Seen:
    return dataclasses.replace(seen, pixels=seen.pixels + np.uint8(1), place=seen.place + 100)


class TestWritingBack:
    def test_a_view_of_each_sample(self, lens: SampleLens[Frame, Seen], tmp_path: Path) -> None:
        ds = frames()
        made = ds.put_back(ds.view(lens).map(change), lens)
        assert made.sample_type is Frame
        written = atdata.write_samples(made, tmp_path / "new.tar", maxcount=3)
        for number, sample in enumerate(written):
            before = frame(number)
            assert (sample.number, sample.note) == (number + 100, before.note)
            assert np.array_equal(sample.image, before.image + 1)
        assert made[4].number == 104
        assert [sample.number for sample in made.shuffled(seed=2)] == [
            sample.number + 100 for sample in ds.shuffled(seed=2)
        ]
        assert next(iter(made.ordered(3))).column("number") == [100, 101, 102]

    def test_some_by_key(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames()
        seen = ds.view(lens)
        made = ds.put_back({"000000003": change(seen[3])}, lens)
        assert [sample.number for sample in made] == [0, 1, 2, 103, 4, 5, 6, 7, 8, 9]
        with pytest.raises(SampleNotFound, match="nothing"):
            ds.put_back({"nothing": seen[3]}, lens)

    def test_what_is_unchanged_is_the_sample_itself(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames()
        assert list(ds.put_back(ds.view(lens), lens)) == list(ds)

    def test_a_refusal_names_the_key_and_leaves_nothing(self, tmp_path: Path) -> None:
        ds = frames()
        wrong = ds.view(seen_by_notation()).map(
            lambda seen: seen if seen.place != 5 else dataclasses.replace(seen, label=3)  # type: ignore[arg-type]
        )
        with pytest.raises(PutError, match=r"label: .*\(key '000000005'\)") as caught:
            atdata.write_samples(ds.put_back(wrong, seen_by_notation()), tmp_path / "new.tar")
        assert caught.value.path == ("label",)
        assert caught.value.value == 3
        assert list(tmp_path.iterdir()) == []

    def test_views_of_other_samples_are_refused(self, lens: SampleLens[Frame, Seen]) -> None:
        ds = frames()
        seen = ds.view(lens)
        with pytest.raises(LoadError, match="key '000000001' comes for the sample '000000000'"):
            list(ds.put_back(seen[1:], lens))
        with pytest.raises(LoadError, match="no view for the sample with the key '000000009'"):
            list(ds.put_back(seen[:9], lens))
        with pytest.raises(LoadError, match="more views than samples"):
            list(ds[:9].put_back(seen, lens))

    def test_a_read_only_lens_is_refused_at_once(self) -> None:
        with pytest.raises(LensError, match="positive is read-only"):
            frames().put_back({}, positive)
