"""The shards as a pipeline of webdataset."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from torch.utils.data import DataLoader

import atdata
from view_data import stored

webdataset: Any = importlib.import_module("webdataset")


def pipeline_of(ds: atdata.Dataset[Any], **options: Any) -> Any:
    return ds.webdataset(**options)


def test_samples_come_as_dicts_of_their_fields_in_the_order_of_the_shards() -> None:
    ds = stored(23)
    found = list(pipeline_of(ds))
    assert [each["number"] for each in found] == list(range(23))
    assert [each["__key__"] for each in found] == ds.keys()
    assert {each["__url__"] for each in found} == {str(path) for path in ds.shards}
    assert found[4]["image"].tolist() == ds[4].image.tolist()
    assert set(found[0]) >= {"__key__", "__url__", "image", "number", "note"}


def test_undecoded_they_are_what_webdataset_finds() -> None:
    ds = stored(9)
    paths = [str(path) for path in ds.shards]
    plain = webdataset.DataPipeline(
        webdataset.SimpleShardList(paths), webdataset.tarfile_to_samples()
    )
    found = [(each["__key__"], each["msgpack"]) for each in pipeline_of(ds, decode=False)]
    assert found == [(each["__key__"], each["msgpack"]) for each in plain]


def test_it_goes_on_as_a_pipeline_does_and_shares_shards_among_workers() -> None:
    ds = stored(23)
    pipeline = pipeline_of(ds).compose(webdataset.to_tuple("__key__", "number"))
    loader: Any = DataLoader(pipeline, batch_size=None, num_workers=2)
    assert sorted(number for _, number in loader) == list(range(23))


@pytest.mark.parametrize("view", ["taken", "mapped"])
def test_a_view_is_refused_with_what_to_do(view: str) -> None:
    ds = stored(9)
    views: dict[str, atdata.Dataset[Any]] = {
        "taken": ds.take(3),
        "mapped": ds.map(lambda sample: sample),
    }
    with pytest.raises(atdata.LoadError, match="write the view with write_samples"):
        pipeline_of(views[view])
