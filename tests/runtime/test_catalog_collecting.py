"""`delete` and `gc`: what no version needs goes away, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from atdata.errors import CatalogError, EntryNotFound, LeaseLost
from atdata.index import leases
from atdata.index.collecting import Collected
from atdata.index.index import Index
from atdata.index.leases import EXPIRES, held, here, is_dead
from atdata.index.providers.provider import Lease
from atdata.index.store_names import store_name
from catalog import Word, files_of, index_in, scans, shards_of, words

GONE = 2**22 + 1  # no system has a process of this number


def test_versions_are_deleted_one_by_one_or_all(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    first = index.write(words("a"), name="words")
    second = index.write(words("b"), name="words")
    third = index.write(words("c"), name="words")
    other = index.write(words("d"), name="other")
    index.label("best", "words@1.1.0")
    assert index.delete("words@1.0.0") == [first]
    assert index.delete("words@best") == [second]
    assert index.labels() == []
    assert index.history("words") == [third]
    assert index.delete("words") == [third]
    assert index.entries() == [other]
    for gone in ("words", "words@1.0.0", "other@2.0.0", "other@best"):
        with pytest.raises(EntryNotFound):
            index.delete(gone)
    assert [key for key in files_of(index) if key.startswith("datasets")] == [
        "datasets/other/1.0.0/dataset.json"
    ]


def test_shards_stay_until_they_are_collected_and_as_long_as_one_version_has_them(
    tmp_path: Path,
) -> None:
    index = index_in(tmp_path)
    first = index.write(words("a"), name="words")
    second = index.write(words("b"), name="words", split="test")
    third = index.write(words("c"), name="words", split="train")
    assert index.gc() == Collected()
    index.delete("words@1.0.0")
    assert index.gc() == Collected(), "the second version has its shard"
    index.delete("words@1.1.0")
    assert shards_of([first]) <= {key[7:71] for key in files_of(index)}
    collected = index.gc()
    assert (collected.shards, collected.files) == (1, 2)
    assert {key[7:71] for key in files_of(index) if key.startswith("shards")} == shards_of([third])
    assert shards_of([second]) > shards_of([first]) - shards_of([third])
    assert index.verify("words").ok


def test_a_dry_run_says_what_would_be_done_and_does_nothing(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(scans(4), name="scans", maxcount=2)
    entry = index.write(words("a"), name="words")
    index.delete("scans")
    (tmp_path / "data/datasets/words/1.0.0/dataset.json").unlink()
    before = files_of(index)
    said = index.gc(dry_run=True)
    assert said.dry_run
    assert files_of(index) == before
    assert index.provider.leases(index.data_store.url) == []
    done = index.gc()
    assert (said.shards, said.files, said.bytes, said.descriptions) == (
        done.shards,
        done.files,
        done.bytes,
        done.descriptions,
    )
    assert (done.shards, done.files, done.descriptions) == (2, 4, 1)
    assert index.entries() == [entry]
    assert index.gc() == Collected()


def test_what_is_young_stays_where_that_is_asked(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words")
    index.delete("words")
    assert index.gc(older_than=3600).shards == 0
    for path in (tmp_path / "data" / "shards").iterdir():
        os.utime(path, (time.time() - 4000, time.time() - 4000))
    assert index.gc(older_than=3600).shards == 1


def test_a_missing_description_is_put_again_and_a_false_one_is_removed(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words")
    path = tmp_path / "data/datasets/words/1.0.0/dataset.json"
    content = path.read_bytes()
    path.unlink()
    index.data_store.put_bytes("datasets/ghost/1.0.0/dataset.json", content)
    index.data_store.put_bytes("datasets/words/0.9.0/notes.txt", b"somebody else's")
    index.data_store.put_bytes("datasets/alien/1.0.0/dataset.json", b'{"index": "another"}')
    index.data_store.put_bytes("datasets/broken/1.0.0/dataset.json", b"{")
    assert index.gc().descriptions == 2
    assert path.read_bytes() == content
    assert [key for key in files_of(index) if key.startswith("datasets")] == [
        "datasets/alien/1.0.0/dataset.json",
        "datasets/broken/1.0.0/dataset.json",
        "datasets/words/0.9.0/notes.txt",
        "datasets/words/1.0.0/dataset.json",
    ]


def test_the_description_of_an_entry_that_had_this_version_before_is_replaced(
    tmp_path: Path,
) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words")
    path = tmp_path / "data/datasets/words/1.0.0/dataset.json"
    old = path.read_bytes()
    index.delete("words")
    entry = index.write(words("b"), name="words")
    path.unlink()
    index.data_store.put_bytes("datasets/words/1.0.0/dataset.json", old)
    os.utime(path, (0, 0))
    assert index.gc().descriptions == 1
    assert json.loads(path.read_bytes())["created"] == entry.created


def test_files_that_are_none_of_ours_stay_and_are_named(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    index.write(words("a"), name="words")
    index.data_store.put_bytes("shards/readme.txt", b"mine")
    collected = index.gc()
    assert collected.unknown == ("shards/readme.txt",)
    assert "shards/readme.txt" in files_of(index)


def lease_of(index: Index, token: str, **more: object) -> Lease:
    values = {"kind": "write", "host": here(), "pid": GONE} | more
    lease = Lease(token, store_name(index.data_store.url), **values, renewed=0.0)  # type: ignore[arg-type]
    index.provider.lease(lease)
    return lease


def orphan(index: Index) -> str:
    """A shard that no entry has."""
    (digest,) = shards_of([index.write(words("orphan"), name="orphan")])
    index.delete("orphan")
    return digest


@pytest.mark.parametrize("kind", ["write", "collect"])
def test_what_a_dead_process_held_is_collected(tmp_path: Path, kind: str) -> None:
    index = index_in(tmp_path)
    digest = orphan(index)
    lease_of(index, "a" * 32, kind=kind)
    if kind == "write":
        assert index.provider.claim("a" * 32, [digest]) == []
    else:
        assert index.provider.condemn("a" * 32, [digest]) == [digest]
    staging = tmp_path / "data" / "staging" / ("a" * 32)
    staging.mkdir(parents=True)
    (staging / ".data-000000.tar.part").write_bytes(b"x" * 1000)
    said = index.gc(dry_run=True)
    assert (said.shards, said.writes) == (1, int(kind == "write"))
    collected = index.gc()
    assert (collected.shards, collected.writes) == (1, int(kind == "write"))
    assert collected.bytes > 1000
    assert not staging.exists()
    assert files_of(index) == []
    assert index.provider.leases(index.data_store.url) == []


def test_what_a_living_process_holds_stays(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    digest = orphan(index)
    lease_of(index, "a" * 32, pid=os.getppid())
    lease_of(index, "b" * 32, host="another machine")
    assert index.provider.claim("b" * 32, [digest]) == []
    for token in ("a" * 32, "b" * 32):
        (tmp_path / "data" / "staging" / token).mkdir(parents=True)
    assert index.gc() == Collected()
    assert index.gc(dry_run=True) == Collected(dry_run=True)
    assert len(list((tmp_path / "data" / "staging").iterdir())) == 2
    index.provider.release("b" * 32)
    assert index.gc().shards == 1


@pytest.mark.parametrize(
    ("host", "pid", "age", "dead"),
    [
        (None, GONE, 0.0, True),
        (None, os.getpid(), 0.0, True),  # which this process does not hold
        (None, os.getpid(), EXPIRES + 1, True),
        (None, os.getppid(), 1.0, False),
        ("another machine", GONE, 1.0, False),
        ("another machine", GONE, EXPIRES + 1, True),
    ],
    # Without the numbers of processes, which the workers of a parallel run do not share.
    ids=["gone", "own", "own, expired", "another", "elsewhere", "elsewhere, expired"],
)
def test_who_is_dead(host: str | None, pid: int, age: float, dead: bool) -> None:
    assert is_dead(Lease("a" * 32, "file:///x", "write", host or here(), pid, 0.0), age) is dead


def test_a_process_that_ended_and_was_not_waited_for_is_dead() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    lease = Lease("a" * 32, "file:///x", "write", here(), child, 0.0)
    while not is_dead(lease, 0.0):
        time.sleep(0.01)
    os.waitpid(child, 0)
    assert is_dead(lease, 0.0)


def test_a_lease_is_renewed_while_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWED", 0.01)
    index = index_in(tmp_path)
    with held(index.provider, "file:///x", "write"):
        ((first, age),) = index.provider.leases("file:///x")
        assert not is_dead(first, age)
        while index.provider.leases("file:///x")[0][0].renewed == first.renewed:
            time.sleep(0.01)
    assert index.provider.leases("file:///x") == []


def test_a_write_whose_lease_was_ended_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    index = index_in(tmp_path)

    def produce() -> Iterator[Word]:
        yield from words("a", "b", "c")
        ((lease, _),) = index.provider.leases(index.data_store.url)
        index.provider.release(lease.token)
        yield from words("d", "e")

    with pytest.raises(LeaseLost):
        index.write(produce(), name="words", maxcount=1)
    assert index.entries() == []
    assert files_of(index) == []


def test_a_lease_that_is_lost_stops_the_write_at_the_next_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWED", 0.01)
    index = index_in(tmp_path)
    made = 0

    def produce() -> Iterator[Word]:
        nonlocal made
        yield from words("a", "b", "c")
        ((lease, _),) = index.provider.leases(index.data_store.url)
        index.provider.release(lease.token)
        while made < 10_000:
            time.sleep(0.005)
            made += 1
            yield Word(text="x" * 2_000_000)

    with pytest.raises(LeaseLost):
        index.write(produce(), name="words", maxcount=1)
    assert made < 1000


def test_a_writer_waits_for_what_is_being_deleted(tmp_path: Path) -> None:
    import threading

    index = index_in(tmp_path)
    digest = orphan(index)
    lease_of(index, "a" * 32, kind="collect", pid=os.getppid())
    assert index.provider.condemn("a" * 32, [digest]) == [digest]
    done: list[str] = []
    writer = threading.Thread(
        target=lambda: done.append(index.write(words("orphan"), name="words").version)
    )
    writer.start()
    writer.join(0.5)
    assert not done
    index.data_store.delete([key for key in files_of(index) if digest in key])
    index.provider.absolve("a" * 32, [digest])
    writer.join()
    assert done == ["1.0.0"]
    assert index.verify("words").ok


def test_a_writer_ends_the_marks_of_a_collector_that_died(tmp_path: Path) -> None:
    index = index_in(tmp_path)
    digest = orphan(index)
    lease_of(index, "a" * 32, kind="collect")
    assert index.provider.condemn("a" * 32, [digest]) == [digest]
    index.write(words("orphan"), name="words")
    assert index.verify("words").ok


def test_a_store_of_two_indexes_is_not_collected(tmp_path: Path) -> None:
    one = Index(tmp_path / "one.db", tmp_path / "data")
    two = Index(tmp_path / "two.db", tmp_path / "data")
    one.write(words("a"), name="words")
    two.write(words("b"), name="words")
    one.delete("words")
    for index in (one, two):
        with pytest.raises(CatalogError, match="of another Index too") as caught:
            index.gc()
        assert ("two.db" if index is one else "one.db") in str(caught.value)
    assert two.verify("words").ok
    with pytest.raises(KeyboardInterrupt):
        two.write(interrupted(), name="more", maxcount=1)
    (other,) = (key for key in one.data_store.list("indexes/") if "two.db" in said(one, key.key))
    one.data_store.delete([other.key])
    assert one.gc().shards > 0


def test_tables_know_themselves_whatever_they_are_reached_by(
    catalog_url: str, tmp_path: Path
) -> None:
    one, same = (Index(catalog_url, tmp_path / "data") for _ in range(2))
    assert one.provider.identity() == same.provider.identity()
    one.write(words("a"), name="words")
    same.write(words("b"), name="words")
    assert one.gc() == Collected()
    other = index_in(tmp_path / "other")
    assert other.provider.identity() != one.provider.identity()


def test_a_copy_of_the_tables_is_another_index(tmp_path: Path) -> None:
    index = index_in(tmp_path / "one")
    index.write(words("a"), name="words")
    index.close()
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    copy = Index(tmp_path / "two" / "index.db", index.data_store)
    copy.delete("words")
    copy.write(words("b"), name="words")
    with pytest.raises(CatalogError, match="another Index"):
        copy.gc()
    assert index.verify("words").ok


def interrupted() -> Iterator[Word]:
    yield from words("a", "b", "c")
    raise KeyboardInterrupt


def said(index: Index, key: str) -> str:
    return (index.data_store.get_bytes(key) or b"").decode()
