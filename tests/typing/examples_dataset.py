"""`Dataset` as type checkers see it: batches have the type that their class names, in every order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, assert_type, final

import numpy as np
from numpy.typing import NDArray

import atdata
from atdata.iteration import Ordered, Shuffled
from atdata_schema import v1
from atdata_schema.batch import DynamicBatch

LEXICON = v1.Lexicon(
    """{"lexicon": 1, "id": "org.example.patch", "defs": {"main": {"type": "object",
    "required": ["image", "label"], "properties": {
        "image": {"type": "ref", "ref": "dev.atdata.types#ndarray",
            "x-atdata": {"dtype": "float32", "shape": ["H", "W"]}},
        "label": {"type": "string"}}}}}""",
    needs=lambda: (v1.TYPES,),
)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Patch(v1.Sample["PatchBatch"]):
    """As the compiler writes it."""

    image: NDArray[np.float32]
    label: str

    TYPE: ClassVar[str] = "org.example.patch"
    FIELDS: ClassVar[v1.Fields] = v1.Fields(
        {"image": v1.Array(np.float32, ("H", "W")), "label": v1.Text()}
    )
    SCHEMA: ClassVar[v1.Schema] = v1.Schema("org.example.patch", LEXICON)


@final
class PatchBatch(v1.Batch, of=Patch):
    """As the compiler writes it."""

    image = v1.Column[NDArray[np.float32]]("image")
    label = v1.Column[list[str]]("label")


@atdata.packable
class Word:
    text: str


def patches() -> Iterator[Patch]:
    for number in range(6):
        yield Patch(image=np.full((2, 3), number, np.float32), label=str(number))


with TemporaryDirectory() as folder:
    path = Path(folder) / "patches.tar"
    ds = atdata.write_samples(patches(), path, maxcount=4, key=lambda patch: patch.label)
    assert_type(ds, atdata.Dataset[Patch])
    assert_type(atdata.load_dataset(path, Patch, split="train"), atdata.Dataset[Patch])
    assert_type(atdata.load_dataset(path, sample_type=Patch, split="train"), atdata.Dataset[Patch])
    assert_type(atdata.load_dataset([path], split="train"), atdata.Dataset[Any])

    for batch in ds.ordered(batch_size=4):
        assert_type(batch, PatchBatch)
        assert_type(batch.image, NDArray[np.float32])
        assert_type(batch.label, list[str])
    for batch in ds.shuffled(batch_size=4, seed=3, epoch=0):
        assert_type(batch, PatchBatch)
    assert_type(ds.ordered(4), Ordered[PatchBatch])
    assert_type(ds.shuffled(4), Shuffled[PatchBatch])
    assert_type(ds.ordered(), Ordered[Patch])
    assert_type(ds.shuffled(), Shuffled[Patch])
    for sample in ds:
        assert_type(sample, Patch)
    for sample in ds.shuffled(seed=1):
        assert_type(sample.image, NDArray[np.float32])
    assert_type(ds[0], Patch)
    assert_type(ds[np.int64(-1)], Patch)
    assert_type(ds.get("3"), Patch)
    assert_type(ds.head(2), list[Patch])
    assert_type(ds.sample_type, type[Patch])
    assert_type(ds.schema, v1.Schema)
    assert [batch.image.shape for batch in ds.ordered(batch_size=4)] == [(4, 2, 3), (2, 2, 3)]
    assert ds.get("3").label == "3"

    untyped = ds.as_type(atdata.DictSample)
    assert_type(untyped, atdata.Dataset[atdata.DictSample])
    assert_type(untyped.as_type(Patch), atdata.Dataset[Patch])
    assert [patch.label for patch in untyped.as_type(Patch)] == list("012345")

    words = atdata.write_samples([Word(text="a"), Word(text="b")], Path(folder) / "words.tar")
    assert_type(words, atdata.Dataset[Word])
    for found in words.ordered(batch_size=2):
        assert_type(found, DynamicBatch[Word])
        assert found.text == ["a", "b"]
    assert_type(words.shuffled(), Shuffled[Word])


def general(dataset: atdata.Dataset[object]) -> int:
    """A dataset of something is a dataset of anything: it only gives samples."""
    return len(dataset)


if __name__ == "__main__":
    assert general(atdata.Dataset[Patch]((), Patch)) == 0
