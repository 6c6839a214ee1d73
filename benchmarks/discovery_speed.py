"""How fast the catalogue of others' datasets is filled, searched, and brought up to date.

    python benchmarks/discovery_speed.py [entries] [accounts] [types]

Entries are made as they are published: names of a few words, tags, licences, types of a few fields in several versions, some derived from
others. Each figure of a search is the median and the worst of fifteen; the machine's other work shows in them.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from atdata.atmosphere import Atmosphere, Settings
from atdata.atmosphere.discovery.catalogue import Catalogue
from atdata.atmosphere.discovery.filing import Filed, file_record, note_repository
from atdata.atmosphere.discovery.record_rows import row_of
from atdata.atmosphere.discovery.searches import derived_from, search, who_uses
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import ENTRY, SCHEMA, record_cid
from atdata.atmosphere.records.schema import PublishedSchema, schema_to_record
from atdata_schema.schema import TYPES, Schema

NOUNS = [
    "brain",
    "heart",
    "lung",
    "street",
    "cell",
    "leaf",
    "galaxy",
    "protein",
    "voice",
    "bird",
    "river",
    "whale",
    "city",
    "market",
    "crystal",
]
KINDS = [
    "scans",
    "images",
    "recordings",
    "spectra",
    "tiles",
    "sequences",
    "tracks",
    "volumes",
    "frames",
    "transcripts",
]
PLACES = [
    "oslo",
    "kyoto",
    "quito",
    "nairobi",
    "basel",
    "perth",
    "lima",
    "delft",
    "hanoi",
    "accra",
    "turin",
    "bergen",
]
TAGS = [
    *NOUNS,
    *[
        "mri",
        "ct",
        "audio",
        "rgb",
        "infrared",
        "labelled",
        "raw",
        "clean",
        "benchmark",
        "medical",
        "3d",
        "time-series",
    ],
]
LICENSES = ["CC-BY-4.0", "CC0-1.0", "CC-BY-NC-4.0", "MIT", "ODbL-1.0", "Apache-2.0"]
FIELDS = [
    "image",
    "mask",
    "wave",
    "volume",
    "embedding",
    "depth",
    "label",
    "score",
    "caption",
    "site",
]
DTYPES = ["uint8", "uint16", "int16", "float32", "float64", "bool"]
SHAPES = [["H", "W", 3], ["H", "W"], ["D", "H", "W"], ["T"], [768], [224, 224, 3], ["N", 4]]
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def main(entries: int = 100_000, accounts: int = 2000, types: int = 5000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder) / "catalogue.db")
        schemas = fill(catalogue, entries, accounts, types)
        size = catalogue.path.stat().st_size
        print(f"catalogue of {entries:,} entries      {size / 1e6:8.1f} MB")
        measure(catalogue, schemas)


def fill(catalogue: Catalogue, entries: int, accounts: int, types: int) -> list[Schema]:
    rng = random.Random(1)
    dids = [f"did:plc:{text(rng, 24)}" for _ in range(accounts)]
    schemas = [a_type(rng, number) for number in range(types)]
    records = {
        number: schema_to_record(PublishedSchema(s.id, "1.0.0", s, "2026-01-01T00:00:00Z"))
        for number, s in enumerate(schemas)
    }
    start = time.perf_counter()
    owners = [rng.choice(dids) for _ in schemas]

    def types_filed(db: Any) -> None:
        for did in dids:
            note_repository(db, did, f"{did[8:20]}.example.org", tid(1))
        for number, record in records.items():
            file(db, owners[number], SCHEMA, f"{schemas[number].id}:1.0.0", record)

    catalogue.change(types_filed)
    print(
        f"filing a type                      {(time.perf_counter() - start) / types * 1e3:8.2f} ms"
    )
    start = time.perf_counter()
    made = list[str]()
    for batch in batches(entries, 1000):

        def entries_filed(db: Any, batch: range = batch) -> None:
            for number in batch:
                # A few types are everybody's, most are one laboratory's.
                which = min(int(rng.paretovariate(0.6)) - 1, types - 1)
                uri = f"at://{owners[which]}/{SCHEMA}/{schemas[which].id}:1.0.0"
                record = an_entry(rng, number, uri, record_cid(records[which]), made)
                did = rng.choice(dids)
                file(db, did, ENTRY, tid(number), record)
                made.append(f"at://{did}/{ENTRY}/{tid(number)}")

        catalogue.change(entries_filed)
    print(
        f"filing an entry                    {(time.perf_counter() - start) / entries * 1e3:8.2f} ms"
    )
    return schemas


def batches(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def file(db: Any, did: str, collection: str, rkey: str, record: dict[str, Any]) -> None:
    place = Filed(
        did, collection, rkey, record_cid(record), tid(1), "list example.org", Level.UNVERIFIED
    )
    file_record(db, place, row_of(collection, record, place.uri))


def a_type(rng: random.Random, number: int) -> Schema:
    names = rng.sample(FIELDS, rng.randint(2, 6))
    properties = {name: a_field(rng) for name in names}
    nsid = f"org.{rng.choice(PLACES)}.{rng.choice(NOUNS)}{number}"
    main = {"type": "object", "required": names[:2], "properties": properties}
    document = {"lexicon": 1, "id": nsid, "defs": {"main": main}}
    return Schema(nsid, {nsid: document, "dev.atdata.types": TYPES.document})


def a_field(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.3:
        return {"type": rng.choice(["string", "integer", "boolean"])}
    layout = {"dtype": rng.choice(DTYPES), "shape": rng.choice(SHAPES)}
    return {"type": "ref", "ref": "dev.atdata.types#ndarray", "x-atdata": layout}


def an_entry(
    rng: random.Random, number: int, uri: str, cid: str, made: list[str]
) -> dict[str, Any]:
    noun, kind, place = rng.choice(NOUNS), rng.choice(KINDS), rng.choice(PLACES)
    words = " ".join(rng.choice(NOUNS + KINDS + PLACES) for _ in range(30))
    details: dict[str, Any] = {
        "version": f"1.{rng.randint(0, 9)}.0",
        "schema": {"uri": uri, "cid": cid},
        "splits": [
            {"name": "train", "shards": [{"samples": rng.randint(1, 10**6), "bytes": 10**7}]}
        ],
    }
    if made and rng.random() < 0.2:
        details["derivedFrom"] = [{"uri": rng.choice(made), "cid": cid}]
    shard = {
        "url": f"https://data.example.org/{number}.tar",
        "checksum": {"algorithm": "sha256", "digest": "ab" * 32},
    }
    return {
        "$type": ENTRY,
        "name": f"{noun}-{kind}-{place}-{number}",
        "schemaRef": uri,
        "storage": {"$type": "science.alt.dataset.storageHttp", "shards": [shard]},
        "createdAt": f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}T{rng.randint(0, 23):02d}:00:00Z",
        "description": f"{kind.capitalize()} of a {noun}, made in {place}. {words}",
        "tags": rng.sample(TAGS, rng.randint(0, 5)),
        "license": rng.choice(LICENSES),
        "atdata": details,
    }


def measure(catalogue: Catalogue, schemas: list[Schema]) -> None:
    atmosphere = Atmosphere(settings=Settings(relays=()))

    def ask(**more: Any) -> Callable[[], list[Any]]:
        return lambda: search(atmosphere, catalogue=catalogue, **more)

    common, rare = schemas[0], schemas[-1]
    most = "SELECT source FROM sources GROUP BY source ORDER BY count(*) DESC LIMIT 1"
    (entry,) = catalogue.ask(lambda db: db.execute(most).fetchone())
    asked: dict[str, Callable[[], list[Any]]] = {
        "the newest": ask(),
        "a word of many": ask(text="brain"),
        "two words": ask(text="whale oslo"),
        "the beginning of a word": ask(text="b"),
        "a word of none": ask(text="wibble"),
        "one name": ask(text="77777"),
        "words everywhere, 200": ask(text="river tiles", limit=200),
        "a tag": ask(tags=["mri"]),
        "three tags": ask(tags=["mri", "raw", "brain"]),
        "a licence and a word": ask(text="galaxy", license="CC*"),
        "a field": ask(has_field="image"),
        "a field of a shape": ask(has_field="image: uint8[H, W, 3]"),
        "any field of a shape": ask(has_field="*: float32[*]"),
        "any field, last size": ask(has_field="*: uint8[..., 3]"),
        "a field and a word": ask(text="protein", has_field="image: uint8[H, W, 3]"),
        "a field and a word of none": ask(text="wibble", has_field="image"),
        "a common type": ask(schema=common),
        "a rare type": ask(schema=rare),
        "a type by name": ask(schema=common.id),
        "a type and a word": ask(text="brain", schema=common),
        "every version, 1000": ask(versions=True, limit=1000),
        "who uses": lambda: who_uses(atmosphere, common, catalogue=catalogue),
        "derived from": lambda: derived_from(atmosphere, entry, catalogue=catalogue),
    }
    worst = 0.0
    for name, call in asked.items():
        start = time.perf_counter()
        found = call()
        first = (time.perf_counter() - start) * 1e3
        times = [timed(call) for _ in range(15)]
        worst = max(worst, statistics.median(times))
        print(
            f"{name:<28} {len(found):5} found {statistics.median(times):8.1f} ms, at worst {max(times):.1f} ms, "
            f"the first time {first:.1f} ms"
        )
    print(f"the slowest of these                {worst:8.1f} ms")


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def tid(number: int) -> str:
    return "3mfyaa" + "".join(LETTERS[number >> shift & 31] for shift in range(30, -1, -5))


def text(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(length))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
