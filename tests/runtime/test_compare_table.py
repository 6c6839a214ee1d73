"""The verdicts of `compare`, change by change, against what happens to real data.

Each case is played in both directions of time, and each direction by writing with one live class and reading
with the other: sample by sample, in batches of each layout, and with column files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import atdata
from atdata.shards.columnar.sidecar_chunk import is_small
from atdata_schema.compare import RULES, Comparison, Direction, compare
from atdata_schema.errors import DecodeError
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from compare_cases import Case, Node
from compare_cases_fields import FIELDS
from compare_cases_inside import ARRAYS, INSIDE
from compare_cases_scalars import SCALARS
from compare_proof import TypeSide, check_verdict
from reading_across import difference

NSID: Final = "org.example.thing"
CASES: Final = (*FIELDS, *SCALARS, *ARRAYS, *INSIDE)
PLAYED: Final = [played for case in CASES for played in (case, case.turned())]

# Fields beside the one that changes. They make the rows of a shard equal (layout class A), equal up to a text
# (B), or neither (C): what is read in bulk is read in another way for each.
BESIDE: Final[dict[str, dict[str, Node]]] = {
    "A": {"zz!": {"type": "integer"}},
    "B": {"zz!": {"type": "integer"}, "zt!": {"type": "string"}},
    "C": {"zl!": {"type": "array", "items": {"type": "integer"}}},
}


def beside(layout: str, number: int) -> dict[str, Any]:
    """Their values in a sample."""
    values = {"zz": number, "zt": "x" * number, "zl": [number] * number}
    return {name.rstrip("!"): values[name.rstrip("!")] for name in BESIDE[layout]}


def schema(fields: Mapping[str, Node], defs: Mapping[str, Node]) -> Schema:
    required = [name.rstrip("!?") for name in fields if "!" in name]
    nullable = [name.rstrip("!?") for name in fields if "?" in name]
    properties = {name.rstrip("!?"): node for name, node in fields.items()}
    main = {"type": "object", "required": required, "nullable": nullable, "properties": properties}
    catalog = Catalog()
    catalog.add({"lexicon": 1, "id": NSID, "defs": {"main": main, **defs}})
    return Schema.of(catalog, NSID)


class Side(TypeSide):
    """One of both types of a case, with fields beside the one that changes."""

    def __init__(
        self, fields: Mapping[str, Node], defs: Mapping[str, Node], values: Any, layout: str
    ) -> None:
        more = [beside(layout, number) for number in range(5)]
        super().__init__(schema({**fields, **BESIDE[layout]}, defs), values, more)


def sides(case: Case, layout: str) -> tuple[Side, Side]:
    return (
        Side(case.old, case.old_defs, case.old_values, layout),
        Side(case.new, case.new_defs, case.new_values, layout),
    )


EVERY: Final = [pytest.param(case, id=case.name.replace(" ", "-")) for case in PLAYED]


def verdict(found: Comparison, direction: Direction) -> str:
    categories = {item.category for item in found.against(direction)}
    return next((name for name in ("wire", "strict", "source") if name in categories), "reads")


@pytest.mark.parametrize("case", EVERY)
def test_the_verdict(case: Case) -> None:
    old, new = sides(case, "A")
    found = compare(old.schema.model, new.schema.model)
    expected = tuple("wire" if word == "meaning" else word for word in case.verdicts)
    assert (verdict(found, "new-reads-old"), verdict(found, "old-reads-new")) == expected, str(
        found
    )
    assert (found.new_reads_old, found.old_reads_new) == tuple(word == "reads" for word in expected)
    assert found.breaking == (expected != ("reads", "reads")) == (found.level == "major")
    if case.rule:
        assert case.rule in {item.rule for item in found.findings}, str(found)
    for item in found.findings:
        assert item.is_breaking <= (";" in item.message), "a break without a remedy"


@pytest.mark.parametrize("case", EVERY)
def test_single_samples_prove_the_verdict(case: Case) -> None:
    old, new = sides(case, "A")
    check_verdict(case.verdicts[0], old, new, case.record)
    check_verdict(case.verdicts[1], new, old, case.record)


# In bulk.


def _shard(path: Path, samples: list[Any], columns: bool) -> Path:
    """A shard, and with `columns` its column file; without a word of their type."""
    atdata.write_samples(samples, path, columns=columns)
    path.with_name(f"{path.stem}.dataset.json").unlink()
    return path


@pytest.mark.parametrize("layout", list(BESIDE))
@pytest.mark.parametrize("case", EVERY[::2])  # both directions are read
def test_batches_are_what_single_samples_are(case: Case, layout: str, tmp_path: Path) -> None:
    old, new = sides(case, layout)
    for writer, reader in ((old, new), (new, old)):
        small = is_small(reader.cls.FIELDS)
        for columns in (False, True) if small else (False,):
            name = f"{'old' if writer is old else 'new'}{columns}.tar"
            path = _shard(tmp_path / name, writer.samples, columns)
            _check_bulk(path, writer, reader)


def _check_bulk(path: Path, writer: Side, reader: Side) -> None:
    dataset = atdata.load_dataset(path, reader.cls)  # a shard alone: nobody knows its type
    own = [_decoded(reader.cls, sample.encode()) for sample in writer.samples]
    if isinstance(own[0], DecodeError):
        with pytest.raises(DecodeError, match=r"key '00000000\d' of .*\.tar") as caught:
            _columns(next(iter(dataset.ordered(batch_size=3))), reader)
        assert caught.value.path == own[0].path
        return
    for way in (dataset.ordered(batch_size=3), dataset.shuffled(batch_size=3)):
        for batch in way:
            chosen = [own[int(key)] for key in batch.keys]
            expected = reader.cls.collate(chosen, batch.keys)
            assert difference(_columns(expected, reader), _columns(batch, reader)) is None
            assert difference(chosen, batch.samples()) is None


def _decoded(cls: Any, payload: bytes) -> Any:
    try:
        return cls.decode(payload)
    except DecodeError as error:
        return error


def _columns(batch: Any, reader: Side) -> dict[str, Any]:
    found = {name: batch.column(name) for name in reader.cls.FIELDS}
    found |= {f"valid {name}": batch.valid(name) for name in reader.cls.FIELDS}
    return found


def test_every_rule_is_met_by_a_case() -> None:
    met: set[str] = set()
    for case in PLAYED:
        old, new = sides(case, "A")
        met |= {item.rule for item in compare(old.schema.model, new.schema.model).findings}
    assert set(RULES) - met == {
        "record-key",
        "type-renamed",
    }  # tests/kernel/test_compare.py has these
