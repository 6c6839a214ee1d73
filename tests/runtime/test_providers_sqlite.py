"""What is special to an Index in a SQLite file."""

from __future__ import annotations

from pathlib import Path

from atdata.index.entry import Entry, SchemaKey
from atdata.index.providers.opening import open_provider
from atdata.index.providers.provider import Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.index.stored_schema import StoredSchema

KEY = SchemaKey("org.example.note", "1.0.0", "bafyreinote")
SCHEMA = StoredSchema(KEY, {"id": KEY.id, "cid": KEY.cid, "documents": {}}, "2026-01-31T12:00:00Z")


def entry(name: str, version: str = "1.0.0") -> Entry:
    return Entry(name, version, KEY, {}, "2026-01-31T12:00:00.000000Z")


def test_what_was_added_is_there_in_another_object(tmp_path: Path) -> None:
    SqliteProvider(tmp_path / "index.db").add_entry(entry("notes"), SCHEMA)
    again = open_provider(f"sqlite:///{tmp_path}/index.db")
    assert again.entry("notes") == entry("notes")
    assert list(again.entries()) == again.search(Search("note")) == [entry("notes")]
    assert again.delete("notes") == [entry("notes")]
    assert again.search(Search("note")) == []
