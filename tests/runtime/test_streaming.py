"""`streaming=True`: once through from the front, nothing found out ahead of that."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atdata
from view_data import Item, item, numbers


def write(folder: Path, count: int = 20, maxcount: int = 6) -> Path:
    atdata.write_samples(map(item, range(count)), folder / "d.tar", maxcount=maxcount)
    return folder


def bare(folder: Path) -> Path:
    """Shards that no description knows."""
    folder.mkdir()
    for shard in write(folder.parent / "written").glob("*.tar"):
        shutil.copy(shard, folder / shard.name)
    return folder


def load(path: Path, **options: Any) -> atdata.Dataset[Item]:
    return atdata.load_dataset(path, Item, split="train", streaming=True, **options)


def test_it_is_gone_through_in_order(tmp_path: Path) -> None:
    for folder in (write(tmp_path / "described"), bare(tmp_path / "bare")):
        ds = load(folder)
        assert list(ds) == [item(n) for n in range(20)]
        assert numbers(ds.ordered()) == list(range(20))
        batches = list(ds.ordered(batch_size=8))
        assert [list(batch.number) for batch in batches] == [
            list(range(8)),
            list(range(8, 16)),
            list(range(16, 20)),
        ]
        assert batches[0].image.shape == (8, 2, 3)
        assert numbers(ds.head(3)) == [0, 1, 2]
        assert bool(ds)
        assert numbers(pickle.loads(pickle.dumps(ds))) == list(range(20))


def test_views_that_go_forwards(tmp_path: Path) -> None:
    ds = load(bare(tmp_path / "bare"))
    assert numbers(ds.skip(5).take(4)) == [5, 6, 7, 8]
    assert numbers(ds[2:14:5]) == [2, 7, 12]
    assert numbers(ds.filter(lambda sample: sample.number % 7 == 0)) == [0, 7, 14]
    assert numbers(ds.map(lambda sample: item(sample.number + 1))) == list(range(1, 21))
    assert [batch.number for batch in ds.take(5).ordered(batch_size=3)] == [[0, 1, 2], [3, 4]]
    assert numbers(ds.shard(4, 1, contiguous=False)) == [1, 5, 9, 13, 17]
    assert numbers(ds.take(2).concat(ds.skip(18))) == [0, 1, 18, 19]
    assert [sample.number for sample in ds.select_columns("number")] == list(range(20))
    assert next(iter(ds.as_type(atdata.DictSample)))["number"] == 0


def test_nothing_is_found_out_before_it_is_read(tmp_path: Path) -> None:
    """A shard that is damaged, or gone, is met when its turn comes."""
    folder = bare(tmp_path / "bare")
    (folder / "d-000002.tar").write_bytes(b"no archive" * 200)
    ds = load(folder)
    seen: list[int] = []
    with pytest.raises(atdata.ShardError, match=r"d-000002\.tar"):
        seen.extend(_noted(ds, seen))
    assert seen == list(range(12))
    assert numbers(ds.take(12)) == list(range(12))


def _noted(ds: Any, seen: list[int]) -> Any:
    for sample in ds:
        seen.append(sample.number)
    yield from ()


def test_a_length_is_what_the_description_says(tmp_path: Path) -> None:
    ds = load(write(tmp_path / "described"))
    assert len(ds) == 20
    assert numbers(ds[-3:]) == [17, 18, 19]
    assert [list(b.number) for b in ds.ordered(batch_size=5, rank=1, world_size=2)] == [
        [5, 6, 7, 8, 9],
        [15, 16, 17, 18, 19],
    ]
    unknown = load(bare(tmp_path / "bare"))
    with pytest.raises(
        TypeError, match="a length needs the index of every shard, .* load it without"
    ):
        len(unknown)
    # Python asks for a length to make room for a list, and goes on where there is none.
    assert len(list(unknown)) == 20


USES: list[Callable[[atdata.Dataset[Item]], object]] = [
    lambda ds: ds[0],
    lambda ds: ds[[1, 2]],
    lambda ds: ds.select([1]),
    lambda ds: ds.get("000000003"),
    lambda ds: ds.keys(),
    lambda ds: ds.shuffled(),
    lambda ds: ds.shuffled(batch_size=4, order="window:1MB"),
    lambda ds: ds.fingerprint,
    lambda ds: ds.ordered().state_dict(),
    lambda ds: ds.take(3)[0],
    lambda ds: ds.filter(bool).shuffled(),
]


@pytest.mark.parametrize("use", USES)
def test_what_needs_every_index_is_refused(
    tmp_path: Path, use: Callable[[atdata.Dataset[Item]], object]
) -> None:
    with pytest.raises(atdata.OnlyStreamed, match="streaming=True does not make: load it without"):
        use(load(bare(tmp_path / "bare")))


def test_a_cache_is_for_other_reading(tmp_path: Path) -> None:
    with pytest.raises(atdata.LoadError, match="streaming=True reads once through"):
        load(write(tmp_path / "d"), cache=True)


def test_slices_of_a_split(tmp_path: Path) -> None:
    described, plain = write(tmp_path / "described"), bare(tmp_path / "bare")

    def part(path: Path, split: str) -> list[int]:
        return numbers(atdata.load_dataset(path, Item, split=split, streaming=True))

    assert part(described, "train[:50%]") == list(range(10))
    assert part(described, "train[-2:]") == [18, 19]
    assert part(plain, "train[3:6]+train[10:]") == [3, 4, 5, *range(10, 20)]
    with pytest.raises(atdata.OnlyStreamed, match="a length"):
        part(plain, "train[:50%]")
    with pytest.raises(atdata.SplitError, match="train has 20 samples"):
        part(plain, "train[:21]")
