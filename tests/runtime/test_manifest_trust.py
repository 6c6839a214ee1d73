"""A manifest that does not tell the truth is found out, or harms nobody: what `where` gives is what a filter gives."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import atdata
from arrow import pa, pq
from atdata.manifest.search import search_of
from query_data import Rich, rich, stored_rich

QUESTIONS = (
    "number > 20 and label in ['cat', 'a', '']",
    "'a' in tags or count == 3",
    "not ratio < 1.0",
    "camera.model == 'abc'",
    "taken > '2026-01-01T00:20:00Z'",
    "note is null",
)
COUNT, MAXCOUNT = 40, 15


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a dataset, to be spoilt."""
    made = stored_rich(COUNT, MAXCOUNT, manifest=True)
    shutil.copytree(made.shards[0].parent, tmp_path / "d")
    return tmp_path / "d"


def load(folder: Path, **options: Any) -> atdata.Dataset[Rich]:
    return cast("atdata.Dataset[Rich]", atdata.load_dataset(folder / "d.tar", Rich, **options))


def wanted() -> list[list[str]]:
    ds = stored_rich(COUNT, MAXCOUNT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", atdata.ScanWarning)
        return [ds.where(question).keys() for question in QUESTIONS]


def answers(ds: atdata.Dataset[Any]) -> tuple[list[list[str]], set[str]]:
    """The answers, and what was said about manifests."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [ds.where(question).keys() for question in QUESTIONS]
    return found, {str(item.message).partition("of d-")[2] for item in caught}


def test_a_whole_dataset_is_answered_in_silence(folder: Path) -> None:
    assert answers(load(folder)) == (wanted(), set())
    assert all(wanted())


def without_anchor(folder: Path) -> None:
    """A description that names no manifests, as of a dataset that got them later."""
    path = folder / "d.dataset.json"
    content = json.loads(path.read_bytes())
    for entry in content["splits"]["train"]:
        del entry["manifest"]
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("anchored", [True, False])
@pytest.mark.parametrize("suffix", ["json", "parquet"])
@pytest.mark.parametrize("seed", range(12))
def test_a_mutated_file_changes_no_answer(
    folder: Path, suffix: str, seed: int, anchored: bool
) -> None:
    if not anchored:
        without_anchor(folder)
    path = folder / f"d-000001.manifest.{suffix}"
    content = bytearray(path.read_bytes())
    rng = random.Random(seed)
    if seed % 4 == 0:
        content = content[: rng.randrange(len(content))]
    for _ in range(rng.randint(1, 3) if content else 0):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)
    found, _ = answers(load(folder))
    assert found == wanted()


Spoil = Callable[[dict[str, Any]], object]


def spoil(folder: Path, change: Spoil, number: int = 1) -> None:
    """Change a manifest, carefully."""
    path = folder / f"d-{number:06d}.manifest.json"
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content))


def lie_about_fields(content: dict[str, Any]) -> None:
    for field in content["fields"]:
        if field["kind"] in ("integer", "float64"):
            field |= {"min": 10**6, "max": 10**6 + 1, "nulls": 0}
        field.pop("values", None)
        if field["kind"] == "text":
            field |= {"min": "zz", "max": "zzz", "nulls": 0}


LIES: dict[str, tuple[Spoil, str]] = {
    "statistics": (lie_about_fields, ""),
    "another shard": (
        lambda m: m["shard"].update(sha256="0" * 64),
        "its manifest is that of another shard",
    ),
    "another size": (lambda m: m["shard"].update(bytes=1), "its manifest is that of another shard"),
    "more samples": (
        lambda m: m["shard"].update(samples=99),
        "its manifest is that of another shard",
    ),
    "other rows": (
        lambda m: m["rows"].update(sha256="0" * 64),
        "its manifest has rows with another digest",
    ),
    "rows of another size": (
        lambda m: m["rows"].update(bytes=2**40),
        "its manifest has rows of another size",
    ),
    "a newer version": (lambda m: m.update(version=2), "which a newer atdata may read"),
    "no version": (lambda m: m.pop("version"), "is not as the format says"),
    "no columns": (
        lambda m: [field.update(column=None) for field in m["fields"]],
        "its manifest has no column of",
    ),
    "other columns": (
        lambda m: [field.update(column="__size__") for field in m["fields"]],
        "",
    ),
    "other kinds": (
        lambda m: [field.update(kind="boolean", items=None) for field in m["fields"]],
        "its manifest holds",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_careful_lie_of_a_manifest_changes_no_answer(folder: Path, lie: str) -> None:
    """Where the description names the manifest it is found out at once; elsewhere nothing of it is believed."""
    change, said = LIES[lie]
    spoil(folder, change)
    found, reasons = answers(load(folder))
    assert found == wanted()
    assert len(reasons) == 1
    assert "its manifest is not the one that its dataset.json names" in reasons.pop()
    if lie != "other columns":  # a column of the right kind, which holds other values: see below
        without_anchor(folder)
        found, reasons = answers(load(folder))
        assert found == wanted()
        assert all(said in reason for reason in reasons)
        assert bool(reasons) == bool(said)


def rewritten(folder: Path, change: Callable[[Any], Any]) -> None:
    """Change the rows of a shard together with the digest of them."""
    path = folder / "d-000001.manifest.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    data = path.read_bytes()
    rows = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    spoil(folder, lambda manifest: manifest.update(rows=rows))


def with_column(name: str, values: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    def change(table: Any) -> Any:
        array = values(table.column(name).to_pylist())
        return table.set_column(table.column_names.index(name), name, array)

    return change


ROWS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "other keys": (
        with_column("__key__", lambda c: pa.array([f"x{n}" for n in range(len(c))])),
        "has rows of other samples",
    ),
    "other places": (
        with_column("__offset__", lambda c: pa.array([n + 512 for n in c])),
        "has rows of other samples",
    ),
    "other sizes": (
        with_column("__size__", lambda c: pa.array([n + 1 for n in c])),
        "has rows of other samples",
    ),
    "another order": (
        lambda table: table.take(list(range(table.num_rows))[::-1]),
        "has rows of other samples",
    ),
    "fewer rows": (lambda table: table.slice(1), "rows, where its shard has"),
    "no places": (lambda table: table.drop_columns(["__offset__"]), "has rows of other samples"),
    "numbers as texts": (
        with_column("number", lambda c: pa.array(list(map(str, c)))),
        "has no column of number",
    ),
    "texts as numbers": (
        with_column("label", lambda c: pa.array(range(len(c)))),
        "has no column of label",
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_that_do_not_fit_their_shard_are_not_used(folder: Path, case: str) -> None:
    change, said = ROWS[case]
    without_anchor(folder)
    rewritten(folder, change)
    found, reasons = answers(load(folder))
    assert found == wanted()
    assert any(said in reason for reason in reasons)


def test_rows_that_lie_with_their_digest_are_found_out_by_the_description(folder: Path) -> None:
    change = with_column("number", lambda c: pa.array([10**6] * len(c)))
    rewritten(folder, change)
    found, reasons = answers(load(folder))
    assert found == wanted()
    assert reasons


def test_verify_always_holds_each_sample_against_the_condition(folder: Path) -> None:
    """What nothing else can find out: rows that lie with their digest, beside a description that names none."""
    without_anchor(folder)
    rewritten(folder, with_column("number", lambda c: pa.array([10**6] * len(c))))
    deceived = load(folder).where("number == 1000000")
    assert len(deceived) == MAXCOUNT
    doubted = load(folder, verify="always").where("number == 1000000")
    for read in (lambda: list(doubted), lambda: list(doubted.ordered(4)), lambda: doubted[3]):
        with pytest.raises(atdata.ShardError, match="which is not true of it"):
            read()
    with pytest.raises(atdata.ShardError, match="'00000001"):
        list(doubted.ordered(4))
    good = load(folder, verify="always").where("label == 'cat'")
    assert [sample.label for sample in good] == ["cat"] * len(good)
    assert good.select_columns("label")[0].label == "cat"


def test_verify_never_leaves_digests_out_but_no_structure(folder: Path) -> None:
    path = folder / "d-000001.manifest.parquet"
    pq.write_table(pq.read_table(path), path, compression="none")
    spoil(folder, lambda m: m["rows"].update(bytes=path.stat().st_size))
    without_anchor(folder)
    assert answers(load(folder, verify="never")) == (wanted(), set())
    found, reasons = answers(load(folder))
    assert found == wanted()
    assert "another digest" in reasons.pop()


def test_a_manifest_of_an_earlier_shard_is_not_used(folder: Path, tmp_path: Path) -> None:
    """A shard that was replaced while its manifest stayed: written elsewhere, and moved over it."""
    other = [rich(n + 500) for n in range(COUNT)]
    atdata.write_samples(other, tmp_path / "new" / "d.tar", maxcount=MAXCOUNT)
    for path in (tmp_path / "new").iterdir():
        path.replace(folder / path.name)
    found, reasons = answers(load(folder))
    assert len(reasons) == 1
    assert "its manifest is that of another shard" in reasons.pop()
    plain = load(folder)
    assert found[0] == plain.filter(lambda s: s.number > 20 and s.label in ("cat", "a", "")).keys()


def test_without_a_description_the_index_tells_which_shard_it_is(folder: Path) -> None:
    (folder / "d.dataset.json").unlink()
    ds: Any = atdata.load_dataset(str(folder / "*.tar"), Rich)
    assert answers(ds) == (wanted(), set())
    for path in folder.glob("*.idx"):
        path.unlink()
    bare: Any = atdata.load_dataset(str(folder / "*.tar"), Rich)
    found, reasons = answers(bare)
    assert found == wanted()
    assert "whose sha-256 is not known" in reasons.pop()


def test_statistics_are_believed_only_where_the_description_names_them(folder: Path) -> None:
    """Shards are left out by what is known to be theirs; the others are looked into."""
    ds: Any = load(folder)
    assert ds.where("number == -9223372036854775808").keys() == ["000000024"]
    assert looked_into(ds) == {1}
    without_anchor(folder)
    ds = load(folder)
    assert ds.where("number == -9223372036854775808").keys() == ["000000024"]
    assert looked_into(ds) == {0, 1, 2}


def looked_into(ds: Any) -> set[int]:
    search: Any = search_of(ds._plan.shards)
    stack = search._kept.get(("number",))
    assert stack is not None
    return set(stack.places)


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"\xff\xfe",
    "deep": b'{"format":"atdata.manifest","version":1,"x":' + b"[" * 100_000,
    "long numbers": b'{"format":"atdata.manifest","version":' + b"9" * 5000 + b"}",
    "a list": b"[]",
    "nothing in it": b'{"format":"atdata.manifest","version":1}',
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_manifests_are_not_used(folder: Path, case: str) -> None:
    without_anchor(folder)
    (folder / "d-000001.manifest.json").write_bytes(HOSTILE[case])
    found, reasons = answers(load(folder))
    assert found == wanted()
    assert len(reasons) == 1


def test_a_small_file_that_unpacks_to_much_is_not_read(folder: Path) -> None:
    """A text that stands in every row is kept once; lists and plain texts are refused by what they claim."""
    without_anchor(folder)
    big = "x" * 3_000_000
    rewritten(folder, with_column("label", lambda c: pa.array([big] * len(c))))
    ds = load(folder)
    with pytest.warns(atdata.ScanWarning, match="claims 3"):
        assert ds.where(f"label == '{big[:5]}'").keys() == []
    found, _ = answers(load(folder))
    assert found == wanted()
