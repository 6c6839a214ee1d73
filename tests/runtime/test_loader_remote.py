"""A dataset that lies on a web server is loaded by threads and processes as it is read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import atdata
from loader_data import given_until, same_batches
from remote_data import Large, large, numbers
from servers.http import HttpServer, gone, status
from view_data import Item, item, stored
from waiting import wait_until


@pytest.mark.parametrize("options", [{}, {"processes": "fork"}, {"processes": "spawn"}])
def test_batches_are_those_of_the_disk(
    http_server: HttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
) -> None:
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    atdata.write_samples(map(item, range(23)), tmp_path / "data" / "data.tar", maxcount=4)
    address = http_server.put_folder(tmp_path / "data") + "data.dataset.json"
    ds = atdata.load_dataset(address, Item, split="train")
    found = list(ds.loader(4, order="ordered", workers=2, **options))
    assert same_batches(found, list(stored(23).ordered(4)))
    shuffled = list(ds.loader(4, seed=5, workers=3, prefetch=5, **options))
    assert same_batches(shuffled, list(ds.shuffled(4, seed=5)))


SHARDS = 12


def same(sample: Large) -> Large:
    return sample


def odd(sample: Large) -> bool:
    return sample.number % 2 == 1


@pytest.fixture
def by_shards(
    http_server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> atdata.Dataset[Large]:
    """A dataset of shards of four samples, of half a MB each; nothing is kept on disk."""
    monkeypatch.setenv("ATDATA_CACHE", "")
    large(tmp_path / "data", count=4 * SHARDS, maxcount=4)
    address = http_server.put_folder(tmp_path / "data") + "data.dataset.json"
    return atdata.load_dataset(address, Large)


def shards_asked(server: HttpServer) -> Counter[str]:
    """How often the bytes of each shard were asked for; how large one is does not count."""
    return Counter(
        one.path
        for one in server.asked
        if one.path.endswith(".tar") and one.span is not None and one.span[1] > 1
    )


def viewed(ds: atdata.Dataset[Large], view: str) -> atdata.Dataset[Large]:
    views = {"stored": ds, "mapped": ds.map(same), "renamed": ds.map(same).as_type(Large)}
    return views[view]


@pytest.mark.parametrize("view", ["stored", "mapped", "renamed"])
@pytest.mark.parametrize("processes", ["fork", "spawn"])
def test_each_process_fetches_its_own_pieces_once(
    http_server: HttpServer, by_shards: atdata.Dataset[Large], view: str, processes: Any
) -> None:
    ds = viewed(by_shards, view)
    loader = ds.loader(4, order="ordered", workers=3, processes=processes)
    assert numbers(loader) == list(range(4 * SHARDS))
    asked = shards_asked(http_server)
    assert len(asked) == SHARDS
    assert set(asked.values()) == {1}, "a shard is the piece of one worker"
    size = sum(len(data) for name, data in http_server.files.items() if name.endswith(".tar"))
    sent = sum(one.sent for one in http_server.asked if one.path.endswith(".tar"))
    assert sent <= size


@pytest.mark.parametrize("view", ["stored", "mapped"])
def test_processes_fetch_ahead_of_what_they_are_told_to_make(
    http_server: HttpServer, by_shards: atdata.Dataset[Large], view: str
) -> None:
    batches = iter(viewed(by_shards, view).loader(4, order="ordered", workers=2, processes="fork"))
    found = [*next(batches).number, *next(batches).number]
    wait_until(lambda: len(shards_asked(http_server)) == SHARDS)
    for name in list(http_server.files):
        http_server.always(gone, name)
    assert [*found, *numbers(batches)] == list(range(4 * SHARDS)), "all of it is here"


def test_functions_are_fetched_for_ahead_by_threads_and_by_workers_of_torch(
    http_server: HttpServer, by_shards: atdata.Dataset[Large]
) -> None:
    view = by_shards.filter(odd).map(same)
    expected = list(range(1, 4 * SHARDS, 2))
    assert numbers(view.loader(2, order="ordered", workers=2)) == expected
    http_server.forget()
    batches = iter(view.torch(2, order="ordered").loader(2))
    found = [number for _ in range(4) for number in next(batches)["number"].tolist()]
    # Of each shard two samples that do not lie together.
    wait_until(lambda: shards_asked(http_server).total() == 2 * SHARDS)
    for name in list(http_server.files):
        http_server.always(gone, name)
    assert found + [n for batch in batches for n in batch["number"].tolist()] == expected


def test_a_shard_that_is_gone_is_an_error_behind_what_is_before_it(
    http_server: HttpServer, by_shards: atdata.Dataset[Large]
) -> None:
    len(by_shards.keys())
    http_server.always(status(404), "data-000007.tar")
    for view in ("stored", "mapped"):
        batches = viewed(by_shards, view).loader(4, order="ordered", workers=2, processes="fork")
        given, error = given_until(atdata.DatasetNotFound, batches)
        assert given == list(range(28))
        assert "data-000007" in str(error)
