"""`atdata.lock`: what was read is pinned, and `locked=True` reads nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.atmosphere.reading.lock_file import Pin, read_pin, shard_digests, write_pin
from atdata.errors import LockError
from published_data import ForgedDesk, Word, blob_shards, local, publish
from remote_data import no_wait
from servers.forged_pds import ForgedPds

NAME = "@alice.test/words"


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


def words(forged: ForgedPds, here: Path, text: str, version: str = "1.0.0", **more: Any) -> str:
    """Publish a dataset of one word; the CID of its entry."""
    data = local(atdata.write_samples([Word(text)], here / text / "data.tar"))
    desk = ForgedDesk(forged)
    shards = {"train": blob_shards(desk, data)}
    return publish(desk, "words", data.schema, shards, version=version, **more).cid


def read(forged: ForgedPds, **options: Any) -> str:
    ds: Any = atdata.load_dataset(NAME, Word, split="train", atmosphere=forged.reader(), **options)
    text: str = ds[0].text
    return text


def test_what_was_read_is_written_once(forged: ForgedPds, here: Path) -> None:
    cid = words(forged, here, "one")
    assert read(forged) == "one"
    assert not (here / "atdata.lock").exists(), "nobody asked for it"
    assert read(forged, lock="atdata.lock") == "one"
    content = (here / "atdata.lock").read_bytes()
    said = json.loads(content)
    pinned = said["datasets"][NAME]
    assert said["version"] == 1
    assert (pinned["cid"], pinned["did"], pinned["handle"]) == (cid, forged.did, "alice.test")
    assert pinned["uri"].startswith(f"at://{forged.did}/science.alt.dataset.entry/")
    assert pinned["schema"]["uri"].startswith(f"at://{forged.did}/science.alt.dataset.schema/")
    assert len(pinned["shards"]["train"][0]) == 64
    forged.put("com.example.note/a", {"$type": "com.example.note"})
    assert read(forged) == "one"
    assert (here / "atdata.lock").read_bytes() == content, "another revision is no other dataset"
    assert list(here.glob("*.lock")) == [here / "atdata.lock"], "nothing is left beside it"


def test_locked_reads_what_is_pinned_and_nothing_else(forged: ForgedPds, here: Path) -> None:
    words(forged, here, "one")
    with pytest.raises(LockError, match=r"atdata\.lock pins nothing for @alice\.test/words"):
        read(forged, locked=True)
    assert read(forged, lock="atdata.lock") == "one"
    words(forged, here, "two", "2.0.0")
    assert read(forged, locked=True) == "one", "though the name stands for another version now"
    with pytest.warns(UserWarning, match=r"pinned @alice\.test/words as at://.* and it is at://"):
        assert read(forged) == "two"
    assert read(forged, locked=True) == "two"


def test_an_entry_that_was_replaced_is_refused_with_both_states(
    forged: ForgedPds, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = words(forged, here, "one")
    read(forged, lock="atdata.lock")
    (path,) = [path for path in forged.records if ".entry/" in path]
    forged.put(path, {**forged.records[path], "description": "another"})
    assert read(forged, locked=True) == "one", "the state that is pinned is still here"
    monkeypatch.setenv("ATDATA_CACHE", str(here / "other"))
    with pytest.raises(LockError, match=rf"pins .*{cid}.*has changed.*{forged.cid(path)}"):
        read(forged, locked=True)


def test_a_type_that_the_record_does_not_pin_is_pinned_by_the_lock(
    forged: ForgedPds, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words(forged, here, "one", change={"atdata": None})
    (entry,) = [path for path in forged.records if ".entry/" in path]
    record = {key: value for key, value in forged.records[entry].items() if key != "atdata"}
    forged.put(entry, record)
    read(forged, lock="atdata.lock")
    (path,) = [path for path in forged.records if ".schema/" in path]
    before = forged.cid(path)
    forged.put(path, {**forged.records[path], "description": "another type"})
    monkeypatch.setenv("ATDATA_CACHE", str(here / "other"))
    with pytest.raises(LockError, match=rf"its sample type: .*{before}.*{forged.cid(path)}"):
        read(forged, locked=True)


def test_locks_are_read_strictly(forged: ForgedPds, here: Path) -> None:
    words(forged, here, "one")
    read(forged, lock="atdata.lock")
    good = json.loads((here / "atdata.lock").read_text())
    entry = good["datasets"][NAME]
    wrong: list[Any] = [
        "no json",
        [],
        {"version": 2, "datasets": {}},
        {"version": 1, "datasets": []},
        {"version": 1, "datasets": {NAME: {**entry, "cid": "bafy"}}},
        {"version": 1, "datasets": {NAME: {**entry, "uri": "https://example.org"}}},
        {"version": 1, "datasets": {NAME: {**entry, "shards": {"train": ["abc"]}}}},
    ]
    for content in wrong:
        text = content if isinstance(content, str) else json.dumps(content)
        (here / "atdata.lock").write_text(text, "utf-8")
        with pytest.raises(LockError, match=r"atdata\.lock"):
            read(forged, locked=True)
        with pytest.raises(LockError, match=r"atdata\.lock"):
            read(forged)


def a_pin(number: int, rev: str = "3jzfcijpj2z2a") -> Pin:
    did = "did:plc:z72i7hdynmk6r22z27h6tvur"
    cid = "bafyreia4z7jgsxvxvsubt3jo63cnoc34zb6dd7otzczunrxfvtlssqolwu"
    uri = f"at://{did}/science.alt.dataset.entry/{number}"
    shards = shard_digests({"train": [f"{number:064x}", None]})
    return Pin(uri, cid, rev, did, None, uri, cid, shards)


def test_many_processes_write_one_lock(here: Path) -> None:
    import multiprocessing

    path = here / "some" / "atdata.lock"
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.starmap(write_pin, [(path, f"@a.test/{n}", a_pin(n)) for n in range(24)])
    assert [read_pin(path, f"@a.test/{n}") for n in range(24)] == [a_pin(n) for n in range(24)]
    lines = path.read_text().splitlines()
    names = [
        line.strip().partition('"')[2].partition('"')[0] for line in lines if "@a.test" in line
    ]
    assert names == sorted(names)
    assert write_pin(path, "@a.test/3", a_pin(3, "3jzfcijpj2z2b")) is None
    assert write_pin(path, "@a.test/3", a_pin(4)) == a_pin(3)


def test_long_lists_of_shards_are_one_digest() -> None:
    few = {"train": ["0" * 64] * 64}
    many = {"train": ["0" * 64] * 65}
    assert shard_digests(few)["train"] == ("0" * 64,) * 64
    assert len(shard_digests(many)["train"]) == 64
    assert shard_digests(many) != shard_digests({"train": [*many["train"][:-1], None]})
