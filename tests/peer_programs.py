"""What the earlier release is asked to do: programs that run in its environment, with values put before them.

`handle`, `password` and `service` are those of the account that it logs in as.
"""

from __future__ import annotations

from typing import Final

__all__ = ["PUBLISH_BLOBS", "PUBLISH_URLS", "READ"]

_LOGIN: Final = """
import hashlib
import numpy as np
from numpy.typing import NDArray
import atdata
from atdata.atmosphere import Atmosphere

account = Atmosphere.login(handle, password, base_url=service)
index = atdata.Index(atmosphere=account)
"""

_SAMPLES: Final = """
@atdata.packable
class Digit:
    image: NDArray
    label: str
    score: float
    words: list[str]
    note: str | None = None

samples = [
    Digit(image=np.full((4, 3), n, np.float32), label=f"l{n}", score=n / 2, words=["a"] * n, note="x" if n % 2 else None)
    for n in range(10)
]
"""

PUBLISH_BLOBS: Final = f"""{_LOGIN}{_SAMPLES}
from atdata.atmosphere import PDSBlobStore

entry = index.write_samples(
    samples,
    name=f"@{{handle}}/{{name}}",
    data_store=PDSBlobStore(account),
    description="Ten squares.",
    tags=["squares"],
    license="MIT",
    metadata={{"made": {{"by": "hand", "in": 2026}}}},
    maxcount=4,
)
print(json.dumps({{"uri": str(entry.uri)}}))
"""
"""Publish ten samples in three shards as blobs, under `name`."""

PUBLISH_URLS: Final = f"""{_LOGIN}{_SAMPLES}
from pathlib import Path

from atdata.atmosphere import DatasetPublisher, SchemaPublisher

atdata.write_samples(samples, "data.tar", maxcount=4)
shards = sorted(path.name for path in Path().glob("data*.tar"))
schema = SchemaPublisher(account).publish(Digit, name="Digit", version="1.0.0")
urls = [f"{{base}}/{{shard}}" for shard in shards]
entry = DatasetPublisher(account).publish_with_urls(urls, str(schema), name=name)
print(json.dumps({{"uri": str(entry), "shards": shards}}))
"""
"""Write ten samples into the folder, and publish the addresses that they will have below `base`, under `name`."""

READ: Final = f"""{_LOGIN}
dataset = atdata.load_dataset(uri, atmosphere=account, split="train")
print(json.dumps([[s.label, s.score, s.image.tolist()] for s in dataset.ordered()]))
"""
"""Read a dataset by its address."""
