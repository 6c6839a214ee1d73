"""What waits in a SQLite file to be indexed is found like everything else, and is never forgotten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from atdata.errors import EntryExists
from atdata.index.providers.provider import Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.index.providers.sqlite_waiting import MANY
from atdata.testing.catalogue import a_digest, a_lease, a_schema, an_entry

SCHEMA = a_schema()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def found(provider: SqliteProvider, text: str = "", *tags: str) -> list[str]:
    return [entry.name for entry in provider.search(Search(text, tags=tags))]


def waiting(path: Path) -> int:
    """How many latest entries wait; each of the others is in all of the tables where it belongs."""
    with sqlite3.connect(path) as db:
        (indexed,) = db.execute("SELECT indexed FROM changes").fetchone()
        shown = {entry for (entry,) in db.execute("SELECT entry FROM latest")}
        worded = {entry for (entry,) in db.execute("SELECT rowid FROM latest_words")}
        tagged = {entry for (entry,) in db.execute("SELECT entry FROM latest_tags")}
        digests = {entry for (entry,) in db.execute("SELECT entry FROM digests")}
        entries = db.execute("SELECT number, name, sort FROM entries ORDER BY sort").fetchall()
    latest = {name: number for number, name, _ in entries}
    numbers = {number for number, *_ in entries}
    assert indexed <= max(numbers, default=0)
    assert shown == worded == {number for number in latest.values() if number <= indexed}
    assert tagged <= worded
    assert digests <= {number for number in numbers if number <= indexed}
    return len(set(latest.values()) - shown)


def condemned(provider: SqliteProvider, *digests: str) -> list[str]:
    """Which of some digests no entry has."""
    lease = a_lease("collect")
    provider.lease(lease)
    found = provider.condemn(lease.token, digests)
    provider.release(lease.token)
    return found


def test_each_is_found_before_and_after_it_is_indexed(path: Path) -> None:
    provider = SqliteProvider(path)
    for number in range(2 * MANY + 2):
        entry = an_entry(f"n{number:03}", description=f"the word{number}x", tags=(f"t{number}",))
        provider.add_entry(entry, SCHEMA)
        assert waiting(path) == (number + 1) % MANY
        assert found(provider, f"word{number}x") == found(provider, "", f"t{number}")
    for number in range(2 * MANY + 2):
        assert found(provider, f"word{number}x the", f"t{number}") == [f"n{number:03}"]
    assert len(found(provider, "word")) == len(found(provider, "n")) == 2 * MANY + 2


def test_the_best_places_come_first_among_those_that_wait_too(path: Path) -> None:
    provider = SqliteProvider(path)
    provider.add_entries(
        (an_entry(f"filling-{number}", description="of a brain"), SCHEMA) for number in range(MANY)
    )
    assert waiting(path) == 0
    provider.add_entry(an_entry("scans", description="a brain"), SCHEMA)
    provider.add_entry(an_entry("pictures", tags=("brain", "head")), SCHEMA)
    provider.add_entry(an_entry("brains"), SCHEMA)
    assert found(provider, "brain")[:2] == ["brains", "pictures"]
    assert len(found(provider, "brain")) == MANY + 3
    assert found(provider, "", "head", "brain") == ["pictures"]
    assert found(provider, "brain", "brain", "none") == found(provider, "rain") == []
    # The beginning of a word, which is no operator of a pattern.
    assert found(provider, "br") == found(provider, "brain")
    assert found(provider, "br%") == found(provider, "br")
    assert found(provider, "b_ain") == []


def test_a_dataset_that_changes_is_found_by_what_it_says_now(path: Path) -> None:
    provider = SqliteProvider(path)
    for number in range(MANY):
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
    provider.delete("n63", "1.0.1")
    assert found(provider, "between") == []
    # The one of before is indexed at once, for all behind it are.
    assert "n63" in found(provider, "old")
    assert "n63" in found(provider, "", "old")
    assert waiting(path) == 0


def test_numbers_that_are_free_again_are_those_of_others(path: Path) -> None:
    provider = SqliteProvider(path)
    for number in range(MANY):
        provider.add_entry(an_entry(f"n{number:03}"), SCHEMA)
    for number in range(MANY - 4, MANY):
        provider.delete(f"n{number:03}")
    assert waiting(path) == 0
    for number in range(MANY + 70, MANY + 74):
        provider.add_entry(an_entry(f"n{number}", description=f"w{number}"), SCHEMA)
        assert found(provider, f"w{number}") == [f"n{number}"]
    assert waiting(path) == 4
    for entry in [*provider.entries()]:
        provider.delete(entry.name)
    provider.add_entry(an_entry("last"), SCHEMA)
    assert found(provider, "last") == ["last"]
    assert waiting(path) == 1


def test_the_digests_of_what_waits_are_those_of_an_entry(path: Path) -> None:
    provider = SqliteProvider(path)
    one, two, three, other = (a_digest(name) for name in ("one", "two", "three", "other"))
    provider.add_entry(an_entry("notes", digests=[one]), SCHEMA)
    listed = [*provider.entries()]
    assert waiting(path) == 1
    assert condemned(provider, one, other) == [other]
    # Who asks for digests has all put where they are looked for.
    assert waiting(path) == 0
    assert [*provider.entries()] == listed
    provider.add_entry(an_entry("notes", "1.1.0", digests=[two]), SCHEMA)
    provider.add_entry(an_entry("notes", "1.2.0", digests=[three]), SCHEMA)
    provider.add_entry(an_entry("notes", "1.0.1", digests=[other]), SCHEMA)
    assert waiting(path) == 1
    assert condemned(provider, one, two, three, other) == []
    provider.add_entry(an_entry("notes", "1.3.0", digests=[two]), SCHEMA)
    assert [entry.version for entry in provider.delete("notes", "1.1.0")] == ["1.1.0"]
    assert condemned(provider, two) == []
    provider.delete("notes", "1.3.0")
    assert waiting(path) == 0  # that of 1.2.0 again, which had been asked for
    assert condemned(provider, one, two, three, other) == [two]
    provider.delete("notes")
    assert sorted(condemned(provider, one, two, three, other)) == sorted([one, two, three, other])


def test_a_listing_is_a_new_one_after_what_waited_is_indexed(path: Path) -> None:
    provider, others = SqliteProvider(path), SqliteProvider(path)
    provider.add_entry(an_entry("a"), SCHEMA)
    assert [entry.name for entry in provider.entries()] == ["a"]
    others.add_entry(an_entry("b"), SCHEMA)
    assert [entry.name for entry in provider.entries()] == ["a", "b"]
    condemned(others, a_digest("none"))
    others.add_entry(an_entry("c"), SCHEMA)
    others.delete("b")
    assert [entry.name for entry in provider.entries()] == ["a", "c"]


def test_what_waits_is_listed_page_by_page_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atdata.index.providers.sqlite_listing._MOST", 100)
    monkeypatch.setattr("atdata.index.providers.sqlite_listing._ROWS", 7)
    provider = SqliteProvider(path)
    names = [f"n{number:03}" for number in range(MANY + 6)]
    for name in names:
        provider.add_entry(an_entry(name), SCHEMA)
        provider.add_entry(an_entry(name, "1.1.0"), SCHEMA)
    assert 0 < waiting(path) < MANY
    assert [(entry.name, entry.version) for entry in provider.entries()] == [
        (name, "1.1.0") for name in names
    ]
    assert [entry.name for entry in provider.entries(latest=False)] == sorted(names * 2)


def test_what_others_added_is_found_without_being_remembered(path: Path) -> None:
    provider, others = SqliteProvider(path), SqliteProvider(path)
    for number in range(MANY - 1):
        entry = an_entry(f"n{number}", description=f"w{number}x", tags=(f"t{number}",))
        (provider, others)[number % 2].add_entry(entry, SCHEMA)
    for number in range(MANY - 1):
        assert found(provider, f"w{number}x", f"t{number}") == [f"n{number}"]
    others.add_entry(an_entry("more", digests=[a_digest("more")]), SCHEMA)
    assert waiting(path) == 0
    for number in range(MANY - 1):
        assert found(provider, f"w{number}x", f"t{number}") == [f"n{number}"]


def test_an_addition_that_fails_is_not_found(path: Path) -> None:
    provider = SqliteProvider(path)
    provider.add_entry(an_entry("a", description="first"), SCHEMA)
    with pytest.raises(EntryExists):
        provider.add_entries(
            [(an_entry("b", description="second"), SCHEMA), (an_entry("a"), SCHEMA)]
        )
    assert found(provider, "second") == []
    assert found(provider, "first") == ["a"]
    provider.add_entry(an_entry("c", description="third"), SCHEMA)
    assert found(provider, "second") == []
    assert found(provider, "third") == ["c"]
