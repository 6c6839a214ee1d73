"""`Dataset`: iteration in every form, random access, types and pickles."""

from __future__ import annotations

import copy
import gzip
import itertools
import os
import pickle
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata


@atdata.packable
class Item:
    image: NDArray[np.float32]
    number: int
    note: str | None = None


@atdata.packable(nsid="local.packable.item")
class Twin:
    image: NDArray[np.float32]
    number: int
    note: str | None = None


@atdata.packable
class Wider:
    image: NDArray[np.float32]
    number: float
    note: str | None = None
    more: int | None = None


@atdata.packable
class Worded:
    image: NDArray[np.float32]
    number: str


# What `@packable` adds, type checkers do not see.
ITEM: Any = Item


def item(number: int) -> Item:
    return Item(image=np.full((2, 3), number, np.float32), number=number, note=f"n{number}")


def items(count: int) -> list[Item]:
    return [item(number) for number in range(count)]


def written(folder: Path, count: int, maxcount: int = 4) -> atdata.Dataset[Item]:
    return atdata.write_samples(items(count), folder / "d.tar", maxcount=maxcount)


def numbers(samples: Any) -> list[int]:
    return [sample.number for sample in samples]


# In order.


def test_samples_come_in_the_order_of_writing_as_often_as_asked(tmp_path: Path) -> None:
    ds = written(tmp_path, 10)
    ordered = ds.ordered()
    for _ in range(2):
        assert list(ds) == list(ordered) == items(10)
    assert (len(ds), len(ordered)) == (10, 10)


@given(count=st.integers(1, 20), maxcount=st.integers(1, 9), size=st.integers(1, 25))
def test_batches_are_the_samples_in_groups(
    tmp_path_factory: pytest.TempPathFactory, count: int, maxcount: int, size: int
) -> None:
    """Every batch is full but the last; shards leave no trace; columns and keys are those of the samples."""
    ds = written(tmp_path_factory.mktemp("d"), count, maxcount)
    batches = list(ds.ordered(batch_size=size))
    assert len(ds.ordered(batch_size=size)) == len(batches)
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert list(itertools.chain.from_iterable(batch.number for batch in batches)) == list(
        range(count)
    )
    assert [key for batch in batches for key in batch.keys] == ds.keys()
    for batch in batches:
        assert batch.image.shape == (len(batch), 2, 3)
        assert batch.image[:, 0, 0].tolist() == batch.number


def test_batch_sizes_below_one_are_refused(tmp_path: Path) -> None:
    ds = written(tmp_path, 2)
    wrong: list[Any] = [0, -1, True, 2.5, "8"]
    for size in wrong:
        with pytest.raises(atdata.LoadError, match="at least 1"):
            ds.ordered(batch_size=size)
        with pytest.raises(atdata.LoadError, match="at least 1"):
            ds.shuffled(batch_size=size)


# Shuffled.


@settings(max_examples=40)
@given(
    count=st.integers(1, 60),
    maxcount=st.integers(1, 20),
    size=st.one_of(st.none(), st.integers(1, 70)),
    seed=st.integers(0, 2**40),
    epoch=st.integers(0, 5),
)
def test_an_epoch_holds_each_sample_exactly_once(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    maxcount: int,
    size: int | None,
    seed: int,
    epoch: int,
) -> None:
    ds = written(tmp_path_factory.mktemp("d"), count, maxcount)
    if size is None:
        seen = numbers(ds.shuffled(seed=seed, epoch=epoch))
    else:
        batches = list(ds.shuffled(batch_size=size, seed=seed, epoch=epoch))
        assert all(len(batch) == size for batch in batches[:-1])
        seen = [number for batch in batches for number in batch.number]
        assert seen == numbers(ds.shuffled(seed=seed, epoch=epoch))
    assert Counter(seen) == Counter(range(count))


def test_each_time_through_is_the_next_epoch(tmp_path: Path) -> None:
    ds = written(tmp_path, 30)
    shuffled = ds.shuffled(seed=3)
    first, second = numbers(shuffled), numbers(shuffled)
    assert first != second != numbers(ds)
    assert numbers(ds.shuffled(seed=3)) == first
    assert numbers(ds.shuffled(seed=3, epoch=1)) == second
    fixed = ds.shuffled(seed=3, epoch=1)
    assert numbers(fixed) == numbers(fixed) == second
    assert numbers(ds.shuffled(seed=4)) != first
    assert len(ds.shuffled(batch_size=7)) == 5


def test_samples_are_shuffled_across_shards(tmp_path: Path) -> None:
    ds = written(tmp_path, 40, maxcount=10)
    first = numbers(ds.shuffled())[:10]
    assert len({number // 10 for number in first}) > 1


def test_the_order_depends_on_the_data_not_on_where_it_lies(tmp_path: Path) -> None:
    one = written(tmp_path / "a", 20, 5)
    two = written(tmp_path / "b" / "deeper", 20, 5)
    other = written(tmp_path / "c", 20, 6)
    assert one.fingerprint == two.fingerprint != other.fingerprint
    assert numbers(one.shuffled(seed=1)) == numbers(two.shuffled(seed=1))
    assert numbers(one.shuffled(seed=1)) != numbers(other.shuffled(seed=1))


def test_negative_epochs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(atdata.LoadError, match="epoch is -1: give a number of at least 0"):
        written(tmp_path, 2).shuffled(epoch=-1)


# Single samples.


def test_indices_and_keys(tmp_path: Path) -> None:
    ds = written(tmp_path, 10)
    assert [ds[index] for index in range(10)] == items(10)
    assert [ds[index] for index in range(-10, 0)] == items(10)
    assert ds[np.int64(3)] == item(3)
    assert ds.get("000000007") == item(7)
    for index in (10, -11):
        with pytest.raises(IndexError, match="has 10 samples"):
            ds[index]
    with pytest.raises(KeyError, match="no sample has the key 'x'; the first keys are '000000000'"):
        ds.get("x")
    assert ds["train"] is ds
    with pytest.raises(KeyError, match="the split 'train', not '000000007'; .* by key with get"):
        ds["000000007"]


def test_head(tmp_path: Path) -> None:
    ds = written(tmp_path, 10)
    assert ds.head() == items(5)
    assert ds.head(2) == items(2)
    assert ds.head(99) == items(10)
    assert ds.head(0) == []
    with pytest.raises(atdata.LoadError, match="n is -1"):
        ds.head(-1)


def test_a_key_twice_is_found_out_when_it_is_asked_for(tmp_path: Path) -> None:
    written(tmp_path / "a", 3)
    written(tmp_path / "b", 3)
    both = atdata.load_dataset([tmp_path / "a", tmp_path / "b"], Item)
    assert numbers(both) == [0, 1, 2, 0, 1, 2]
    with pytest.raises(atdata.ShardError, match="stands more than once"):
        both.get("000000001")


def test_counting_and_truth_decode_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ds = written(tmp_path, 10)
    decoded: list[int] = []
    decode = ITEM.decode

    def counting(data: bytes) -> Item:
        decoded.append(1)
        sample: Item = decode(data)
        return sample

    monkeypatch.setattr(Item, "decode", counting)
    assert bool(ds)
    assert len(ds) == 10
    assert ds.keys()[0] == "000000000"
    assert decoded == []
    assert len(list(ds)) == 10
    assert len(decoded) == 10


def test_truth_reads_no_more_than_the_first_sample(tmp_path: Path) -> None:
    ds = written(tmp_path, 9, maxcount=3)
    for path in ds.shards[1:]:
        path.write_bytes(b"no tar")
    assert bool(ds)
    assert bool(ds.ordered(batch_size=2))


# Packed shards.


@pytest.mark.parametrize("ending", [".tar.gz", ".tgz", ".tar.zst"])
def test_packed_shards_are_streamed_and_say_what_they_cannot(tmp_path: Path, ending: str) -> None:
    written(tmp_path / "plain", 5, maxcount=9)
    pack = zstandard.compress if ending.endswith("zst") else gzip.compress
    path = tmp_path / f"train{ending}"
    path.write_bytes(pack((tmp_path / "plain" / "d-000000.tar").read_bytes()))
    ds = atdata.load_dataset(path, Item)
    assert list(ds) == items(5)
    assert len(ds) == 5
    assert [len(batch) for batch in ds.ordered(batch_size=3)] == [3, 2]
    uses: list[Callable[[], object]] = [
        lambda: ds[0],
        lambda: ds.get("000000001"),
        lambda: ds.shuffled(),
    ]
    for use in uses:
        with pytest.raises(atdata.LoadError, match=r"need plain shards.*unpack it"):
            use()


# What a dataset says about itself.


def test_what_it_says_about_itself(tmp_path: Path) -> None:
    ds = written(tmp_path, 10)
    assert repr(ds) == "<Dataset[Item]: 10 samples, 3 shards, split 'train'>"
    assert ds.schema == ITEM.SCHEMA
    assert ds.sample_type is Item
    assert [path.name for path in ds.shards] == [f"d-{n:06d}.tar" for n in range(3)]
    alone = atdata.load_dataset(written(tmp_path / "x", 1).shards[0], Item)
    assert repr(alone) == "<Dataset[Item]: 1 sample, 1 shard, split 'train'>"


# As another type.


def test_as_an_equal_model(tmp_path: Path) -> None:
    ds = written(tmp_path, 3).as_type(Twin)
    assert [type(sample) for sample in ds] == [Twin] * 3
    assert numbers(ds.as_type(Item)) == [0, 1, 2]


def test_as_another_model_is_refused_with_what_breaks(tmp_path: Path) -> None:
    ds = written(tmp_path, 3)
    with pytest.raises(atdata.SchemaMismatch) as caught:
        ds.as_type(Wider)
    assert [line.partition(":")[0] for line in caught.value.differences] == ["number"]
    with pytest.raises(atdata.LoadError, match="no sample type"):
        ds.as_type(dict)


def test_from_untyped_samples_and_back(tmp_path: Path) -> None:
    written(tmp_path, 5, maxcount=2)
    untyped = atdata.load_dataset(tmp_path, atdata.DictSample)
    assert [sample["number"] for sample in untyped] == [0, 1, 2, 3, 4]
    assert untyped[0].image.shape == (2, 3)
    assert list(untyped.as_type(Item)) == items(5)
    with pytest.raises(atdata.SchemaMismatch):
        untyped.as_type(Wider)
    assert list(untyped.as_type(Item).as_type(atdata.DictSample)) == list(untyped)
    batch = next(iter(untyped.ordered(batch_size=5)))
    assert batch.image.shape == (5, 2, 3)
    assert batch.number == [0, 1, 2, 3, 4]


def test_without_a_schema_samples_are_untyped(tmp_path: Path) -> None:
    ds = written(tmp_path, 5, maxcount=9)
    bare = tmp_path / "bare.tar"
    bare.write_bytes(ds.shards[0].read_bytes())
    untyped = atdata.load_dataset(bare)
    assert untyped.sample_type is atdata.DictSample
    with pytest.raises(atdata.LoadError, match="has no schema"):
        untyped.schema
    assert list(untyped.as_type(Item)) == items(5)
    wrong = untyped.as_type(Worded)
    with pytest.raises(atdata.DecodeError, match=r"number: .*key '000000000' of .*bare\.tar"):
        list(wrong)


# Pickles, copies, threads and processes.


def test_datasets_samples_and_batches_pickle(tmp_path: Path) -> None:
    ds = written(tmp_path, 5)
    assert len(ds) == 5
    ds[3]
    for twin in (pickle.loads(pickle.dumps(ds)), copy.copy(ds), copy.deepcopy(ds)):
        assert list(twin) == items(5)
        assert (repr(twin), twin.schema, twin.split) == (repr(ds), ds.schema, ds.split)
    assert len(pickle.dumps(ds)) < 4000
    batch = next(iter(ds.ordered(batch_size=5)))
    assert pickle.loads(pickle.dumps(batch)).image.tolist() == batch.image.tolist()


def test_a_dataset_of_a_live_class_pickles_by_its_documents(tmp_path: Path) -> None:
    written(tmp_path, 5)
    ds = atdata.load_dataset(tmp_path)
    twin = pickle.loads(pickle.dumps(ds))
    assert numbers(twin) == [0, 1, 2, 3, 4]
    assert twin.sample_type is ds.sample_type
    untyped = atdata.load_dataset(tmp_path, atdata.DictSample)
    assert list(pickle.loads(pickle.dumps(untyped))) == list(untyped)


def test_threads_may_share_a_dataset(tmp_path: Path) -> None:
    ds = written(tmp_path, 200, maxcount=2)  # more shards than are kept open
    wrong: list[int] = []

    def read(seed: int) -> None:
        for sample in ds.shuffled(seed=seed):
            if sample != item(sample.number):
                wrong.append(sample.number)
        if [ds[n].number for n in range(0, 200, 7)] != list(range(0, 200, 7)):
            wrong.append(-1)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_forked_process_reads_on(tmp_path: Path) -> None:
    """Parent and child read the same open file at once, each what it asked for."""
    ds = written(tmp_path, 50, maxcount=50)
    assert ds[0] == item(0)
    child = os.fork()
    good = all(ds[number] == item(number) for number in range(50) for _ in range(5))
    if child == 0:
        os._exit(0 if good else 1)
    assert good
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_many_shards_do_not_use_up_the_files_of_a_process(tmp_path: Path) -> None:
    ds = written(tmp_path, 150, maxcount=1)
    assert sorted(numbers(ds.shuffled())) == list(range(150))
    descriptors = Path("/proc/self/fd")
    if descriptors.exists():
        used = [str(path.resolve()) for path in descriptors.iterdir() if path.exists()]
        assert sum(str(tmp_path) in path for path in used) <= 64
