"""`load_dataset("@handle/name")` from a real server: blobs and web servers, every way of reading, splits, versions, offline."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere import Atmosphere
from atdata.atmosphere.proofs.levels import Level
from atdata.atmosphere.reading.fetching import fetch_record, list_records
from atdata.atmosphere.records.collections import LABEL, new_tid
from atdata.atmosphere.records.label import PublishedLabel, label_to_record
from atdata.errors import DatasetNotFound, LoadError, SourceError
from published_data import (
    CREATED,
    Large,
    RealDesk,
    Word,
    blob_shards,
    http_shards,
    large,
    local,
    publish,
)
from remote_data import no_wait, same
from servers.http import HttpServer
from servers.pds import Account, AtmosphereOf, PdsServer


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, and no waits."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


Reader = Callable[[], Atmosphere]


@pytest.fixture
def alice(any_pds: PdsServer) -> Account:
    return any_pds.account("alice")


@pytest.fixture
def reader(any_pds: PdsServer) -> Reader:
    """Somebody without a login, who knows every account of the directory."""
    return lambda: Atmosphere(settings=any_pds.settings())


@pytest.fixture
def desk(alice: Account, atmosphere_of: AtmosphereOf) -> RealDesk:
    return RealDesk(atmosphere_of(alice))


def test_blobs_give_what_the_disk_gives(
    desk: RealDesk, alice: Account, reader: Reader, here: Path
) -> None:
    written = large(here / "out", maxcount=15)
    data = local(written)
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data)})
    ds = atdata.load_dataset(f"@{alice.handle}/cells", Large, atmosphere=reader())
    same(ds, written)
    assert len(list((here / "cache" / "blobs").glob("*.tar"))) == 3
    again = atdata.load_dataset(f"@{alice.handle}/cells", atmosphere=reader(), split="train")
    assert [sample.number for sample in again] == list(range(40))
    assert pickle.loads(pickle.dumps(ds))[17].number == 17


def test_reading_from_the_front_keeps_no_blob(
    desk: RealDesk, alice: Account, reader: Reader, here: Path
) -> None:
    data = local(large(here / "out", maxcount=15))
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data)})
    ds = atdata.load_dataset(
        f"@{alice.handle}/cells", Large, split="train", streaming=True, atmosphere=reader()
    )
    assert [sample.number for sample in ds] == list(range(40))
    assert [sample.number for sample in ds.take(20).skip(3)] == list(range(3, 20))
    assert [len(batch.number) for batch in ds.ordered(batch_size=16)] == [16, 16, 8]
    assert len(ds) == 40
    assert not (here / "cache" / "blobs").exists()


def test_blobs_without_an_index(desk: RealDesk, alice: Account, reader: Reader, here: Path) -> None:
    """As the earlier writer has them: nothing but the blob."""
    written = large(here / "out", maxcount=15)
    data = local(written)
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data, index=False)})
    ds = atdata.load_dataset(f"@{alice.handle}/cells", Large, atmosphere=reader())
    same(ds, written)


def test_a_web_server_gives_what_the_disk_gives(
    desk: RealDesk, alice: Account, reader: Reader, here: Path, http_server: HttpServer
) -> None:
    written = large(here / "out", maxcount=15)
    data = local(written)
    address = http_server.put_folder(data.folder, "d/")
    publish(desk, "cells", data.schema, {"train": http_shards(data, address)})
    ds = atdata.load_dataset(f"@{alice.handle}/cells", Large, atmosphere=reader())
    assert not http_server.asked, "nothing of the data is read before it is asked for"
    same(ds, written)
    assert ds.fingerprint == written.fingerprint


def test_names_versions_and_addresses(
    desk: RealDesk, alice: Account, reader: Reader, here: Path
) -> None:
    def words(text: str, version: str) -> str:
        ds = atdata.write_samples([Word(text)], here / version / "data.tar")
        data = local(ds)
        shards = {"train": blob_shards(desk, data)}
        return publish(desk, "words", data.schema, shards, version=version).uri

    first, second = words("one", "1.0.0"), words("two", "1.10.0")
    words("three", "1.9.0")
    who = reader()

    def text(reference: str) -> Any:
        return atdata.load_dataset(reference, Word, split="train", atmosphere=who)[0].text

    assert text(f"@{alice.handle}/words") == "two", "the highest version"
    assert text(f"@{alice.handle.upper()}/words@1.0.0") == "one"
    assert text(f"@{alice.did}/words@1.9.0") == "three"
    assert text(first) == "one"
    assert text(second.replace(alice.did, alice.handle)) == "two"
    with pytest.raises(DatasetNotFound, match=r"no such version of it; there are .*'1\.9\.0'"):
        text(f"@{alice.handle}/words@3.0.0")
    with pytest.raises(DatasetNotFound, match=r"has published no dataset of this name; .*'words'"):
        text(f"@{alice.handle}/sentences")
    moved = PublishedLabel("words", first, CREATED)
    label = desk.put(f"{LABEL}/{new_tid()}", label_to_record(moved))
    assert text(f"@{alice.handle}/words") == "one", "the label that has no version is the name"
    assert text(label.uri) == "one"
    with pytest.raises(LoadError, match="which is no dataset; those are of"):
        text(first.replace("dataset.entry", "dataset.schema"))


def test_an_entry_without_a_label_is_found_by_its_own_name(
    desk: RealDesk, alice: Account, reader: Reader, here: Path
) -> None:
    data = local(atdata.write_samples([Word("bare")], here / "out" / "data.tar"))
    publish(desk, "bare", data.schema, {"train": blob_shards(desk, data)}, label=False)
    ds = atdata.load_dataset(f"@{alice.handle}/bare", Word, atmosphere=reader())
    assert ds[0].text == "bare"


def test_splits_expressions_and_classes(
    desk: RealDesk, alice: Account, reader: Reader, here: Path
) -> None:
    train = local(atdata.write_samples(map(Word, "abcdef"), here / "a" / "data.tar"))
    test = local(atdata.write_samples(map(Word, "xyz"), here / "b" / "data.tar"))
    splits = {"train": blob_shards(desk, train), "test": blob_shards(desk, test)}
    publish(desk, "letters", train.schema, splits)
    name = f"@{alice.handle}/letters"
    both: Any = atdata.load_dataset(name, atmosphere=reader())
    assert both.__class__ is atdata.DatasetDict
    assert list(both) == ["train", "test"]
    assert [one.text for one in both["test"]] == ["x", "y", "z"]
    part: Any = atdata.load_dataset(name, Word, split="train[:50%]+test[-1:]", atmosphere=reader())
    assert [one.text for one in part] == ["a", "b", "c", "z"]
    assert list(atdata.load_splits(name, Word, atmosphere=reader())) == ["train", "test"]
    with pytest.raises(atdata.SplitNotFound, match="has no split 'validation'"):
        atdata.load_dataset(name, split="validation", atmosphere=reader())
    with pytest.raises(atdata.SchemaMismatch):
        atdata.load_dataset(name, Large, atmosphere=reader())


def test_offline_reads_what_was_read(
    desk: RealDesk, alice: Account, reader: Reader, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = local(large(here / "out", maxcount=15))
    publish(desk, "cells", data.schema, {"train": blob_shards(desk, data)})
    name = f"@{alice.handle}/cells"
    with pytest.raises(SourceError, match="offline"):
        atdata.load_dataset(name, Large, offline=True, atmosphere=reader())
    ds = atdata.load_dataset(name, Large, atmosphere=reader())
    assert ds[3].number == 3
    assert len(ds.keys()) == 40, "which needs the index of each shard, and no shard"
    monkeypatch.setattr("urllib3.connectionpool.HTTPConnectionPool.urlopen", _unreachable)
    monkeypatch.setenv("ATDATA_OFFLINE", "1")
    offline = atdata.load_dataset(name, Large, atmosphere=reader())
    assert offline[14].number == 14
    assert [one.number for one in offline[:15]] == list(range(15))
    with pytest.raises(SourceError, match=rf"of at://{alice.did}/.*offline no server is asked"):
        offline[39]
    with pytest.raises(SourceError, match="is not among what was kept"):
        atdata.load_dataset(f"@{alice.handle}/others", atmosphere=reader())


def _unreachable(*args: object, **options: object) -> None:
    raise AssertionError("a server was asked")


def test_a_record_and_a_list_of_records(
    desk: RealDesk, alice: Account, reader: Reader, here: Path
) -> None:
    data = local(atdata.write_samples([Word("a")], here / "out" / "data.tar"))
    entry = publish(desk, "one", data.schema, {"train": blob_shards(desk, data)})
    record = fetch_record(reader(), entry.uri.replace(alice.did, alice.handle))
    assert (record.uri, record.cid, record.level) == (entry.uri, entry.cid, Level.SIGNED)
    assert record.value["name"] == "one"
    assert fetch_record(reader(), entry.uri, trust=Level.CID, cid=entry.cid).level is Level.CID
    listed = list(list_records(reader(), alice.did, "science.alt.dataset.entry", most=10))
    assert [(uri, cid) for uri, cid, _ in listed] == [(entry.uri, entry.cid)]
    for number in range(3):
        desk.put(f"com.example.note/{number}", {"$type": "com.example.note", "n": number})
    with pytest.raises(LoadError, match=r"more than 1 records.*at://"):
        list(list_records(reader(), alice.did, "com.example.note", most=1))


def test_what_is_for_the_network_is_refused_elsewhere(here: Path) -> None:
    atdata.write_samples([Word("a")], here / "out" / "data.tar")
    options: list[dict[str, Any]] = [{"locked": True}, {"lock": "atdata.lock"}, {"trust": "cid"}]
    for option in options:
        with pytest.raises(
            LoadError, match=rf"{next(iter(option))}= is for datasets of the network"
        ):
            atdata.load_dataset("out", **option)
    with pytest.raises(LoadError, match="trust is 'blind': give one of unverified, cid, signed"):
        atdata.load_dataset("@alice.example.org/cells", trust="blind")
