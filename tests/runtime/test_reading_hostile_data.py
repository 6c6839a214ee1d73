"""Shards that strangers name: where they may lie, what never travels there, and bytes that are not what the record vouches for."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import socket
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere.reading.places import Owner, shard_file
from atdata.atmosphere.reading.terms import Terms
from atdata.atmosphere.records.shards import HttpPlace, PublishedShard, S3Place
from atdata.errors import LoadError, RecordError, ShardError, SourceError
from foreign_archives import sparse_tar
from published_data import (
    COUNT,
    ForgedDesk,
    Large,
    Local,
    Word,
    blob_cid,
    blob_shards,
    http_shards,
    large,
    local,
    publish,
)
from remote_data import no_wait
from servers.forged_pds import Answer, Asked, ForgedPds
from servers.http import Fault, HttpServer, cut, length, redirect

BLOB = "com.atproto.sync.getBlob"
MIB = 1 << 20


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


def load(forged: ForgedPds, name: str = "cells", cls: Any = Large, **options: Any) -> Any:
    handle = next(iter(forged.dns)).removeprefix("_atproto.")
    return atdata.load_dataset(
        f"@{handle}/{name}", cls, split="train", atmosphere=forged.reader(), **options
    )


def one_by_one(ds: Any) -> list[int]:
    return [one.number for one in ds]


def batches(ds: Any) -> list[int]:
    return [number for batch in ds.ordered(batch_size=7) for number in batch.number]


def by_position(ds: Any) -> list[int]:
    return [ds[number].number for number in range(len(ds))]


def shuffled(ds: Any) -> list[int]:
    found = [number for batch in ds.shuffled(batch_size=7) for number in batch.number]
    return sorted(found)


def taken(ds: Any) -> list[int]:
    return [one.number for one in ds.take(COUNT)]


WAYS: dict[str, Callable[[Any], list[int]]] = {
    "for": one_by_one,
    "batches": batches,
    "index": by_position,
    "shuffled": shuffled,
    "take": taken,
}


@pytest.fixture
def data(here: Path) -> Local:
    return local(large(here / "out"))


# Blobs.


def blobs(forged: ForgedPds, data: Local, *, index: bool) -> str:
    """Publish as blobs; the CID of the shard."""
    desk = ForgedDesk(forged)
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data, index=index)})
    return blob_cid((data.folder / "data.tar").read_bytes())


def change_blob(forged: ForgedPds, cid: str, how: str) -> None:
    """What the server gives in the place of a blob."""
    right = forged.blobs[cid]
    other = bytearray(right)
    # Within a payload: the archive stays one.
    other[len(other) // 2] ^= 1
    forged.blobs[cid] = {
        "altered": bytes(other),
        "shorter": right[:-512],
        "longer": right + bytes(512),
        "another": bytes(len(right)),
    }[how]


@pytest.mark.parametrize("streaming", [False, True], ids=["", "streaming"])
@pytest.mark.parametrize("index", [True, False], ids=["index", "bare"])
@pytest.mark.parametrize("how", ["altered", "shorter", "another"])
@pytest.mark.parametrize("way", WAYS)
def test_blobs_that_were_exchanged(
    forged: ForgedPds, data: Local, how: str, index: bool, way: str, streaming: bool
) -> None:
    cid = blobs(forged, data, index=index)
    change_blob(forged, cid, how)
    if streaming and way in ("index", "shuffled"):
        way = "for"  # what is read once through has neither
    with pytest.raises((ShardError, SourceError), match=rf"of at://{forged.did}/.*\.entry/"):
        WAYS[way](load(forged, streaming=streaming))


@pytest.mark.parametrize("way", WAYS)
def test_bytes_behind_a_blob_do_no_harm(forged: ForgedPds, data: Local, way: str) -> None:
    cid = blobs(forged, data, index=True)
    change_blob(forged, cid, "longer")
    assert WAYS[way](load(forged)) == list(range(COUNT))


def test_nothing_altered_is_given_out(forged: ForgedPds, data: Local) -> None:
    """By the digests of blocks, what comes before the fault is right, and nothing of its block comes."""
    cid = blobs(forged, data, index=True)
    right = forged.blobs[cid]
    change_blob(forged, cid, "altered")
    block = len(right) // 2 // MIB
    seen: list[int] = []
    with pytest.raises(ShardError, match=rf"block {block} .*is not what the record vouches for"):
        seen.extend(_noted(load(forged, streaming=True), seen))
    assert seen == list(range(len(seen)))
    assert 0 < len(seen) <= block * MIB // 120_000


def _noted(samples: Any, seen: list[int]) -> Iterator[int]:
    for sample in samples:
        seen.append(sample.number)
    yield from ()


def test_an_index_that_was_exchanged_is_not_used(
    forged: ForgedPds, data: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = blobs(forged, data, index=True)
    (index,) = [key for key in forged.blobs if key != cid]
    forged.blobs[index] = bytes(len(forged.blobs[index]))
    for way in WAYS:
        assert WAYS[way](load(forged)) == list(range(COUNT))


def test_a_blob_that_is_cut_and_one_that_is_gone(forged: ForgedPds, data: Local) -> None:
    cid = blobs(forged, data, index=True)

    def short(asked: Asked, answer: Answer) -> None:
        if asked.params["cid"] == cid:
            assert isinstance(answer.body, bytes)
            answer.headers["Content-Length"] = str(len(answer.body))
            answer.body = answer.body[: MIB + 7]

    forged.then[BLOB] = short
    with pytest.raises(LoadError, match=rf"of at://{forged.did}/"):
        WAYS["index"](load(forged))
    forged.blobs.clear()
    with pytest.raises(LoadError, match=rf"of at://{forged.did}/"):
        WAYS["for"](load(forged))


def test_a_kept_blob_that_was_damaged_is_noticed_and_fetched_again(
    forged: ForgedPds, data: Local, here: Path
) -> None:
    cid = blobs(forged, data, index=True)
    expected = WAYS["index"](load(forged))
    assert load(forged)[0].number == 0
    (kept,) = (here / "cache" / "blobs").glob("*.tar")
    whole = kept.read_bytes()
    content = bytearray(whole)
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    assert WAYS["index"](load(forged)) == expected
    assert kept.read_bytes() == whole
    fetched = [one for one in forged.asked if one.what == BLOB and one.params["cid"] == cid]
    assert len(fetched) == 2


def test_many_processes_fetch_a_blob_once(forged: ForgedPds, data: Local, here: Path) -> None:
    import multiprocessing

    cid = blobs(forged, data, index=True)
    ds = load(forged)
    assert len(ds) == COUNT
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(_number, [(ds, n) for n in range(0, COUNT, 5)]) == list(range(0, COUNT, 5))
    fetched = [one for one in forged.asked if one.what == BLOB and one.params["cid"] == cid]
    assert len(fetched) == 1


def _number(item: tuple[Any, int]) -> int:
    number: int = item[0][item[1]].number
    return number


def test_blobs_make_room_for_each_other(
    forged: ForgedPds, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = local(large(here / "out", maxcount=10))
    desk = ForgedDesk(forged)
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data)})
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "3MB")
    monkeypatch.setattr("atdata.shards.cache_room.RECENT", -1.0)
    ds = load(forged)
    assert [ds[n].number for n in (0, 10, 20, 30, 0, 39)] == [0, 10, 20, 30, 0, 39]
    kept = list((here / "cache" / "blobs").glob("*.tar"))
    assert 0 < sum(path.stat().st_size for path in kept) <= 3_000_000
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "1MB")
    monkeypatch.setenv("ATDATA_CACHE", str(here / "small"))
    with pytest.raises(LoadError, match="ATDATA_CACHE_LIMIT"):
        load(forged)[5]
    assert not list((here / "small" / "blobs").glob("*.tar"))
    assert [one.number for one in load(forged, streaming=True)] == list(range(COUNT))


# Web servers.


@pytest.fixture
def served(public_forged: ForgedPds, data: Local, https_server: HttpServer) -> HttpServer:
    """The shard at a web server, with TLS, published."""
    address = https_server.put_folder(data.folder, "d/")
    desk = ForgedDesk(public_forged)
    publish(desk, "cells", data.schema, {"train": http_shards(data, address)})
    return https_server


def test_the_usual_settings_read_it(public_forged: ForgedPds, served: HttpServer) -> None:
    for way in WAYS.values():
        assert way(load(public_forged)) == list(range(COUNT))


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_was_exchanged(
    public_forged: ForgedPds, served: HttpServer, way: str, here: Path
) -> None:
    """With an index that fits it, as whoever has the server can make one."""
    other = local(large(here / "other"))
    content = bytearray((other.folder / "data.tar").read_bytes())
    content[len(content) // 2] ^= 1
    served.put("d/data.tar", bytes(content))
    with pytest.raises(ShardError, match=rf"of at://{public_forged.did}/"):
        WAYS[way](load(public_forged))
    served.put("d/data.tar.idx", b"")
    with pytest.raises(ShardError, match=rf"of at://{public_forged.did}/"):
        WAYS[way](load(public_forged))


FAULTS: dict[str, Fault] = {
    "cut": cut(1000),
    "longer than it says": length(-1000),
    "redirect to a private address": redirect("https://169.254.169.254/latest/meta-data"),
    "redirect to another of this machine": redirect("https://127.0.0.2/a.tar"),
    "redirect without encryption": redirect("http://example.org/a.tar"),
    "redirect to a file": redirect("file:///etc/passwd"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_servers_that_misbehave(public_forged: ForgedPds, served: HttpServer, name: str) -> None:
    served.always(FAULTS[name], "d/data.tar")
    with pytest.raises(LoadError, match=rf"of at://{public_forged.did}/"):
        WAYS["index"](load(public_forged))


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/a.tar",
        "https://10.0.0.1/a.tar",
        "https://127.0.0.2/a.tar",
        "https://127.1/a.tar",
        "https://2130706434/a.tar",
        "https://0x7f000002/a.tar",
        "https://[::1]/a.tar",
        "https://[::ffff:127.0.0.2]/a.tar",
        "https://[64:ff9b::7f00:2]/a.tar",
        "https://localhost/a.tar",
        "https://metadata.internal/a.tar",
    ],
)
def test_private_addresses_in_a_record(
    public_forged: ForgedPds, served: HttpServer, url: str
) -> None:
    """Written down: the record is refused before anything is connected to."""
    (path,) = [path for path in public_forged.records if ".entry/" in path]
    record = dict(public_forged.records[path])
    shard = {**record["storage"]["shards"][0], "url": url}
    bad = "science.alt.dataset.entry/3jzfcijpj2z2a"
    public_forged.put(bad, {**record, "storage": {**record["storage"], "shards": [shard]}})
    uri = f"at://{public_forged.did}/{bad}"
    with pytest.raises((RecordError, SourceError), match=re.escape(uri)):
        _first(uri, public_forged)
    assert load(public_forged)[0].number == 0, "the one beside it still loads"


def _first(uri: str, forged: ForgedPds) -> Any:
    return atdata.load_dataset(uri, Large, split="train", atmosphere=forged.reader())[0]


def test_names_that_lead_to_private_addresses(
    public_forged: ForgedPds, served: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what DNS says, also where it says something else the second time."""
    (path,) = [path for path in public_forged.records if ".entry/" in path]
    record = dict(public_forged.records[path])
    shard = {**record["storage"]["shards"][0], "url": "https://data.example.com/a.tar"}
    public_forged.put(path, {**record, "storage": {**record["storage"], "shards": [shard]}})
    real, answers = socket.getaddrinfo, ["127.0.0.2"]

    def said(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host != "data.example.com":
            return real(host, port, *more, **options)
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 443))]

    monkeypatch.setattr(socket, "getaddrinfo", said)
    with pytest.raises(SourceError, match=rf"of at://{public_forged.did}/.*leads to data\.example"):
        load(public_forged)[0]
    # Public when it is looked at, and private when it is connected to: a listener is there, and hears nothing.
    heard = socket.create_server(("127.0.0.2", 0))
    port = heard.getsockname()[1]
    shard["url"] = f"https://data.example.com:{port}/a.tar"
    public_forged.put(path, {**record, "storage": {**record["storage"], "shards": [shard]}})
    answers[:] = ["93.184.215.14", "127.0.0.2"]
    with pytest.raises(SourceError, match=rf"of at://{public_forged.did}/"):
        load(public_forged)[0]
    heard.close()


def test_no_credentials_travel(
    public_forged: ForgedPds,
    data: Local,
    https_server: HttpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither to a service that a record names, nor by any header or parameter."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTRAVELLER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret that stays here")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token that stays here")
    monkeypatch.setenv("HF_TOKEN", "hf_staysHere")
    https_server.put_folder(data.folder, "lab/d/")
    shards = tuple(
        replace(shard, place=S3Place("lab", f"d/{item['file']}", https_server.url))
        for shard, item in zip(http_shards(data, "https://x/"), data.shards["train"], strict=True)
    )
    publish(ForgedDesk(public_forged), "cells", data.schema, {"train": shards})
    for way in WAYS.values():
        assert way(load(public_forged)) == list(range(COUNT))
    asked: list[Any] = [*https_server.asked, *public_forged.asked]
    assert https_server.asked
    assert public_forged.asked
    for one in asked:
        sent = str(one) + str(dict(one.headers))
        assert "stays here" not in sent
        assert "AKIDTRAVELLER" not in sent
        assert "hf_staysHere" not in sent
        assert not {"authorization", "cookie"} & {name.lower() for name in one.headers}
        assert not any(name.lower().startswith("x-amz") for name in one.headers)
        assert "X-Amz" not in sent


def test_an_access_is_for_its_own_service() -> None:
    owner = Owner(
        "at://did:plc:abc/science.alt.dataset.entry/a", "did:plc:abc", "https://pds.example.org"
    )
    mine = atdata.S3Access("https://s3.example.org", access_key="A", secret_key="my secret")
    amazon = atdata.S3Access(access_key="A", secret_key="my secret")

    def place(endpoint: str | None, access: atdata.S3Access | None) -> Any:
        shard = PublishedShard(S3Place("lab", "a.tar", endpoint))
        return shard_file(shard, 0, owner, Terms(access=access)).place

    with pytest.raises(RecordError, match=r"shard 0: the record has it at https://evil") as found:
        place("https://evil.example.com", mine)
    assert "my secret" not in str(found.value)
    for endpoint, access in ((None, mine), ("https://s3.example.org", amazon)):
        with pytest.raises(RecordError, match="give an access for that service"):
            place(endpoint, access)
    taken = place("https://s3.example.org", mine)
    assert (taken.address, taken.access, taken.public_only) == ("s3://lab/a.tar", mine, True)
    assert place(None, amazon).address == "s3://lab/a.tar"
    assert place(None, None).address == "https://lab.s3.amazonaws.com/a.tar"
    assert place("https://s3.example.org", None).address == "https://s3.example.org/lab/a.tar"
    assert place(None, None).access is None


# Archives.


def special_tar(name: str, kind: bytes, link: str = "") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(member)
    return out.getvalue()


ARCHIVES = {
    "sparse": sparse_tar(400_000_000),
    "symbolic link": special_tar("a.msgpack", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": special_tar("a.msgpack", tarfile.LNKTYPE, "/etc/passwd"),
    "device": special_tar("a.msgpack", tarfile.CHRTYPE),
    "no archive": b"\xff" * 10240,
}


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("streaming", [False, True], ids=["", "streaming"])
def test_archives_that_are_traps(forged: ForgedPds, here: Path, name: str, streaming: bool) -> None:
    """Signed and with the right digest: whoever publishes it means it so."""
    good = local(atdata.write_samples([Word("good")], here / "good" / "data.tar"))
    desk = ForgedDesk(forged)
    publish(desk, "good", good.schema, {"train": blob_shards(desk, good)})
    content = ARCHIVES[name]
    digest = hashlib.sha256(content).hexdigest()
    shard = PublishedShard(desk.blob(content, "application/x-tar"), digest, len(content), 1)
    publish(desk, "bad", good.schema, {"train": [shard]})
    with pytest.raises(ShardError, match=rf"of at://{forged.did}/"):
        list(load(forged, "bad", Word, streaming=streaming))
    assert [one.text for one in load(forged, "good", Word)] == ["good"]


def payload_tar(payload: bytes) -> bytes:
    member = tarfile.TarInfo("a.msgpack")
    member.size = len(payload)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(member, io.BytesIO(payload))
    return out.getvalue()


def large_payload(array: bytes) -> bytes:
    """A sample whose pixels are some bytes."""
    return b"\x82\xa6pixels\xc5" + len(array).to_bytes(2, "big") + array + b"\xa6number\x01"


def npy(text: str) -> bytes:
    """An array that is its header and nothing else."""
    header = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


PAYLOADS = {
    "an array of 72 TiB": large_payload(
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (8796093022208, 9)}")
    ),
    "an array of objects": large_payload(
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (300, 400)}") + b"cos\nsystem\n."
    ),
    "an array of less than none": large_payload(
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-300, -400)}")
    ),
    "a map that is nested a million times": b"\x82\xa6pixels" + b"\x91" * 1_000_000 + b"\xc0",
    "a list of four thousand million": b"\x82\xa6pixels\xdd\xff\xff\xff\xff",
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_payloads_that_are_traps(forged: ForgedPds, data: Local, name: str) -> None:
    desk = ForgedDesk(forged)
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data)})
    content = payload_tar(PAYLOADS[name])
    digest = hashlib.sha256(content).hexdigest()
    shard = PublishedShard(desk.blob(content, "application/x-tar"), digest, len(content), 1)
    publish(desk, "bad", data.schema, {"train": [shard]})
    for way in ("for", "index", "shuffled"):
        with pytest.raises((atdata.DecodeError, ShardError), match=rf"of at://{forged.did}/"):
            WAYS[way](load(forged, "bad"))
    assert load(forged)[0].number == 0


def test_packed_shards_that_are_bombs(
    public_forged: ForgedPds, here: Path, https_server: HttpServer
) -> None:
    good = local(atdata.write_samples([Word("good")], here / "good" / "data.tar"))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo("a.msgpack")
        member.size = 200 << 20
        tar.addfile(member, io.BytesIO(bytes(member.size)))
    content = gzip.compress(out.getvalue())
    assert len(content) < 1 << 20
    url = https_server.put("bomb.tar.gz", content)
    digest = hashlib.sha256(content).hexdigest()
    shard = PublishedShard(HttpPlace(url), digest, len(content), 1)
    publish(ForgedDesk(public_forged), "bomb", good.schema, {"train": [shard]})
    with pytest.raises(ShardError, match=rf"of at://{public_forged.did}/.*times its size"):
        list(load(public_forged, "bomb", Word))


def test_a_checksum_and_a_cid_that_contradict_each_other(forged: ForgedPds, here: Path) -> None:
    good = local(atdata.write_samples([Word("good")], here / "good" / "data.tar"))
    desk = ForgedDesk(forged)
    (shard,) = blob_shards(desk, good)
    publish(desk, "cells", good.schema, {"train": [shard]})
    (path,) = [path for path in forged.records if ".entry/" in path]
    record = dict(forged.records[path])
    blob = {
        **record["storage"]["blobs"][0],
        "checksum": {"algorithm": "sha256", "digest": "0" * 64},
    }
    forged.put(path, {**record, "storage": {**record["storage"], "blobs": [blob]}})
    with pytest.raises(RecordError, match=re.escape(f"at://{forged.did}/{path}")):
        load(forged, cls=Word)


def test_counts_and_sizes_that_are_lies(forged: ForgedPds, here: Path) -> None:
    data = local(atdata.write_samples(map(Word, "abc"), here / "out" / "data.tar"))
    desk = ForgedDesk(forged)
    (shard,) = blob_shards(desk, data, index=False)
    publish(desk, "count", data.schema, {"train": [replace(shard, samples=5)]})
    ds = load(forged, "count", Word)
    ways: list[Callable[[], object]] = [
        partial(list, ds),
        partial(ds.__getitem__, 2),
        ds.keys,
        partial(next, iter(ds.shuffled())),
    ]
    for way in ways:
        with pytest.raises(ShardError, match=rf"of at://{forged.did}/.*its record says 5"):
            way()
    publish(desk, "many", data.schema, {"train": [replace(shard, samples=10**15)]})
    with pytest.raises(
        RecordError, match=rf"^at://{forged.did}/.*have no room for 10{{15}} samples"
    ):
        load(forged, "many", Word)
