"""What reading a published dataset costs, counted at a real https server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import atdata
from published_data import ForgedDesk, Large, http_shards, large, local, publish
from remote_data import no_wait
from servers.forged_pds import ForgedPds
from servers.http import HttpServer

MIB = 1 << 20


@pytest.fixture(autouse=True)
def here(user_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.chdir(user_folders)
    return user_folders


@pytest.fixture
def dataset(
    public_forged: ForgedPds, https_server: HttpServer, here: Path
) -> tuple[Any, HttpServer]:
    """200 samples of 120 kB in two shards, published; as it is loaded."""
    data = local(large(here / "out", count=200, maxcount=100))
    address = https_server.put_folder(data.folder, "d/")
    desk = ForgedDesk(public_forged)
    publish(desk, "cells", data.schema, {"train": http_shards(data, address)})
    ds = atdata.load_dataset(
        "@alice.example.org/cells", Large, split="train", atmosphere=public_forged.reader()
    )
    return ds, https_server


def own_blocks(numbers: list[int]) -> int:
    """Bytes of the blocks that samples lie in: some 120 kB each, one behind the other, a hundred a shard."""
    size = 120_000 + 1100  # and the headers and names, at most
    spots = set[tuple[int, int]]()
    for number in numbers:
        shard, inner = divmod(number, 100)
        spots |= {(shard, inner * size // MIB), (shard, ((inner + 1) * size - 1) // MIB)}
    return len(spots) * MIB


@pytest.mark.parametrize("streaming", [False, True], ids=["", "streaming"])
def test_the_first_batch_in_order(dataset: tuple[Any, HttpServer], streaming: bool) -> None:
    ds, server = dataset
    assert not server.asked
    batch = next(iter(ds.ordered(batch_size=16)))
    assert list(batch.number) == list(range(16))
    indexes = sum(one.sent for one in server.asked if one.path.endswith(".idx"))
    assert indexes <= len(server.files["d/data-000000.tar.idx"])
    data = sum(one.sent for one in server.asked if not one.path.endswith(".idx"))
    own = own_blocks(list(range(16)))
    assert own == 2 * MIB
    assert data <= own * 1.01


def test_the_first_batch_of_a_shuffled_order(dataset: tuple[Any, HttpServer]) -> None:
    ds, server = dataset
    batch = next(iter(ds.shuffled(batch_size=4, seed=3)))
    numbers = list(batch.number)
    indexes = sum(one.sent for one in server.asked if one.path.endswith(".idx"))
    assert indexes == sum(
        len(content) for name, content in server.files.items() if name.endswith(".idx")
    )
    data = sum(one.sent for one in server.asked if not one.path.endswith(".idx"))
    assert data <= own_blocks(numbers) * 1.01


def test_a_preview_fetches_what_it_shows(
    public_forged: ForgedPds, dataset: tuple[Any, HttpServer]
) -> None:
    _, server = dataset
    ds: Any = atdata.load_dataset(
        "@alice.example.org/cells",
        Large,
        split="train",
        streaming=True,
        atmosphere=public_forged.reader(),
    )
    assert [sample.number for sample in ds.take(3)] == [0, 1, 2]
    assert server.sent() < 3 * MIB
