"""Real processes that write, delete and collect at the same time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from atdata.errors import EntryExists, EntryNotFound
from atdata.index.index import Index
from catalog import files_of, scans, shards_of, words
from forked import forked_pool
from servers.s3_server import S3Server

WRITERS = 4


def write_splits(url: str, folder: Path, who: int, count: int) -> list[str]:
    index = Index(url, folder)
    return [
        index.write(words(f"{who} {number}"), name="words", split=f"s{who}-{number}").version
        for number in range(count)
    ]


def write_version(url: str, folder: Path, who: int) -> bool:
    try:
        Index(url, folder).write(words(str(who)), name="words", version="1.0.0", split=f"s{who}")
    except EntryExists:
        return False
    return True


def churn(url: str, store: Path | str, seed: int, count: int) -> int:
    """Write, delete and collect in a random order, few different shards, so that they meet."""
    index, generator, done = Index(url, store), random.Random(seed), 0
    for _ in range(count):
        name = f"d{generator.randrange(3)}"
        what = generator.choice(["write", "write", "write", "delete", "version", "gc", "label"])
        try:
            if what == "write":
                word = f"w{generator.randrange(4)}"
                split = f"s{generator.randrange(2)}"
                index.write(
                    scans(generator.randrange(1, 5), word), name=name, split=split, maxcount=2
                )
            elif what == "delete":
                index.delete(name)
            elif what == "version":
                index.delete(f"{name}@{generator.choice(index.history(name)).version}")
            elif what == "label":
                index.label(f"best-{name}", name)
            else:
                index.gc()
        except EntryNotFound:
            continue
        done += 1
    return done


def check_whole(index: Index) -> None:
    """All that is there is whole, and after `gc` nothing else is."""
    entries = [entry for name in index.datasets() for entry in index.history(name)]
    for entry in entries:
        verified = index.verify(f"{entry.name}@{entry.version}")
        assert verified.ok, str(verified)
    index.gc()
    shards = {
        f"shards/{digest}{end}" for digest in shards_of(entries) for end in (".tar", ".tar.idx")
    }
    described = {f"datasets/{entry.name}/{entry.version}/dataset.json" for entry in entries}
    assert set(files_of(index)) == shards | described
    for label in index.labels():
        assert index.entry(f"{label.name}@{label.label}").version == label.version


def test_writers_of_one_name_get_consecutive_versions_and_lose_no_split(
    catalog_url: str, tmp_path: Path
) -> None:
    index, count = Index(catalog_url, tmp_path / "data"), 6
    with forked_pool(WRITERS) as pool:
        asked = [(catalog_url, tmp_path / "data", who, count) for who in range(WRITERS)]
        versions = [version for got in pool.starmap(write_splits, asked) for version in got]
    assert sorted(versions, key=lambda version: int(version.split(".")[1])) == [
        f"1.{number}.0" for number in range(WRITERS * count)
    ]
    assert set(index.entry("words").splits) == {
        f"s{who}-{number}" for who in range(WRITERS) for number in range(count)
    }
    check_whole(index)


def test_of_the_writers_of_one_version_one_gets_it(catalog_url: str, tmp_path: Path) -> None:
    index = Index(catalog_url, tmp_path / "data")
    with forked_pool(WRITERS) as pool:
        asked = [(catalog_url, tmp_path / "data", who) for who in range(WRITERS)]
        assert sorted(pool.starmap(write_version, asked)) == [False] * (WRITERS - 1) + [True]
    assert len(index.history("words")) == len(index.entry("words").splits) == 1
    check_whole(index)


@pytest.mark.parametrize("count", [20, pytest.param(400, marks=pytest.mark.long)])
def test_writers_deleters_and_collectors_at_once(
    catalog_url: str, tmp_path: Path, count: int
) -> None:
    index = Index(catalog_url, tmp_path / "data")
    with forked_pool(WRITERS) as pool:
        asked = [(catalog_url, tmp_path / "data", seed, count) for seed in range(WRITERS)]
        assert sum(pool.starmap(churn, asked)) > WRITERS * count / 2
    check_whole(index)


@pytest.mark.parametrize("count", [6, pytest.param(60, marks=pytest.mark.long)])
def test_writers_deleters_and_collectors_of_one_bucket(
    s3_rgw: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    for name, value in s3_rgw.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    url = f"sqlite:///{tmp_path}/index.db"
    store = f"s3://{s3_rgw.new_bucket()}/p?endpoint={s3_rgw.endpoint}"
    with forked_pool(WRITERS) as pool:
        asked = [(url, store, seed, count) for seed in range(WRITERS)]
        assert sum(pool.starmap(churn, asked)) > WRITERS * count / 2
    check_whole(Index(url, store))
