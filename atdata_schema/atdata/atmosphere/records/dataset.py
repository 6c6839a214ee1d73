"""A dataset as its owner published it: records of `science.alt.dataset.entry`, and the list of shards where it is a blob."""

from atdata.atmosphere.records.dataset_reading import dataset_from_record
from atdata.atmosphere.records.dataset_writing import dataset_to_record
from atdata.atmosphere.records.published_dataset import (
    DatasetSize,
    JsonObject,
    PublishedDataset,
)
from atdata.atmosphere.records.shard_list import (
    needs_shard_list,
    shard_list_from_bytes,
    shard_list_to_bytes,
)

__all__ = [
    "DatasetSize",
    "JsonObject",
    "PublishedDataset",
    "dataset_from_record",
    "dataset_to_record",
    "needs_shard_list",
    "shard_list_from_bytes",
    "shard_list_to_bytes",
]
