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
from atdata.samples.build import sample_class
from atdata.shards.columnar.sidecar_chunk import is_small
from atdata_schema.compare import RULES, Comparison, Direction, compare
from atdata_schema.errors import DataError, DecodeError, ValidationError
from atdata_schema.fields.objects import Unknown
from atdata_schema.lexicon import Catalog
from atdata_schema.schema import Schema
from compare_cases import Case, Node
from compare_cases_fields import FIELDS
from compare_cases_inside import ARRAYS, INSIDE
from compare_cases_scalars import SCALARS
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


class Side:
    """One of both types of a case, its class, and samples of it."""

    def __init__(
        self, fields: Mapping[str, Node], defs: Mapping[str, Node], values: Any, layout: str
    ) -> None:
        self.schema = schema({**fields, **BESIDE[layout]}, defs)
        self.cls: Any = sample_class(self.schema)
        self._defs = {
            name: sample_class(Schema(f"{NSID}#{name}", self.schema.documents)) for name in defs
        }
        own = {name: self._made(value) for name, value in values.items()}
        made = [self.cls(**own, **beside(layout, number)) for number in range(5)]
        self.samples = [self.cls.decode(sample.encode()) for sample in made]  # floats rounded

    def _made(self, value: Any) -> Any:
        """Objects are spelled as maps with their definition under an empty name."""
        if issubclass(type(value), list):
            return [self._made(item) for item in value]
        if not issubclass(type(value), dict):
            return value
        rest = {key: self._made(item) for key, item in value.items() if key != ""}
        if "" not in value:
            return rest
        name = value[""]
        return Unknown(**rest) if name is None else self._defs[name](**rest)


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
    _prove(case.verdicts[0], old, new, case)
    _prove(case.verdicts[1], new, old, case)


def _prove(word: str, writer: Side, reader: Side, case: Case) -> None:
    sample = writer.samples[1]
    payload = sample.encode()
    if word == "meaning":
        kinds: list[Any] = [side.schema.model.main.fields[0].type for side in (writer, reader)]
        assert any(a != b for a, b in zip(kinds[0].classes, kinds[1].classes, strict=True))
        return
    if word == "wire":
        assert _is_lost(sample, payload, reader), "it is read, with equal values"
        return
    read = reader.cls.decode(payload)
    assert difference(sample, read) is None
    if word == "strict":
        assert _is_refused(sample, read, reader, case), "it may be written, and its record is read"
        return
    read.encode()
    record = _record(sample)
    if record is not None:
        assert difference(sample, reader.cls.from_record(record)) is None


def _is_lost(sample: Any, payload: bytes, reader: Side) -> bool:
    try:
        read = reader.cls.decode(payload)
    except DecodeError:
        return True
    return difference(sample, read) is not None or _unread(sample, read)


def _unread(sample: Any, read: Any) -> bool:
    """Whether a value has no place in what was read."""
    lost = [name for name in sample.FIELDS if name not in read.FIELDS]
    return any(getattr(sample, sample.FIELDS.attribute(name)) is not None for name in lost)


def _is_refused(sample: Any, read: Any, reader: Side, case: Case) -> bool:
    try:
        read.encode()
    except ValidationError:
        return True
    record = _record(sample)
    if case.record is not None:
        record = {**(record or {}), **case.record}
    try:
        return difference(sample, reader.cls.from_record(record)) is not None
    except DecodeError:
        return True


def _record(sample: Any) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = sample.to_record()
    except DataError:
        return None
    return record


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
