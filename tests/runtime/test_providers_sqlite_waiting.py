"""What waits in a SQLite file to be indexed is found like everything else, and is never forgotten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from atdata.index.providers.provider import Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.catalogue import a_schema, an_entry

SCHEMA = a_schema()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def found(provider: SqliteProvider, text: str = "", *tags: str) -> list[str]:
    return [entry.name for entry in provider.search(Search(text, tags=tags))]


def waiting(path: Path) -> int:
    with sqlite3.connect(path) as db:
        datasets = {number for (number,) in db.execute("SELECT number FROM datasets")}
        waits = [number for (number,) in db.execute("SELECT dataset FROM waiting")]
        indexed = [number for (number,) in db.execute("SELECT rowid FROM indexed_words")]
    assert sorted(waits + indexed) == sorted(datasets)
    return len(waits)


def test_each_is_found_before_and_after_it_is_indexed(path: Path) -> None:
    provider = SqliteProvider(path)
    for number in range(130):
        entry = an_entry(f"n{number:03}", description=f"the word{number}x", tags=(f"t{number}",))
        provider.add_entry(entry, SCHEMA)
        assert waiting(path) == (number + 1) % 64
        assert found(provider, f"word{number}x") == found(provider, "", f"t{number}")
    for number in range(130):
        assert found(provider, f"word{number}x the", f"t{number}") == [f"n{number:03}"]
    assert len(found(provider, "word")) == len(found(provider, "n")) == 130


def test_the_best_places_come_first_among_those_that_wait_too(path: Path) -> None:
    provider = SqliteProvider(path)
    provider.add_entries(
        (an_entry(f"filling-{number}", description="of a brain"), SCHEMA) for number in range(64)
    )
    assert waiting(path) == 0
    provider.add_entry(an_entry("scans", description="a brain"), SCHEMA)
    provider.add_entry(an_entry("pictures", tags=("brain", "head")), SCHEMA)
    provider.add_entry(an_entry("brains"), SCHEMA)
    assert found(provider, "brain")[:2] == ["brains", "pictures"]
    assert len(found(provider, "brain")) == 67
    assert found(provider, "", "head", "brain") == ["pictures"]
    assert found(provider, "brain", "brain", "none") == found(provider, "rain") == []
    # The beginning of a word, which is no operator of a pattern.
    assert found(provider, "br") == found(provider, "brain")
    assert found(provider, "br%") == found(provider, "br")
    assert found(provider, "b_ain") == []


def test_a_dataset_that_changes_is_found_by_what_it_says_now(path: Path) -> None:
    provider = SqliteProvider(path)
    for number in range(64):
        provider.add_entry(an_entry(f"n{number:02}", description="old", tags=("old",)), SCHEMA)
    newer = an_entry("n63", "1.1.0", description="new", tags=("new",))
    provider.add_entry(newer, SCHEMA)
    assert waiting(path) == 1
    assert found(provider, "new") == found(provider, "", "new") == ["n63"]
    assert "n63" not in found(provider, "old") + found(provider, "", "old")
    provider.add_entry(an_entry("n63", "1.0.1", description="between"), SCHEMA)
    assert found(provider, "between") == []
    provider.delete("n63", "1.1.0")
    assert found(provider, "new") == found(provider, "", "new") == []
    assert found(provider, "between") == ["n63"]
    assert waiting(path) == 1


def test_numbers_that_are_free_again_are_those_of_others(path: Path) -> None:
    provider = SqliteProvider(path)
    for number in range(64):
        provider.add_entry(an_entry(f"n{number:02}"), SCHEMA)
    for number in range(60, 64):
        provider.delete(f"n{number}")
    for number in range(70, 74):
        provider.add_entry(an_entry(f"n{number}", description=f"w{number}"), SCHEMA)
        assert found(provider, f"w{number}") == [f"n{number}"]
    assert waiting(path) == 4
    for entry in [*provider.entries()]:
        provider.delete(entry.name)
    provider.add_entry(an_entry("last"), SCHEMA)
    assert found(provider, "last") == ["last"]
    assert waiting(path) == 1
