"""Lenses written in Python: their classes, their laws, and what is refused."""

from __future__ import annotations

import dataclasses
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata
from atdata.errors import GetError, LensError, LoadError, PutError
from atdata_schema.lens import SampleLens
from lens_data import (
    Frame,
    Seen,
    Short,
    frame,
    seen_by_code,
    seen_by_compiler,
    seen_by_notation,
    shorten,
)

if TYPE_CHECKING:

    class Missing:
        """What exists for checkers alone."""


@atdata.packable
class Celsius:
    degrees: float
    station: str


@atdata.packable
class Fahrenheit:
    degrees: float


@atdata.lens
def early(source: Celsius) -> Later:
    return Later(degrees=source.degrees)


@atdata.packable
class Later:
    degrees: float


@atdata.packable
class Counts:
    counts: NDArray[np.int64]
    tags: list[str]


def view_of(number: int) -> Seen:
    return seen_by_code.get(frame(number))


class TestClasses:
    def test_they_are_read_from_texts(self) -> None:
        assert (seen_by_code.source_class, seen_by_code.view_class) == (Frame, Seen)
        assert seen_by_code.name == "seen_by_code"
        assert repr(seen_by_code) == "<lens seen_by_code: Frame -> Seen>"

    def test_a_lens_has_the_members_of_the_protocol(self) -> None:
        lens: SampleLens[Frame, Seen] = seen_by_code
        assert lens.two_way
        assert lens.creates
        assert dict(lens.renames) == {}

    def test_a_class_may_come_later(self) -> None:
        assert early.view_class is Later
        assert early.get(Celsius(2.0, "")).degrees == 2.0

    def test_a_class_of_the_function_around_is_found(self) -> None:
        @atdata.packable
        class Local:
            label: str

        @atdata.lens
        def local(source: Local) -> Local:
            return source

        assert local.source_class is Local

    def test_a_name_for_checkers_alone_is_no_class(self) -> None:
        @atdata.lens
        def hidden(source: Missing) -> Celsius:
            return Celsius(0.0, "")

        with pytest.raises(LensError, match="not only under TYPE_CHECKING"):
            hidden.source_class

    @pytest.mark.parametrize(
        ("annotations", "said"),
        [
            ({"source": Celsius}, "the result of f has no annotation"),
            ({"return": Celsius}, "the parameter source of f has no annotation"),
            ({"source": int, "return": Celsius}, "int is no sample type"),
            ({"source": Celsius, "return": "1 / 0"}, "ZeroDivisionError"),
            ({"source": Celsius, "return": atdata.DictSample}, "which has no fields"),
            ({"source": Celsius, "return": None}, "no sample type"),
        ],
    )
    def test_what_is_no_sample_class_is_refused_at_once(
        self, annotations: dict[str, Any], said: str
    ) -> None:
        def f(source: Any) -> Any:
            return source

        f.__annotations__ = annotations
        with pytest.raises(LensError, match=said):
            atdata.lens(f)

    def test_untyped_samples_may_be_looked_at(self) -> None:
        @atdata.lens
        def typed(source: atdata.DictSample) -> Celsius:
            return Celsius(degrees=source["t"], station="")

        assert typed.get(atdata.DictSample(t=3.0)).degrees == 3.0

    def test_a_getter_takes_one_sample(self) -> None:
        def two(source: Celsius, more: int) -> Celsius:
            return source

        with pytest.raises(LensError, match=r"takes \(source: .*more: .*\): it has to take source"):
            atdata.lens(two)  # type: ignore[arg-type]  # refused at run time as well
        with pytest.raises(LensError, match="the lens is a int"):
            atdata.lens(3)  # type: ignore[arg-type]


class TestLaws:
    def test_an_unchanged_view_gives_the_sample_itself(self) -> None:
        sample = frame(3)
        assert seen_by_code.put(view_of(3), sample) is sample

    def test_what_was_put_is_seen_and_the_rest_stays(self) -> None:
        made = seen_by_code.put(dataclasses.replace(view_of(3), place=7), frame(3))
        assert (made.number, made.note, made.label) == (7, "n3", "odd")
        assert seen_by_code.get(made).place == 7

    def test_create_makes_a_sample_of_the_view_alone(self) -> None:
        assert seen_by_code.create(view_of(3)) == dataclasses.replace(frame(3), note=None)

    def test_a_putter_that_loses_an_edit_is_found_out(self) -> None:
        @atdata.lens
        def lossy(source: Frame) -> Seen:
            return seen_by_code.get(source)

        @lossy.putter
        def _(view: Seen, source: Frame) -> Frame:
            return dataclasses.replace(source, number=view.place)

        edited = dataclasses.replace(view_of(3), label="new")
        with pytest.raises(PutError, match="label: lossy cannot put it") as caught:
            lossy.put(edited, frame(3))
        assert caught.value.path == ("label",)
        assert caught.value.value == "new"
        pixels = edited.pixels.copy()
        pixels[1, 0, 2] = 9
        with pytest.raises(PutError, match=r"pixels\[1\]\[0\]\[2\].*afterwards is 3 \(given 9\)"):
            lossy.put(dataclasses.replace(view_of(3), pixels=pixels), frame(3))

    def test_the_place_inside_lists_is_named(self) -> None:
        @atdata.lens
        def sorts(source: Counts) -> Counts:
            return source

        @sorts.putter
        def _(view: Counts, source: Counts) -> Counts:
            return dataclasses.replace(view, tags=sorted(view.tags))

        none = np.zeros(0, np.int64)
        with pytest.raises(PutError) as caught:
            sorts.put(Counts(none, ["a", "c", "b"]), Counts(none, []))
        assert caught.value.path == ("tags", 1)

    def test_floats_have_to_be_the_same_unless_a_tolerance_is_given(self) -> None:
        def seen(source: Celsius) -> Fahrenheit:
            return Fahrenheit(degrees=source.degrees * 0.489)

        def put(view: Fahrenheit, source: Celsius) -> Celsius:
            return dataclasses.replace(source, degrees=view.degrees / 0.489)

        exact, near = atdata.lens(seen), atdata.lens(seen)
        exact.putter(put)
        near.putter(rtol=1e-12)(put)
        lost = next(x for x in np.linspace(0, 1, 999).tolist() if (x / 0.489) * 0.489 != x)
        with pytest.raises(PutError, match="degrees"):
            exact.put(Fahrenheit(lost), Celsius(5.0, "x"))
        assert near.put(Fahrenheit(lost), Celsius(5.0, "x")).station == "x"

    def test_nan_is_itself(self) -> None:
        sample = Celsius(float("nan"), "x")
        identical = atdata.identity(Celsius)
        assert identical.put(Celsius(float("nan"), "x"), sample) is sample

    def test_a_source_without_a_view_can_still_be_written(self) -> None:
        @atdata.lens
        def positive(source: Celsius) -> Fahrenheit:
            if source.degrees < 0:
                raise GetError("below zero", ["degrees"], source.degrees)
            return Fahrenheit(source.degrees)

        @positive.putter
        def _(view: Fahrenheit, source: Celsius) -> Celsius:
            return dataclasses.replace(source, degrees=view.degrees)

        assert positive.put(Fahrenheit(1.0), Celsius(-5.0, "x")) == Celsius(1.0, "x")


class TestRefusals:
    def test_without_a_putter_it_is_read_only(self) -> None:
        @atdata.lens
        def only(source: Celsius) -> Fahrenheit:
            return Fahrenheit(source.degrees)

        assert not only.two_way
        with pytest.raises(LensError, match="only is read-only: it has no putter"):
            only.put(Fahrenheit(1.0), Celsius(1.0, ""))
        with pytest.raises(LensError, match="only cannot create: it has no creator"):
            only.create(Fahrenheit(1.0))
        batch = Celsius.collate([Celsius(1.0, "")])  # type: ignore[attr-defined]  # as @packable gives it
        with pytest.raises(LensError, match="read-only"):
            only.put_batch(only.get_batch(batch), batch)

    def test_a_function_that_gives_something_else_is_named(self) -> None:
        @atdata.lens
        def nothing(source: Celsius) -> Fahrenheit:
            return None  # type: ignore[return-value]

        @nothing.putter
        def _(view: Fahrenheit, source: Celsius) -> Celsius:
            return source

        with pytest.raises(LensError, match="the lens nothing returned None: return a Fahrenheit"):
            nothing.get(Celsius(1.0, ""))

    def test_there_is_one_putter(self) -> None:
        with pytest.raises(LensError, match="has a putter already: _put"):
            seen_by_code.putter(lambda view, source: source)
        with pytest.raises(
            LensError,
            match=r"the creator <lambda> takes \(nothing\): it has to take view, as in def f\(view\)",
        ):
            shorten.creator(lambda: None)  # type: ignore[misc, arg-type]  # refused at run time as well


class TestComposition:
    def test_by_both_operators(self) -> None:
        both = seen_by_code | shorten
        assert both == shorten @ seen_by_code
        assert (both.source_class, both.view_class) == (Frame, Short)
        assert both.get(frame(4)) == Short(4)
        sample = frame(4)
        assert both.put(Short(4), sample) is sample
        assert both.put(Short(9), sample) == dataclasses.replace(sample, number=9)

    def test_with_a_lens_of_the_language_on_either_side(self) -> None:
        compiled: Any = seen_by_compiler()
        for both in (
            *(seen_by_notation() | shorten, shorten @ seen_by_notation()),
            *(compiled | shorten, shorten @ compiled),
        ):
            assert both.put(Short(9), frame(4)).number == 9
        same = atdata.identity(Frame)
        assert (same | seen_by_notation()).get(frame(4)).place == 4
        assert (seen_by_notation() | atdata.identity(Seen)).renames == {
            "place": "number",
            "label": "label",
        }

    def test_three_are_one_chain(self) -> None:
        whole = atdata.identity(Frame) | seen_by_code | shorten
        assert whole == atdata.identity(Frame) | (seen_by_code | shorten)
        assert whole.name == "identity | seen_by_code | shorten"
        assert repr(whole) == "<identity | seen_by_code | shorten>"

    def test_other_classes_do_not_meet(self) -> None:
        with pytest.raises(LensError, match=r"gives lens_data\.Short.*reads lens_data\.Frame"):
            shorten | seen_by_code  # type: ignore[operator]
        with pytest.raises(TypeError, match="unsupported operand"):
            seen_by_code | 3  # type: ignore[operator]

    def test_it_is_read_only_where_a_part_is(self) -> None:
        @atdata.lens
        def only(source: Seen) -> Short:
            return Short(source.place)

        both = seen_by_code | only
        assert not both.two_way
        with pytest.raises(LensError, match="read-only: only is a part of it"):
            both.put(Short(1), frame(1))
        with pytest.raises(LensError, match="cannot create: only is a part"):
            both.create(Short(1))


class TestBatches:
    def test_the_batch_form_gives_what_samples_give(self) -> None:
        batch = Frame.collate([frame(1), frame(2)], ["a", "b"])  # type: ignore[attr-defined]
        made = seen_by_code.get_batch(batch)
        assert made.keys == ["a", "b"]
        assert made.column("pixels").shape == (2, 3, 2, 4)
        assert made.column("place") == [1, 2]
        assert [type(sample) for sample in made.samples()] == [Seen, Seen]
        assert made.samples() == [view_of(1), view_of(2)]

    def test_without_one_samples_are_asked(self) -> None:
        batch = Seen.collate([view_of(1), view_of(2)])  # type: ignore[attr-defined]
        made = shorten.get_batch(batch)
        assert made.column("place") == [1, 2]
        back = shorten.put_batch(Short.collate([Short(1), Short(5)]), batch)  # type: ignore[attr-defined]
        assert back.column("place") == [1, 5]

    def test_the_row_that_is_refused_is_named(self) -> None:
        batch = Frame.collate([frame(1), frame(2)], ["a", "b"])  # type: ignore[attr-defined]
        views = Seen.collate([view_of(1), view_of(2)])  # type: ignore[attr-defined]

        @atdata.lens
        def fixed(source: Frame) -> Seen:
            return seen_by_code.get(source)

        fixed.putter(lambda view, source: source)
        with pytest.raises(PutError, match=r"row 1: pixels.*\(key 'b'\)"):
            fixed.put_batch(
                Seen.collate([view_of(1), view_of(3)]), batch  # type: ignore[attr-defined]
            )
        assert fixed.put_batch(views, batch).samples() == [frame(1), frame(2)]
        with pytest.raises(PutError, match="1 views for 2 samples"):
            fixed.put_batch(Seen.collate([view_of(1)]), batch)  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            (3, "returned a int for a batch"),
            ({"place": [1], "label": ["x"]}, "returned no column 'pixels'"),
            ({"plaace": [1]}, "returned a column 'plaace'; Seen has"),
            ({"pixels": [1], "place": [1, 2], "label": ["x"]}, "wrong column 'pixels', row 0"),
            (
                {"pixels": np.zeros((1, 3, 1, 1)), "place": [1], "label": ["x"]},
                r"expected uint8\[3, H, W\], got float64",
            ),
            (
                {"pixels": np.zeros((1, 3, 1, 1), np.uint8), "place": [1, 2], "label": ["x"]},
                "2 rows as the column 'place' of a batch of 1",
            ),
        ],
    )
    def test_wrong_columns_are_refused(self, columns: Any, said: str) -> None:
        lens = atdata.lens(seen_by_code.__wrapped__)

        def form(batch: Any) -> Any:
            return columns

        lens.batch(form)
        with pytest.raises(LensError, match=said):
            lens.get_batch(Frame.collate([frame(1)]))  # type: ignore[attr-defined]


class TestPickle:
    def test_a_lens_of_a_module_is_found_again(self) -> None:
        assert pickle.loads(pickle.dumps(seen_by_code)) is seen_by_code
        both = pickle.loads(pickle.dumps(seen_by_code | shorten))
        assert both.get(frame(3)) == Short(3)

    def test_one_of_a_function_says_why_it_cannot(self) -> None:
        @atdata.lens
        def local(source: Celsius) -> Celsius:
            return source

        with pytest.raises(pickle.PicklingError, match="define it at the top of a module"):
            pickle.dumps(local)

    def test_a_lens_of_the_language_goes_whole(self) -> None:
        lens = pickle.loads(pickle.dumps(seen_by_notation()))
        assert lens.cid == seen_by_notation().cid
        assert lens.put(lens.get(frame(3)), frame(3)) == frame(3)


class TestIdentity:
    def test_nothing_changes(self) -> None:
        same = atdata.identity(Celsius)
        sample = Celsius(1.0, "x")
        assert same.get(sample) is sample
        assert dict(same.renames) == {"degrees": "degrees", "station": "station"}
        assert same == atdata.identity(Celsius)
        with pytest.raises(LoadError, match="int is no sample type"):
            atdata.identity(int)
