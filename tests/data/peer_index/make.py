"""Writes the index beside this file, with forecast-bio/atdata 0.7.0b1 (Python 3.12 or later, an environment of its own):

    python tests/data/peer_index/make.py FOLDER

Paths in the index begin with FOLDER; the tests put the place of their copy there. What a user of that release
can do is done by its own calls; what older releases left behind is put into the tables as they left it.
"""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

import msgpack
import numpy as np
from numpy.typing import NDArray

import atdata
from atdata.index import Index
from atdata.stores import LocalDiskStore


@atdata.packable
class Digit:
    """A digit, drawn small."""

    image: NDArray
    label: int
    score: float
    seen: bool


@atdata.packable
class Note:
    """A text with what was said about it."""

    text: str
    words: list[str]
    score: float | None = None
    raw: bytes | None = None


def digits(count: int, start: int = 0) -> list[Digit]:
    return [
        Digit(image=np.full((4, 4), n % 10, np.uint8), label=n % 10, score=n / 8, seen=n % 2 == 0)
        for n in range(start, start + count)
    ]


def notes(count: int) -> list[Note]:
    return [
        Note(text=f"note {n}", words=["a", str(n)], score=n / 4 if n % 2 else None) for n in range(count)
    ]


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    store = LocalDiskStore(root=folder / "data")
    index = Index("sqlite", path=folder / "index.db", data_store=store, atmosphere=None)
    index.write_samples(digits(5), name="digits", metadata={"source": "drawn", "size": 4})
    entry = index.write_samples(digits(6, 5), name="digits")  # the same name again: two entries
    index.label("digits", entry.cid, version="2.0.0", description="more of them")
    beside = folder / "beside"
    beside.mkdir()
    ds = atdata.write_samples(notes(7), beside / "notes.tar", maxcount=3, manifest=True)
    index.insert_dataset(ds, name="notes", tags=["text"], description="Some notes")
    index.write_samples(digits(3), name="named like this/odd name")
    index.provider.close()
    later(folder)


def later(folder: Path) -> None:
    """What else is found in indexes: older references, data that is gone, data elsewhere, types that are not stored."""
    database = sqlite3.connect(folder / "index.db")
    own = f"{folder}/beside/notes-000000.tar"

    def add(name: str, schema: str, urls: list[str], metadata: dict | None = None) -> None:
        row = (f"bafy{name}", name, schema, msgpack.packb(urls), metadata and msgpack.packb(metadata))
        database.execute(
            "INSERT INTO dataset_entries (cid, name, schema_ref, data_urls, metadata) VALUES (?, ?, ?, ?, ?)", row
        )

    add("legacy", "local://schemas/some.module.Note@1.0.0", [own])
    add("gone", "atdata://local/schema/Note@1.0.0", [f"{folder}/beside/gone.tar"])
    add("elsewhere", "atdata://local/schema/Note@1.0.0", ["s3://bucket.example/notes-000000.tar"])
    add("untyped", "atdata://local/schema/Missing@1.0.0", [own])
    add("wrong-digest", "atdata://local/schema/Note@1.0.0", [own], {"checksums": {own: "0" * 64}})
    add("table", "atdata://local/schema/Table@1.0.0", [own])
    fields = [{"name": "rows", "fieldType": {"$type": "local#dataframe"}, "optional": False}]
    schema = {"name": "Table", "version": "1.0.0", "fields": fields, "description": None, "createdAt": "2026-01-01T00:00:00+00:00"}
    database.execute(
        "INSERT INTO schemas (name, version, schema_json) VALUES (?, ?, ?)", ("Table", "1.0.0", json.dumps(schema))
    )
    database.commit()
    database.execute("PRAGMA journal_mode=DELETE")
    database.execute("VACUUM")
    database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
