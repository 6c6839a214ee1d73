"""What is noted of publications on this machine."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from atdata.atmosphere.publishing.cutting import Piece
from atdata.atmosphere.publishing.journal import Journal, Noted, Part
from atdata.errors import PublishError

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"


@pytest.fixture
def notes(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "deep" / "publishing.db")


def test_nothing_is_known_at_first(notes: Journal) -> None:
    assert notes.blobs(DID) == {}
    assert notes.parts("a", 1) is None
    assert notes.limit("https://pds.example.org") is None
    assert notes.begun(DID, "a") is None


def test_what_is_noted_is_found_again(notes: Journal) -> None:
    part = Part.of(Piece(0, 1024, 0, 3, ended=False), "aa", "bb", 500)
    notes.note_blob(DID, "aa", "application/x-tar")
    notes.note_parts("shard", 5000, [part])
    notes.note_limit("https://pds.example.org", 5000)
    again = Journal(notes.path)
    assert again.blobs(DID) == {"aa": "application/x-tar"}
    assert again.blobs("did:plc:other") == {}
    assert again.parts("shard", 5000) == [part]
    assert again.parts("shard", 4999) is None
    assert again.limit("https://pds.example.org") == 5000
    assert (part.bytes, part.samples) == (2048, 3)


def test_the_keys_of_a_publication_are_those_of_its_beginning(notes: Journal) -> None:
    first = Noted("3aaa", "3bbb", "2026-01-02T03:04:05.000Z")
    assert notes.begin(DID, "digest", first) == first
    assert notes.begin(DID, "digest", Noted("3ccc", "3ddd", "later")) == first
    assert notes.begun(DID, "digest") == first
    notes.forget(DID, "3aaa")
    assert notes.begun(DID, "digest") is None


def test_with_a_lost_blob_all_that_was_sent_before_is_doubted(notes: Journal) -> None:
    for name in ("one", "two", "three"):
        notes.note_blob(DID, name, "application/x-tar")
    with sqlite3.connect(notes.path) as db:
        for sent, name in enumerate(("one", "two", "three")):
            db.execute("UPDATE blobs SET sent = ? WHERE sha256 = ?", (sent, name))
    notes.forget_blobs(DID, ["two"])
    assert set(notes.blobs(DID)) == {"three"}
    notes.forget_all_blobs(DID)
    assert notes.blobs(DID) == {}


def test_threads_share_it(notes: Journal) -> None:
    def note(number: int) -> None:
        for item in range(20):
            notes.note_blob(DID, f"{number}-{item}", "application/x-tar")

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(notes.blobs(DID)) == 80


def test_a_newer_journal_is_left_alone(notes: Journal) -> None:
    notes.note_limit("https://pds.example.org", 5)
    with sqlite3.connect(notes.path) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(PublishError, match="a newer version of atdata"):
        notes.blobs(DID)


def test_what_is_no_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "publishing.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(
        PublishError, match=r"publishing.db: publications are noted there.*ATDATA_HOME"
    ):
        Journal(tmp_path / "publishing.db").blobs(DID)
