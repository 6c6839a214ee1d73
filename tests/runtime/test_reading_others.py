"""What others publish: the earlier writer's records and shards, long lists of shards, buckets; and what our own publishing makes."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.records.collections import ENTRY, LABEL, SCHEMA, new_tid
from atdata.atmosphere.records.dataset import shard_list_to_bytes
from atdata.atmosphere.records.published_dataset import PublishedDataset
from atdata.atmosphere.records.shards import PublishedShard, S3Place
from atdata.errors import RecordError, SourceError
from atdata.index.index import Index
from atdata.remote.s3_access import client
from published_data import (
    COUNT,
    CREATED,
    ForgedDesk,
    Large,
    Word,
    blob_cid,
    http_shards,
    large,
    local,
    publish,
)
from record_data import record
from remote_data import no_wait, same
from servers.forged_pds import ForgedPds
from servers.http import HttpServer
from servers.pds import AtmosphereOf, PdsServer
from servers.s3_server import S3Server


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


# The earlier writer.


def peer_shard() -> bytes:
    """A shard as the earlier release writes it: `.msgpack` members, arrays as `.npy` bytes."""
    import importlib

    msgpack: Any = importlib.import_module("msgpack")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number in range(3):
            array = io.BytesIO()
            np.save(array, np.full((2, 2), number, np.uint8))
            data = msgpack.packb({"image": array.getvalue(), "label": f"l{number}", "score": 0.5})
            member = tarfile.TarInfo(f"{number:06d}.msgpack")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def put_peer(forged: ForgedPds, body: str, storage: Mapping[str, Any]) -> None:
    """A dataset as the earlier writer publishes it: a bare reference, a label, one kind of body."""
    schema = f"{SCHEMA}/{new_tid()}"
    forged.put(schema, record(f"schema.{body}"))
    entry = record("entry.release")
    path = f"{ENTRY}/{new_tid()}"
    uri = forged.put(
        path, {**entry, "schemaRef": f"at://{forged.did}/{schema}", "storage": storage}
    )
    label = {
        "$type": LABEL,
        "name": "mnist",
        "datasetUri": uri,
        "version": "1.0.0",
        "createdAt": CREATED,
    }
    forged.put(f"{LABEL}/{new_tid()}", label)


def storages(forged: ForgedPds, server: HttpServer) -> dict[str, dict[str, Any]]:
    content = peer_shard()
    cid = blob_cid(content)
    forged.blobs[cid] = content
    url = server.put("mnist-000000.tar", content)
    blob = {
        "$type": "blob",
        "ref": {"$link": cid},
        "mimeType": "application/x-tar",
        "size": len(content),
    }
    digest = {"algorithm": "sha256", "digest": hashlib.sha256(content).hexdigest()}
    nothing = {"algorithm": "none", "digest": ""}
    kinds = "science.alt.dataset.storage"
    return {
        "blobs": {"$type": f"{kinds}Blobs", "blobs": [{"blob": blob, "checksum": digest}]},
        "bare blobs": {"$type": f"{kinds}Blobs", "blobs": [{"blob": blob}]},
        "web": {"$type": f"{kinds}Http", "shards": [{"url": url, "checksum": digest}]},
        "bare web": {"$type": f"{kinds}Http", "shards": [{"url": url, "checksum": nothing}]},
    }


@pytest.mark.parametrize("body", ["release", "published"])
@pytest.mark.parametrize("kind", ["blobs", "bare blobs", "web", "bare web"])
@pytest.mark.parametrize("streaming", [False, True], ids=["", "streaming"])
def test_the_earlier_writers_datasets_load(
    forged: ForgedPds, http_server: HttpServer, body: str, kind: str, streaming: bool
) -> None:
    put_peer(forged, body, storages(forged, http_server)[kind])
    ds: Any = atdata.load_dataset(
        "@alice.test/mnist@1.0.0", split="train", streaming=streaming, atmosphere=forged.reader()
    )
    assert [(one.label, one.score, one.image.sum()) for one in ds] == [
        (f"l{number}", 0.5, 4 * number) for number in range(3)
    ]
    (batch,) = ds.ordered(batch_size=4)
    assert batch.image.shape == (3, 2, 2)
    if not streaming:
        assert (len(ds), ds[2].label) == (3, "l2")
        assert sorted(one.label for one in ds.shuffled()) == ["l0", "l1", "l2"]
    found = forged.reader().dataset("@alice.test/mnist")
    assert found.level is Level.SIGNED
    assert not found.is_type_pinned
    assert found.unvouched == (1 if kind == "bare web" else 0)


def test_a_shard_of_others_that_was_exchanged(forged: ForgedPds, http_server: HttpServer) -> None:
    put_peer(forged, "published", storages(forged, http_server)["web"])
    http_server.put("mnist-000000.tar", peer_shard().replace(b"l1", b"l9"))
    ds: Any = atdata.load_dataset("@alice.test/mnist", atmosphere=forged.reader())
    for read in (ds.__iter__().__next__, partial(ds.__getitem__, 0), ds.keys):
        with pytest.raises(atdata.ShardError, match=rf"of at://{forged.did}/"):
            read()


def test_shards_of_other_webdataset_writers(forged: ForgedPds, here: Path) -> None:
    """Several files a sample: read with the fields of the type that the record names."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number in range(3):
            for ending, data in (("text", f"t{number}".encode()), ("cls", b"7")):
                member = tarfile.TarInfo(f"s{number}.{ending}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    schema = local(atdata.write_samples([Word("a")], here / "out" / "data.tar")).schema
    desk = ForgedDesk(forged)
    place = desk.blob(out.getvalue(), "application/x-tar")
    publish(
        desk,
        "grouped",
        schema,
        {"train": [PublishedShard(place, blob_digest_of(place), place.size, 3)]},
    )
    (path,) = [path for path in forged.records if ".entry/" in path]
    bare = {
        key: value for key, value in forged.records[path].items() if key not in ("atdata", "size")
    }
    forged.put(path, bare)
    ds: Any = atdata.load_dataset(
        "@alice.test/grouped", Word, split="train", atmosphere=forged.reader()
    )
    assert [one.text for one in ds] == ["t0", "t1", "t2"]
    assert ds[2].text == "t2"
    assert sorted(one.text for one in ds.shuffled()) == ["t0", "t1", "t2"]
    forged.blobs[place.cid] = out.getvalue().replace(b"t1", b"x1")
    (kept,) = (here / "cache" / "blobs").glob("*.tar")
    kept.unlink()
    with pytest.raises(atdata.ShardError, match=rf"of at://{forged.did}/"):
        list(atdata.load_dataset("@alice.test/grouped", Word, atmosphere=forged.reader()))


def blob_digest_of(place: Any) -> str:
    from atdata.shards.sources.hosted_blob import blob_digest

    return blob_digest(place.cid)


# Long lists.


def long_list(forged: ForgedPds, data: Any, address: str) -> str:
    """Publish a dataset whose shards are listed in a blob; the CID of the blob."""
    desk = ForgedDesk(forged)
    shards = http_shards(data, address)
    publish(desk, "cells", data.schema, {"train": shards})
    (path,) = [path for path in forged.records if ".entry/" in path]
    entry = forged.records[path]
    dataset = PublishedDataset("cells", entry["schemaRef"], {"train": shards}, CREATED)
    blob = desk.blob(shard_list_to_bytes(dataset, local=True), "application/json")
    details: dict[str, Any] = {**entry["atdata"], "splits": [{"name": "train", "shards": []}]}
    storage = {
        "$type": "dev.atdata.storageIndex",
        "shards": len(shards),
        "list": {
            "$type": "blob",
            "ref": {"$link": blob.cid},
            "mimeType": blob.mime_type,
            "size": blob.size,
        },
    }
    forged.put(path, {**entry, "atdata": details, "storage": storage})
    return blob.cid


def test_shards_that_are_listed_in_a_blob(
    forged: ForgedPds, http_server: HttpServer, here: Path
) -> None:
    written = large(here / "out", maxcount=10)
    data = local(written)
    cid = long_list(forged, data, http_server.put_folder(data.folder, "d/"))
    ds = atdata.load_dataset("@alice.test/cells", Large, atmosphere=forged.reader())
    same(ds, written)
    before = forged.count("com.atproto.sync.getBlob")
    again = atdata.load_dataset("@alice.test/cells", Large, atmosphere=forged.reader())
    assert forged.count("com.atproto.sync.getBlob") == before, "a list never changes"
    assert len(again) == COUNT
    offline = atdata.load_dataset(
        "@alice.test/cells", Large, offline=True, atmosphere=forged.reader()
    )
    assert len(offline) == COUNT
    (kept,) = (here / "cache" / "records" / "lists").iterdir()
    kept.write_bytes(b"damaged")
    assert len(atdata.load_dataset("@alice.test/cells", Large, atmosphere=forged.reader())) == COUNT
    kept.unlink()
    forged.blobs[cid] = forged.blobs[cid].replace(b"data-000001", b"data-000002")
    with pytest.raises(RecordError, match=rf"^at://{forged.did}/.*its CID {cid}"):
        atdata.load_dataset("@alice.test/cells", Large, atmosphere=forged.reader())
    forged.blobs[cid] = bytes(1 << 20)
    with pytest.raises((RecordError, SourceError), match=rf"at://{forged.did}/"):
        atdata.load_dataset("@alice.test/cells", Large, atmosphere=forged.reader())


# Buckets.


@pytest.mark.xdist_group("s3_moto")
def test_a_bucket_by_an_access_for_its_service(
    forged: ForgedPds, s3_moto: S3Server, here: Path
) -> None:
    written = large(here / "out")
    data = local(written)
    access = s3_moto.access
    s3: Any = client(access)
    s3.create_bucket(Bucket="published")
    for name in ("data.tar", "data.tar.idx"):
        s3.upload_file(str(data.folder / name), "published", f"cells/{name}")
    (shard,) = http_shards(data, "https://x/")
    place = S3Place("published", "cells/data.tar", access.endpoint_url)
    publish(ForgedDesk(forged), "cells", data.schema, {"train": [replace(shard, place=place)]})
    ds = atdata.load_dataset("@alice.test/cells", Large, access=access, atmosphere=forged.reader())
    same(ds, written)


# Our own publishing.


def test_what_one_organisation_publishes_another_reads(
    pds: PdsServer, second_pds: PdsServer, atmosphere_of: AtmosphereOf, here: Path
) -> None:
    alice = second_pds.account("alice")
    index = Index(atmosphere=atmosphere_of(alice))
    samples = (Large(pixels=np.full((300, 400), n, np.uint8), number=n) for n in range(COUNT))
    index.write(samples, name="cells", license="CC-BY-4.0", description="Cells")
    uri = index.promote_entry("cells", yes=True)
    reader = Atmosphere(settings=pds.settings())
    ds: Any = atdata.load_dataset(f"@{alice.handle}/cells", Large, split="train", atmosphere=reader)
    local_one = atdata.load_dataset("@local/cells", Large, split="train")
    same(ds, local_one)
    found = reader.dataset(f"@{alice.handle}/cells")
    assert (found.entry.uri, found.level, found.dataset.license) == (uri, Level.SIGNED, "CC-BY-4.0")
    assert found.unvouched == 0
    assert found.is_type_pinned
