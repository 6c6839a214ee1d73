"""A dataset that lies on a web server is loaded by threads and processes as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import atdata
from loader_data import same_batches
from servers.http import HttpServer
from view_data import Item, item, stored


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
