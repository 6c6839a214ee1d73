"""Lenses of strangers in an Index: refused with a message before any data is touched."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.errors import LensError, SchemaMismatch
from atdata.index.stored_lens import StoredLens
from lens_data import Frame, Seen, frame, seen_by_notation


@pytest.fixture
def index(tmp_path: Path) -> atdata.Index:
    made = atdata.Index(tmp_path / "index.db", tmp_path / "data")
    made.store_lens(seen_by_notation())
    return made


@pytest.fixture
def stored(index: atdata.Index) -> StoredLens:
    return index.lenses()[0]


def other_operator(record: Any) -> None:
    record["clauses"][0]["ops"] = [{"$type": "dev.atdata.lens#shell", "command": "rm -rf /"}]


def other_key(record: Any) -> None:
    record["clauses"][0]["getter"] = {"module": "os", "qualname": "system"}


def other_language(record: Any) -> None:
    record["lang"] = "dlens/2"


def other_type(record: Any) -> None:
    record["$type"] = "dev.atdata.lens2"


def swapped_source(record: Any) -> None:
    record["source"]["cid"] = record["view"]["cid"]


def better_claims(record: Any) -> None:
    record["claims"]["class"] = "embedding"
    record["claims"]["putPut"] = "fails"


def many_clauses(record: Any) -> None:
    record["clauses"] *= 10_000


def many_operators(record: Any) -> None:
    record["clauses"][0]["ops"] = [{"$type": "dev.atdata.lens#flip", "axes": [0]}] * 10_000


def deep_nesting(record: Any) -> None:
    inner: list[Any] = record["clauses"]
    for _ in range(3000):
        inner = [
            {
                "$type": "dev.atdata.lens#bind",
                "src": ["/label"],
                "dst": ["/label"],
                "ops": [{"$type": "dev.atdata.lens#with", "clauses": inner}],
            }
        ]
    record["clauses"] = inner


def a_terabyte(record: Any) -> None:
    record["clauses"][0]["ops"] = [
        {
            "$type": "dev.atdata.lens#pad",
            "widths": [{"axis": 0, "before": 1 << 40, "after": 0}],
            "value": "0",
        }
    ]


def a_dunder(record: Any) -> None:
    record["clauses"][0]["src"] = ["/__class__/__init__"]


def a_name_that_injects(record: Any) -> None:
    record["clauses"][0]["dst"] = ["/x = 1\nimport os\nos.system('true')"]


def no_clauses(record: Any) -> None:
    record["clauses"] = "drop *"


TAMPERED = [
    other_operator,
    other_key,
    other_language,
    other_type,
    swapped_source,
    better_claims,
    many_clauses,
    many_operators,
    a_terabyte,
    a_dunder,
    a_name_that_injects,
    no_clauses,
]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda fn: fn.__name__)
class TestTampered:
    def test_it_is_not_stored(
        self, index: atdata.Index, stored: StoredLens, tamper: Callable[[Any], None]
    ) -> None:
        record = copy.deepcopy(stored.record)
        tamper(record)
        with pytest.raises(LensError) as caught:
            index.store_lens(record, name="worse", types=[Frame, Seen])
        assert str(caught.value)
        assert [lens.name for lens in index.lenses()] == ["seen"]

    def test_what_somebody_put_into_the_database_is_refused_when_it_is_read(
        self, index: atdata.Index, stored: StoredLens, tamper: Callable[[Any], None]
    ) -> None:
        record = copy.deepcopy(stored.record)
        tamper(record)
        index.provider.add_lens(dataclasses.replace(stored, name="worse", record=record))
        with pytest.raises(LensError):
            index.lens("worse")
        index.delete_lens("seen")
        index.write([frame(1)], name="frames")
        with pytest.raises(LensError):
            atdata.load_dataset("@local/frames", Seen, index=index)


def test_deep_nesting_is_refused(index: atdata.Index, stored: StoredLens) -> None:
    record = copy.copy(stored.record)
    deep_nesting(record)
    with pytest.raises(LensError, match="blocks inside blocks; at most 4"):
        index.store_lens(record, name="deep", types=[Frame, Seen])


def test_a_record_of_another_lens_is_found_out(index: atdata.Index, stored: StoredLens) -> None:
    other = dataclasses.replace(stored, name="other", cid="bafyreia" + stored.cid[8:])
    index.provider.add_lens(other)
    with pytest.raises(
        LensError, match="the stored lens 'other' is .*, and the Index says bafyreia"
    ):
        index.lens("other")


def test_documents_that_are_not_those_of_the_type_are_found_out(
    index: atdata.Index, stored: StoredLens
) -> None:
    source = copy.deepcopy(stored.source)
    main = source["documents"]["org.example.frame"]["defs"]["main"]
    main["properties"]["label"] = {"type": "integer"}
    index.provider.add_lens(dataclasses.replace(stored, name="other", source=source))
    with pytest.raises(LensError, match="its documents give"):
        index.lens("other")
    source = {"id": "org.example.frame", "cid": stored.source["cid"]}
    index.provider.add_lens(dataclasses.replace(stored, name="none", source=source))
    with pytest.raises(LensError, match="a stored schema has id, cid and documents"):
        index.lens("none")


def test_classes_of_other_types_are_refused(index: atdata.Index) -> None:
    with pytest.raises(LensError, match="is of org.example.frame .* which Seen is not"):
        index.lens("seen", Seen, Seen)


def test_lenses_in_a_circle_end(index: atdata.Index) -> None:
    back = """
    lens back from org.example.seen to org.example.frame {
      pixels | rearrange[c h w -> h w c] <-> image;
      place <-> number;
      label <-> label;
    }
    """
    with pytest.raises(LensError, match="note"):
        index.store_lens(back, types=[Frame, Seen])
    again = back.replace("label <-> label;", "label <-> label; const null -> note;")
    with pytest.raises(LensError):
        index.store_lens(again, types=[Frame, Seen])
    index.write([frame(1)], name="frames")

    @atdata.packable(nsid="org.example.elsewhere")
    class Elsewhere:
        place: int

    with pytest.raises(SchemaMismatch, match="leads there"):
        atdata.load_dataset("@local/frames", Elsewhere, index=index)


def test_an_extern_is_never_run_because_a_record_names_it(
    index: atdata.Index, tmp_path: Path
) -> None:
    @atdata.packable(nsid="org.example.hidden")
    class Hidden:
        label: str

    text = """
    extern system: string <-> string;
    lens runs from org.example.hidden to org.example.hidden { label | extern system <-> label; }
    """
    stored = index.store_lens(text, types=[Hidden])
    lens = index.lens(stored.cid, Hidden, Hidden)
    with pytest.raises(LensError, match="needs the code of system"):
        lens.get(Hidden("touch /tmp/x"))
    ds = atdata.write_samples([Hidden("a")], tmp_path / "h.tar")
    with pytest.raises(LensError, match="needs the code of system"):
        next(iter(ds.view(lens).ordered(1)))
    assert index.lens_graph().route(*[Frame.SCHEMA.cid, Seen.SCHEMA.cid]).lens is not None  # type: ignore[attr-defined]
