"""Shards that are there for everybody already, or are put where they are: looked at without credentials, and then named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.publishing.public_checks import Asked, check_public
from atdata.errors import CatalogError, PublishError, StoreError
from atdata.index.index import Index
from atdata.stores.s3 import S3DataStore
from publishing_data import (
    ENTRY,
    blob_of,
    commits,
    digits,
    index_of,
    listed,
    public_store,
    record_at,
)
from servers.faulty_proxy import FaultyProxy, faulty_proxy, xrpc_method
from servers.http import HttpServer, cut, gone, redirect, status
from servers.pds import Account, AtmosphereOf, PdsServer
from servers.s3_server import S3Server


@pytest.fixture
def alice(pds: PdsServer) -> Account:
    return pds.account("alice")


@pytest.fixture
def session(alice: Account, atmosphere_of: AtmosphereOf) -> Atmosphere:
    return atmosphere_of(alice)


@pytest.fixture
def index(session: Atmosphere, tmp_path: Path) -> Index:
    return index_of(tmp_path / "index", session)


@pytest.fixture
def proxied(
    pds: PdsServer, alice: Account, user_folders: Path
) -> Iterator[tuple[FaultyProxy, Atmosphere]]:
    """A proxy in front of the account's server, and a session through it."""
    with faulty_proxy(pds.url, xrpc_method) as proxy:
        session = Atmosphere.login(
            alice.handle,
            alice.password,
            service=proxy.endpoint,
            settings=pds.settings(),
            keep=False,
        )
        proxy.heal()
        yield proxy, session


def served(server: HttpServer, folder: Path, name: str, count: int = 20, maxcount: int = 10) -> str:
    """Digits on a web server; the address of what describes them."""
    atdata.write_samples(digits(count), folder / name / "data.tar", maxcount=maxcount)
    return server.put_folder(folder / name, f"{name}/") + "data.dataset.json"


# On the web.


def test_shards_on_https_stay_where_they_are(
    pds: PdsServer, alice: Account, index: Index, https_server: HttpServer, tmp_path: Path
) -> None:
    address = served(https_server, tmp_path, "digits")
    entry = index.add(address, name="digits")
    https_server.forget()
    plan = index.promote_entry("digits", dry_run=True)
    assert plan.uploads == ()
    assert list(plan.addresses) == [shard.url for shard in entry.splits["train"]]
    record = record_at(pds, index.promote_entry("digits"))
    assert record["storage"] == {
        "$type": "science.alt.dataset.storageHttp",
        "shards": [
            {"url": shard.url, "checksum": {"algorithm": "sha256", "digest": shard.sha256}}
            for shard in entry.splits["train"]
        ],
    }
    assert [said["index"]["digest"] for said in record["atdata"]["splits"][0]["shards"]] == [
        shard.index for shard in entry.splits["train"]
    ]
    assert not any("Authorization" in one.headers for one in https_server.asked)
    assert pds.get("com.atproto.sync.listBlobs", did=alice.did)["cids"] == []


def test_a_thousand_shards_in_place(
    proxied: tuple[FaultyProxy, Atmosphere], https_server: HttpServer, tmp_path: Path
) -> None:
    """One commit; a request for each shard, one for its index, one for a block of eight, and few for all the rest."""
    proxy, session = proxied
    index = index_of(tmp_path / "index", session)
    address = served(https_server, tmp_path, "digits", 1000, 1)
    entry = index.add(address, name="digits")
    assert len(entry.splits["train"]) == 1000
    https_server.forget()
    proxy.heal()
    uri = index.promote_entry("digits")
    assert len(https_server.asked) == 2008
    assert proxy.count("com.atproto.repo.applyWrites") == 1
    assert proxy.count("com.atproto.repo.uploadBlob") == 1  # the list of shards
    assert len(proxy.seen) <= 12
    proxy.heal()
    assert index.promote_entry("digits") == uri
    assert len(proxy.seen) == 2
    assert len(https_server.asked) == 2008


def test_a_long_list_of_shards_is_a_blob(
    pds: PdsServer, alice: Account, index: Index, https_server: HttpServer, tmp_path: Path
) -> None:
    address = served(https_server, tmp_path, "digits", 700, 1)
    entry = index.add(address, name="digits")
    plan = index.promote_entry("digits", dry_run=True)
    assert plan.list_blob is not None
    assert "the list of shards, a blob of its own" in str(plan)
    record = record_at(pds, index.promote_entry("digits"))
    assert record["storage"]["$type"] == "dev.atdata.storageIndex"
    assert record["storage"]["shards"] == 700
    found = json.loads(blob_of(pds, alice, record["storage"]["list"]))
    assert [item["url"] for item in found["storage"]["shards"]] == [
        s.url for s in entry.splits["train"]
    ]
    assert record["size"] == {"samples": 700, "shards": 700, "bytes": entry.bytes}


FAULTS = [
    (status(403), "the server denies access"),
    (status(401), "the server denies access"),
    (status(404), "there is no such file"),
    (status(410), "there is no such file"),
    (redirect("http://127.0.0.1:1/a.tar"), "redirects"),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_what_not_everybody_can_read_goes_up(
    pds: PdsServer,
    index: Index,
    https_server: HttpServer,
    tmp_path: Path,
    fault: Any,
    said: str,
) -> None:
    """The shard can be read from here all the same: as in a network that others are not in."""
    index.add(served(https_server, tmp_path, "digits", 20, 20), name="digits")
    https_server.then(fault)
    plan = index.promote_entry("digits", dry_run=True)
    assert plan.addresses == ()
    assert "without credentials it cannot be read" in plan.uploads[0].why
    assert said in plan.uploads[0].why
    record = record_at(pds, index.promote_entry("digits"))
    assert record["storage"]["$type"] == "science.alt.dataset.storageHttp"


def test_what_nobody_can_read_is_named(
    pds: PdsServer, alice: Account, index: Index, https_server: HttpServer, tmp_path: Path
) -> None:
    address = served(https_server, tmp_path, "digits")
    index.add(address, name="digits")
    https_server.always(status(403), "digits/data-000001.tar")
    before = commits(pds, alice)
    with pytest.raises(
        PublishError, match=r"data-000001.tar: the server denies access.*neither public nor"
    ):
        index.promote_entry("digits")
    assert commits(pds, alice) == before


def test_a_file_that_was_replaced_is_not_named(https_server: HttpServer, tmp_path: Path) -> None:
    atdata.write_samples(digits(20), tmp_path / "data.tar")
    data = (tmp_path / "data.tar").read_bytes()
    url = https_server.put("data.tar", data)
    https_server.put("data.tar.idx", (tmp_path / "data.tar.idx").read_bytes())
    digest = hashlib.sha256(data).hexdigest()
    index = hashlib.sha256((tmp_path / "data.tar.idx").read_bytes()).hexdigest()
    (good,) = check_public([Asked(url, len(data), digest, index)], local=True)
    assert (good.fault, good.index) == (None, True)
    (larger,) = check_public([Asked(url, len(data) + 1, digest, index)], local=True)
    assert larger.fault is not None
    assert "it was replaced" in larger.fault
    https_server.put("data.tar", b"<html>" + data[6:])
    (page,) = check_public([Asked(url, len(data), digest, index)], local=True)
    assert page.fault == "its server has no tar archive there"
    https_server.put("data.tar", data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    (other,) = check_public([Asked(url, len(data), digest, index)], local=True)
    assert other.fault == "its server has other bytes there: it was replaced"


def test_an_index_that_is_not_the_right_one_is_not_named(
    https_server: HttpServer, tmp_path: Path
) -> None:
    atdata.write_samples(digits(20), tmp_path / "data.tar")
    data = (tmp_path / "data.tar").read_bytes()
    url = https_server.put("data.tar", data)
    digest, index = hashlib.sha256(data).hexdigest(), "00" * 32
    asked = Asked(url, len(data), digest, index)
    assert check_public([asked], local=True)[0].index is False
    https_server.put("data.tar.idx", b"another")
    assert check_public([asked], local=True)[0].index is False


@pytest.mark.parametrize("fault", [gone, cut(100), cut(100, reset=True), status(503), status(429)])
def test_faults_that_pass_are_waited_for(
    https_server: HttpServer, tmp_path: Path, fault: Any
) -> None:
    atdata.write_samples(digits(20), tmp_path / "data.tar")
    data = (tmp_path / "data.tar").read_bytes()
    url = https_server.put("data.tar", data)
    https_server.then(fault)
    (found,) = check_public(
        [Asked(url, len(data), hashlib.sha256(data).hexdigest(), None)], local=True
    )
    assert found.fault is None


def test_private_addresses_are_not_asked(https_server: HttpServer) -> None:
    url = https_server.put("data.tar", bytes(10_240))
    (found,) = check_public([Asked(url, 10_240, "00" * 32, None)])
    assert found.fault is not None
    assert "private network" in found.fault
    assert https_server.asked == []


def test_shards_of_which_some_are_here_go_up_together(
    pds: PdsServer, index: Index, https_server: HttpServer, tmp_path: Path
) -> None:
    """A record has one kind of storage."""
    address = served(https_server, tmp_path, "digits")
    index.add(address, name="digits")
    index.write(digits(5, first=90), name="digits", split="test")
    plan = index.promote_entry("digits", dry_run=True)
    assert len(plan.uploads) == 3
    assert {item.why for item in plan.uploads} == {
        "it is a file of this machine",
        "another shard of the dataset cannot",
    }
    record = record_at(pds, index.promote_entry("digits"))
    assert len(record["storage"]["blobs"]) == 3


# In a bucket.


@pytest.fixture
def public(s3_moto: S3Server) -> S3DataStore:
    return public_store(s3_moto)


def test_shards_go_into_a_bucket_that_everybody_can_read(
    pds: PdsServer, alice: Account, index: Index, public: S3DataStore, s3_moto: S3Server
) -> None:
    entry = index.write(digits(20), name="digits", maxcount=10)
    plan = index.promote_entry("digits", data_store=public, dry_run=True)
    assert plan.target == public.url
    assert "2 shards of" in str(plan)
    assert list(public.list()) == []
    record = record_at(pds, index.promote_entry("digits", data_store=public))
    storage = record["storage"]
    assert storage["$type"] == "science.alt.dataset.storageS3"
    assert (storage["bucket"], storage["endpoint"]) == (public.bucket, s3_moto.endpoint)
    keys = [f"atdata/shards/{shard.sha256}.tar" for shard in entry.splits["train"]]
    assert [shard["key"] for shard in storage["shards"]] == keys
    said = json.dumps(record) + str(plan)
    assert s3_moto.secret_key not in said
    assert s3_moto.access_key not in said
    assert pds.get("com.atproto.sync.listBlobs", did=alice.did)["cids"] == []


def test_the_same_data_elsewhere_is_nothing_new(
    pds: PdsServer, alice: Account, index: Index, public: S3DataStore, user_folders: Path
) -> None:
    """What counts is what the shards hold, not where they lie."""
    index.write(digits(20), name="digits", maxcount=10)
    uri = index.promote_entry("digits", data_store=public)
    (user_folders / "home" / "atmosphere" / "publishing.db").unlink()
    before = commits(pds, alice)
    assert index.promote_entry("digits") == uri
    assert commits(pds, alice) == before
    assert pds.get("com.atproto.sync.listBlobs", did=alice.did)["cids"] == []


def test_a_long_list_again_without_notes(
    pds: PdsServer,
    alice: Account,
    index: Index,
    https_server: HttpServer,
    tmp_path: Path,
    user_folders: Path,
) -> None:
    index.add(served(https_server, tmp_path, "digits", 600, 1), name="digits")
    uri = index.promote_entry("digits")
    (user_folders / "home" / "atmosphere" / "publishing.db").unlink()
    before = commits(pds, alice)
    https_server.forget()
    assert index.promote_entry("digits") == uri
    assert commits(pds, alice) == before
    assert https_server.asked == []


def test_an_index_in_a_public_bucket_is_published_where_it_is(
    pds: PdsServer, session: Atmosphere, public: S3DataStore, tmp_path: Path
) -> None:
    index = Index(tmp_path / "index.db", public, session)
    entry = index.write(digits(20), name="digits", maxcount=10)
    plan = index.promote_entry("digits", dry_run=True)
    assert plan.uploads == ()
    record = record_at(pds, index.promote_entry("digits"))
    keys = [shard["key"] for shard in record["storage"]["shards"]]
    assert keys == [f"atdata/{shard.key}" for shard in entry.splits["train"]]
    assert all("index" in shard for shard in record["atdata"]["splits"][0]["shards"])


def test_a_private_bucket_goes_up_as_blobs(
    pds: PdsServer, alice: Account, session: Atmosphere, s3_moto: S3Server, tmp_path: Path
) -> None:
    store = s3_moto.store(prefix="private")
    index = Index(tmp_path / "index.db", store, session)
    entry = index.write(digits(20), name="digits", maxcount=10)
    plan = index.promote_entry("digits", dry_run=True)
    assert "without credentials it cannot be read" in plan.uploads[0].why
    record = record_at(pds, index.promote_entry("digits"))
    for blob, shard in zip(record["storage"]["blobs"], entry.splits["train"], strict=True):
        assert blob["checksum"]["digest"] == shard.sha256
        assert blob_of(pds, alice, blob["blob"])
    assert list(store.list("published/")) == []
    said = json.dumps(record)
    assert store.bucket not in said
    assert s3_moto.endpoint not in said
    assert not list((tmp_path / "home" / "atmosphere" / "staging").iterdir())


def test_a_bucket_that_not_everybody_can_read_is_no_place(
    pds: PdsServer, alice: Account, index: Index, s3_moto: S3Server
) -> None:
    index.write(digits(20), name="digits")
    before = commits(pds, alice)
    with pytest.raises(
        PublishError, match="cannot be read without credentials.*let everybody read the bucket"
    ):
        index.promote_entry("digits", data_store=s3_moto.store())
    assert commits(pds, alice) == before
    assert listed(pds, alice, ENTRY) == {}


def test_a_folder_is_no_place(index: Index, tmp_path: Path) -> None:
    index.write(digits(20), name="digits")
    with pytest.raises(PublishError, match="data_store is .*: shards go into a bucket"):
        index.promote_entry("digits", data_store=str(tmp_path))
    with pytest.raises(PublishError, match="no store that everybody can read"):
        index.promote_entry("digits", data_store=atdata.LocalDiskStore(tmp_path / "store"))


def test_a_store_of_publications_is_not_collected(
    session: Atmosphere, index: Index, public: S3DataStore, tmp_path: Path
) -> None:
    index.write(digits(20), name="digits")
    index.promote_entry("digits", data_store=public)
    other = Index(tmp_path / "other.db", public)
    other.write(digits(3), name="other")
    with pytest.raises(CatalogError, match="published by did:plc:"):
        other.gc()


def test_no_service_there(index: Index) -> None:
    index.write(digits(3), name="digits")
    store = S3DataStore("bucket", "x", "http://127.0.0.1:9", access_key="A" * 20, secret_key="b")
    with pytest.raises(StoreError):
        index.promote_entry("digits", data_store=store)
