"""The lens that leads from a dataset to a class: given ones, stored ones, the best of several, or none."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.errors import AmbiguousLensPath, LensError, NoLensPath, SchemaMismatch
from lens_data import NOTATION, Frame, Seen, Short, frames, seen_by_code, seen_by_notation, shorten


@atdata.packable(nsid="org.example.animal")
class Animal:
    kind: str
    weight: float


@atdata.packable(nsid="org.example.animal2")
class NewAnimal:
    species: str
    kilograms: float


@atdata.packable(nsid="org.example.label")
class Label:
    name: str


RENAMES = """
lens renames from org.example.animal to org.example.animal2 {
  kind <-> species;
  weight <-> kilograms;
}
"""
LABELS = """
lens labels from org.example.animal2 to org.example.label {
  species <-> name;
  drop kilograms default 1.0;
}
"""
SPECIES = LABELS.replace("drop kilograms default 1.0", "drop kilograms default 2.0").replace(
    "lens labels", "lens species"
)


def cid_of(cls: Any) -> str:
    return str(cls.SCHEMA.cid)


def renames() -> Any:
    return atdata.load_lens(RENAMES, Animal, NewAnimal)


def labels() -> Any:
    return atdata.load_lens(LABELS, NewAnimal, Label)


@pytest.fixture
def animals(tmp_path: Path) -> atdata.Dataset[Animal]:
    samples = [Animal("cat", 4.0), Animal("dog", 9.0)]
    return atdata.write_samples(samples, tmp_path / "animals.tar")


class TestAsType:
    def test_a_lens_that_is_given_leads_there(self, animals: atdata.Dataset[Animal]) -> None:
        ds = animals.as_type(NewAnimal, lenses=[renames()])
        assert list(ds) == [NewAnimal("cat", 4.0), NewAnimal("dog", 9.0)]
        assert next(iter(ds.ordered(2))).column("species") == ["cat", "dog"]
        with pytest.raises(SchemaMismatch):
            animals.as_type(NewAnimal)

    def test_several_lead_there_one_after_the_other(self, animals: atdata.Dataset[Animal]) -> None:
        ds = animals.as_type(Label, lenses=[labels(), renames()])
        assert list(ds) == [Label("cat"), Label("dog")]
        assert next(iter(ds.ordered(2))).column("name") == ["cat", "dog"]

    def test_lenses_without_classes_are_given_some(self, animals: atdata.Dataset[Animal]) -> None:
        plain = [lens.typed(None, None) for lens in (labels(), renames())]
        ds = animals.as_type(Label, lenses=plain)
        assert list(ds) == [Label("cat"), Label("dog")]
        assert next(iter(ds.ordered(2))).column("name") == ["cat", "dog"]

    def test_a_way_back_creates(self, tmp_path: Path) -> None:
        new = atdata.write_samples([NewAnimal("cat", 4.0)], tmp_path / "new.tar")
        ds = new.as_type(Animal, lenses=[renames()])
        assert list(ds) == [Animal("cat", 4.0)]
        assert next(iter(ds.ordered(1))).column("kind") == ["cat"]
        named = atdata.write_samples([Label("cat")], tmp_path / "labels.tar")
        assert list(named.as_type(Animal, lenses=[labels(), renames()])) == [Animal("cat", 1.0)]

    def test_lenses_in_python_are_ways_too(self) -> None:
        ds = frames().as_type(Short, lenses=[seen_by_notation(), shorten])
        assert [sample.place for sample in ds] == list(range(10))
        assert next(iter(ds.ordered(3))).column("place") == [0, 1, 2]

    def test_what_is_known_of_a_lens_is_preferred_to_code(self) -> None:
        graph = atdata.LensGraph([seen_by_code, seen_by_notation()])
        source, view = cid_of(Frame), cid_of(Seen)
        route = graph.route(source, view)
        assert route.lens is not None
        assert route.lens.name == "seen"
        assert (
            "seen_by_code is code" in atdata.LensGraph([seen_by_code]).route(source, view).explain()
        )

    def test_two_that_differ_are_refused_and_a_pin_decides(
        self, animals: atdata.Dataset[Animal]
    ) -> None:
        species = atdata.load_lens(SPECIES, NewAnimal, Label)
        lenses = [renames(), labels(), species]
        with pytest.raises(AmbiguousLensPath, match=r"(?s)renames \| labels.*renames \| species"):
            animals.as_type(Label, lenses=lenses)
        pins = {(cid_of(Animal), cid_of(Label)): [renames().cid, species.cid]}
        ds = animals.as_type(Label, lenses=atdata.LensGraph(lenses, pins=pins))
        assert list(ds) == [Label("cat"), Label("dog")]

    def test_two_functions_are_never_taken_for_the_same(
        self, animals: atdata.Dataset[Animal]
    ) -> None:
        def one(source: Animal) -> Label:
            return Label(source.kind)

        def other(source: Animal) -> Label:
            return Label(source.kind.upper())

        with pytest.raises(AmbiguousLensPath, match=r"(?s)one.*other"):
            animals.as_type(Label, lenses=[atdata.lens(one), atdata.lens(other)])
        for order in ([one, other], [other, one]):
            with pytest.raises(AmbiguousLensPath):
                animals.as_type(Label, lenses=list(map(atdata.lens, order)))

    def test_where_none_leads_there_the_differences_are_told(
        self, animals: atdata.Dataset[Animal]
    ) -> None:
        with pytest.raises(
            SchemaMismatch, match=r"(?s)none of the lenses given leads there.*species"
        ):
            animals.as_type(NewAnimal, lenses=[labels()])

    def test_lenses_may_be_passed_over_where_none_is_needed(
        self, animals: atdata.Dataset[Animal]
    ) -> None:
        assert animals.as_type(Animal, lenses=[renames()])[0] == Animal("cat", 4.0)


class TestLoading:
    def test_a_new_class_sees_old_data_through_a_lens(
        self, animals: atdata.Dataset[Animal]
    ) -> None:
        path = animals.shards[0]
        ds = atdata.load_dataset(path, NewAnimal, split="train", lenses=[renames()])
        assert ds[1] == NewAnimal("dog", 9.0)
        assert ds.split == "train"
        streamed = atdata.load_dataset(path, NewAnimal, lenses=[renames()], streaming=True)
        assert list(streamed) == [NewAnimal("cat", 4.0), NewAnimal("dog", 9.0)]

    def test_without_one_it_is_refused_with_the_differences(
        self, animals: atdata.Dataset[Animal]
    ) -> None:
        path = animals.shards[0]
        with pytest.raises(SchemaMismatch, match=r"(?s)no lens is given.*species"):
            atdata.load_dataset(path, NewAnimal)
        with pytest.raises(SchemaMismatch, match="none of the lenses given leads there"):
            atdata.load_dataset(path, NewAnimal, lenses=[labels()])

    def test_a_class_that_reads_the_data_needs_none(self, animals: atdata.Dataset[Animal]) -> None:
        ds = atdata.load_dataset(animals.shards[0], Animal, lenses=[renames()], split="train")
        assert ds[0] == Animal("cat", 4.0)


class TestIndex:
    @pytest.fixture
    def index(self, tmp_path: Path) -> atdata.Index:
        return atdata.Index(tmp_path / "index.db", tmp_path / "data")

    def test_a_lens_is_stored_and_comes_back(self, index: atdata.Index) -> None:
        stored = index.store_lens(renames())
        assert (stored.name, stored.cid) == ("renames", renames().cid)
        assert stored.record["claims"]["class"] == "iso"
        for reference in ("renames", stored.cid):
            lens = index.lens(reference, Animal, NewAnimal)
            assert lens.cid == stored.cid
            assert lens.put(NewAnimal("dog", 1.0), Animal("cat", 4.0)) == Animal("dog", 1.0)
        assert index.lens("renames").view_class is NewAnimal
        assert index.store_lens(renames()) == stored
        index.delete_lens("renames")
        with pytest.raises(atdata.EntryNotFound, match=r"no lens 'renames'.*which has none"):
            index.lens("renames")
        with pytest.raises(atdata.EntryNotFound, match="no lens 'renames'"):
            index.delete_lens("renames")

    def test_a_text_and_a_record_are_the_same_lens(self, index: atdata.Index) -> None:
        stored = index.store_lens(RENAMES, types=[Animal, NewAnimal])
        again = index.store_lens(stored.record, name="again", types=[Animal, NewAnimal])
        assert (again.cid, again.name) == (stored.cid, "again")
        assert [lens.name for lens in index.lenses()] == ["again", "renames"]

    def test_types_of_datasets_are_known(self, index: atdata.Index) -> None:
        index.write([Animal("cat", 4.0)], name="animals")
        with pytest.raises(
            LensError, match=r"the type 'org.example.animal2' of the lens is neither"
        ):
            index.store_lens(RENAMES)
        index.write([NewAnimal("cat", 4.0)], name="others")
        assert index.store_lens(RENAMES).cid == renames().cid

    def test_they_are_found_by_their_types(self, index: atdata.Index) -> None:
        index.store_lens(renames())
        index.store_lens(labels())
        for end in (NewAnimal, cid_of(NewAnimal), "org.example.animal2"):
            assert [lens.name for lens in index.lenses(source=end)] == ["labels"]
            assert [lens.name for lens in index.lenses(view=end)] == ["renames"]
        assert index.lenses(source=Animal, view=Label) == []
        with pytest.raises(atdata.NameRefused, match="int is no type"):
            index.lenses(source=int)

    def test_code_is_not_stored(self, index: atdata.Index) -> None:
        with pytest.raises(
            LensError, match="seen_by_code is no lens of the language.*code is never"
        ):
            index.store_lens(seen_by_code)  # type: ignore[arg-type]
        with pytest.raises(LensError, match="code is never taken"):
            index.store_lens(seen_by_notation() | shorten)  # type: ignore[arg-type]
        assert index.lenses() == []

    def test_another_lens_does_not_take_the_name(self, index: atdata.Index) -> None:
        index.store_lens(renames())
        with pytest.raises(atdata.EntryExists, match="'renames' is the lens"):
            index.store_lens(labels(), name="renames")
        with pytest.raises(atdata.NameRefused):
            index.store_lens(labels(), name="../x")

    def test_loading_takes_the_lens_of_the_index(self, index: atdata.Index) -> None:
        index.write([Animal("cat", 4.0)], name="animals")
        with pytest.raises(SchemaMismatch, match="none of the lenses known leads there"):
            atdata.load_dataset("@local/animals", NewAnimal, index=index)
        index.store_lens(renames())
        index.store_lens(labels())
        ds = atdata.load_dataset("@local/animals", NewAnimal, index=index)
        assert list(ds) == [NewAnimal("cat", 4.0)]
        assert list(atdata.load_dataset("@local/animals", Label, index=index)) == [Label("cat")]
        plain = atdata.load_dataset("@local/animals", Animal, index=index)
        assert list(plain.as_type(Label, lenses=index)) == [Label("cat")]

    def test_a_dataset_remembers_what_it_was_loaded_with(self, index: atdata.Index) -> None:
        index.write([Animal("cat", 4.0), Animal("dog", 9.0)], name="animals")
        index.store_lens(renames())
        ds = atdata.load_dataset("@local/animals", index=index)[1:]
        assert list(ds.as_type(NewAnimal)) == [NewAnimal("dog", 9.0)]
        again = pickle.loads(pickle.dumps(ds))
        with pytest.raises(SchemaMismatch, match="no lens is given"):
            again.as_type(NewAnimal)
        lenses = [renames(), labels()]
        given = atdata.load_dataset("@local/animals", Animal, "train", index=index, lenses=lenses)
        assert list(given.filter(lambda animal: animal.weight > 5).as_type(Label)) == [Label("dog")]

    def test_as_type_again_begins_at_what_is_seen(self, index: atdata.Index) -> None:
        index.write([Animal("cat", 4.0), Animal("dog", 9.0)], name="animals")
        lenses = [renames(), labels()]
        ds = atdata.load_dataset("@local/animals", Animal, "train", index=index, lenses=lenses)
        kept = ds.filter(lambda animal: animal.weight > 5).as_type(NewAnimal)

        def loud_one(new: NewAnimal) -> NewAnimal:
            return NewAnimal(new.species.upper(), new.kilograms)

        loud = kept.map(loud_one)
        assert list(loud.as_type(Label)) == [Label("DOG")]

    def test_two_stored_lenses_that_differ_are_refused(self, index: atdata.Index) -> None:
        index.write([NewAnimal("cat", 4.0)], name="animals")
        index.store_lens(labels())
        index.store_lens(SPECIES, types=[NewAnimal, Label])
        with pytest.raises(AmbiguousLensPath, match=r"(?s)labels.*species"):
            atdata.load_dataset("@local/animals", Label, index=index)
        index.delete_lens("species")
        assert list(atdata.load_dataset("@local/animals", Label, index=index)) == [Label("cat")]

    def test_equal_lenses_of_two_names_are_one_way(self, index: atdata.Index) -> None:
        index.write([Animal("cat", 4.0)], name="animals")
        index.store_lens(renames())
        index.store_lens(renames(), name="again")
        assert list(atdata.load_dataset("@local/animals", NewAnimal, index=index)) == [
            NewAnimal("cat", 4.0)
        ]

    def test_a_graph_may_trust_some_alone(self, index: atdata.Index) -> None:
        index.store_lens(renames())
        ends = cid_of(Animal), cid_of(NewAnimal)
        assert index.lens_graph().route(*ends).lens is not None
        with pytest.raises(NoLensPath):
            index.lens_graph(trust=lambda lens: None).route(*ends)


class TestTexts:
    def test_from_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "seen.lens"
        path.write_text(NOTATION)
        for given in (path, str(path)):
            assert atdata.load_lens(given, Frame, Seen).cid == seen_by_notation().cid
        with pytest.raises(atdata.LoadError, match="there is no file"):
            atdata.load_lens(tmp_path / "none.lens", Frame, Seen)
        path.write_bytes(b"\xff{")
        with pytest.raises(atdata.LoadError, match="cannot be read as a text"):
            atdata.load_lens(path, Frame, Seen)
        path.write_bytes(b"#" * ((1 << 20) + 1))
        with pytest.raises(atdata.LoadError, match="more than 1 MiB"):
            atdata.load_lens(path, Frame, Seen)

    def test_of_several_one_is_named(self) -> None:
        both = RENAMES + RENAMES.replace("lens renames", "lens again")
        with pytest.raises(LensError, match="there are 2 lenses: renames, again; say which one"):
            atdata.load_lens(both, Animal, NewAnimal)
        assert atdata.load_lens(both, Animal, NewAnimal, name="again").name == "again"
        with pytest.raises(LensError, match="there is no lens 'more'; there are renames, again"):
            atdata.load_lens(both, Animal, NewAnimal, name="more")

    def test_mistakes_have_their_place(self) -> None:
        with pytest.raises(LensError, match="kilos"):
            atdata.load_lens(RENAMES.replace("kilograms", "kilos"), Animal, NewAnimal)
        with pytest.raises(atdata.LoadError, match="DictSample has no schema|no schema"):
            atdata.load_lens(RENAMES, atdata.DictSample, NewAnimal)

    def test_externs_are_given_as_code(self) -> None:
        @atdata.packable(nsid="org.example.raw")
        class Raw:
            data: bytes

        @atdata.packable(nsid="org.example.sized")
        class Sized:
            size: int

        text = """
        extern size: bytes -> int64[];
        lens sized from org.example.raw to org.example.sized { data | extern size -> size; drop data; }
        """

        class Size:
            def get(self, data: bytes) -> Any:
                return np.asarray(len(data), np.int64)

        lens = atdata.load_lens(text, Raw, Sized, externs={"size": Size()})
        assert lens.get(Raw(b"abc")).size == 3
