"""Batches of tensors: what they share, and that each comes once, whoever makes them."""

from __future__ import annotations

import copy
import gc
import json
import multiprocessing
import os
import pickle
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

import atdata
from loader_data import children, failing_at, negative, run_program, workers_beside
from view_data import Item, Large, large, stored
from waiting import wait_until


def same(sample: Large) -> Large:
    return sample


def numbers_in(batches: Any) -> list[list[int]]:
    return [batch["number"].tolist() for batch in batches]


def numbers_of(batches: Any) -> list[list[int]]:
    return [list(batch.number) if len(batch) else [] for batch in batches]


def test_a_batch_is_a_dict_of_tensors_and_lists() -> None:
    batches = stored(9).torch(4, order="ordered")
    first = next(iter(batches))
    assert list(first) == ["image", "number", "note"]
    assert first["image"].shape == (4, 2, 3)
    assert first["image"].dtype == torch.float32
    assert first["number"].tolist() == [0, 1, 2, 3]
    assert first["number"].dtype == torch.int64
    assert first["note"] == [None, "n1", "n2", None]
    assert len(batches) == 3


def test_tensors_share_the_memory_of_arrays() -> None:
    from atdata.loaders.tensors import tensors

    batch = next(iter(stored(9).loader(4)))
    found = tensors(batch)
    assert found["image"].data_ptr() == batch.image.ctypes.data
    found["image"][0] = 77
    assert batch.image[0, 0, 0] == 77


@pytest.mark.parametrize("workers", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("view", ["stored", "mapped"])
def test_each_batch_comes_once_and_in_order_from_a_plain_data_loader(
    workers: int, view: str
) -> None:
    ds = stored(23) if view == "stored" else stored(23).map(negative)
    batches = ds.torch(4, seed=5)
    loader = DataLoader(batches, batch_size=None, num_workers=workers)
    for epoch in range(2):
        batches.set_epoch(epoch)
        assert numbers_in(loader) == numbers_of(ds.shuffled(4, seed=5, epoch=epoch))
    assert len(loader) == 6


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("ending", [None, "drop_last", "pad"])
def test_all_ranks_have_equally_many_batches(workers: int, ending: str | None) -> None:
    ds = stored(23)
    options: dict[str, Any] = {ending: True} if ending else {}
    for rank in range(3):
        shared: dict[str, Any] = options | {"seed": 5, "rank": rank, "world_size": 3}
        found = numbers_in(ds.torch(2, **shared).loader(workers))
        assert found == numbers_of(ds.shuffled(2, **shared))


@pytest.mark.parametrize("options", [{}, {"persistent_workers": True}])
def test_its_own_loader_counts_epochs_and_what_was_given(options: dict[str, Any]) -> None:
    ds = stored(23)
    whole = ds.shuffled(4, seed=5)
    expected = [numbers_of(whole) for _ in range(3)]
    for workers in (2,) if options else (0, 2):
        loader = ds.torch(4, seed=5).loader(workers, **options)
        assert numbers_in(loader) == expected[0]
        begun = iter(loader)
        head = numbers_in([next(begun), next(begun)])
        state = json.loads(json.dumps(loader.state_dict()))
        assert state["position"] == 8
        assert numbers_in(begun) == expected[1][2:]
        assert numbers_in(loader) == expected[2]
        del begun
        for again in (ds.torch(4, seed=5).loader(1), ds.shuffled(4, seed=5), loader):
            again.load_state_dict(state)
            show = numbers_of if isinstance(again, type(whole)) else numbers_in
            assert head + show(again) == expected[1]


def test_a_plain_data_loader_with_workers_says_how_many_batches_it_gave() -> None:
    ds = stored(23)
    batches = ds.torch(4, seed=5)
    begun = iter(DataLoader(batches, batch_size=None, num_workers=2))
    given = numbers_in([next(begun) for _ in range(3)])
    state = batches.state_dict(delivered=3)
    del begun
    batches.load_state_dict(state)
    rest = numbers_in(DataLoader(batches, batch_size=None, num_workers=1))
    assert given + rest == numbers_of(ds.shuffled(4, seed=5))


def test_it_works_where_workers_are_spawned() -> None:
    ds = stored(23).map(negative)
    context = multiprocessing.get_context("spawn")
    loader = ds.torch(4, seed=5).loader(2, multiprocessing_context=context)
    assert numbers_in(loader) == numbers_of(ds.shuffled(4, seed=5))


def test_leaving_a_loop_ends_the_workers() -> None:
    loader = stored(23).torch(2).loader(2)
    before = set(children())
    for _ in loader:
        break
    wait_until(lambda: not workers_beside(before))  # torch does not wait for them without end
    assert loader.state_dict()["position"] == 2


def test_an_exception_in_a_worker_arrives() -> None:
    loader = stored(23).map(failing_at(13)).torch(4).loader(2)
    before = set(children())
    with pytest.raises(KeyError, match="no 13"):
        list(loader)
    wait_until(lambda: not workers_beside(before))


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_nothing_is_given_out_behind_a_fault_and_a_state_goes_on_before_it(workers: int) -> None:
    ds = stored(40)
    loader, found = ds.map(failing_at(13)).torch(4, order="ordered").loader(workers), list[int]()

    def read() -> None:
        for batch in loader:
            found.extend(batch["number"].tolist())

    with pytest.raises(KeyError, match="no 13"):
        read()
    assert found == list(range(13))
    again = ds.torch(4, order="ordered").loader(workers)
    again.load_state_dict(loader.state_dict())
    assert [number for one in numbers_in(again) for number in one] == list(range(13, 40))


@atdata.packable
class Kinds:
    number: int | None
    weight: float
    is_kept: bool
    cells: NDArray[np.uint16]
    ragged: NDArray[np.int8] | None
    tags: list[str]


def test_kinds_of_columns_become_what_torch_has_for_them(tmp_path: Path) -> None:
    samples = [
        Kinds(
            None if number == 1 else number,
            number / 2,
            number > 1,
            np.full((2, 2), 60_000 + number, np.uint16),
            None if number == 2 else np.ones(number, np.int8),
            ["x"] * number,
        )
        for number in range(3)
    ]
    ds = atdata.write_samples(samples, tmp_path / "d.tar")
    for workers in (0, 1):
        (batch,) = ds.torch(3, order="ordered").loader(workers)
        assert batch["number"].tolist() == [0, 0, 2]
        assert batch["number.valid"].tolist() == [True, False, True]
        assert batch["weight"].dtype == torch.float64
        assert batch["is_kept"].tolist() == [False, False, True]
        assert batch["cells"].dtype == torch.uint16
        assert batch["cells"][2].tolist() == [[60_002, 60_002], [60_002, 60_002]]
        assert [None if each is None else len(each) for each in batch["ragged"]] == [0, 1, None]
        assert batch["tags"] == [[], ["x"], ["x", "x"]]


@pytest.mark.parametrize("name", ["batch_size", "shuffle", "drop_last", "sampler"])
def test_options_that_would_change_the_batches_are_refused(name: str) -> None:
    with pytest.raises(atdata.LoadError, match=f"{name} is said to ds.torch"):
        stored(9).torch(4).loader(**{name: 2})


def test_arguments_are_checked_as_those_of_loader() -> None:
    with pytest.raises(atdata.LoadError, match="rank is 3"):
        stored(9).torch(4, rank=3, world_size=2)
    with pytest.raises(atdata.LoadError, match="batch_size is 0"):
        stored(9).torch(0)
    with pytest.raises(atdata.StateError, match="order"):
        stored(9).torch(4).loader().load_state_dict(stored(9).ordered(4).state_dict())


def image_of(batch: Any) -> Any:
    return batch["image"]


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_batches_of_workers_lie_in_memory_that_is_used_again(start: str) -> None:
    context = multiprocessing.get_context(start)
    loader = large(40).torch(2, order="ordered").loader(1, multiprocessing_context=context)
    places: list[int] = []
    for batch in loader:
        assert batch["image"][:, 0, 0].tolist() == batch["number"].tolist()
        places.append(image_of(batch).data_ptr())
        del batch
    assert len(places) == 20
    assert len(set(places)) <= 5, "those that torch asks for ahead, the caller's, and what is back"


@pytest.mark.parametrize("view", ["stored", "mapped"])
def test_batches_of_workers_that_are_kept_are_never_overwritten(view: str) -> None:
    ds = large(80) if view == "stored" else large(80).map(same)
    loader = ds.torch(2).loader(2)
    kept = [batch for _ in range(2) for batch in loader]
    assert len(kept) == 80, "more than a worker has slots"
    for batch in kept:
        image = image_of(batch)
        assert (image == batch["number"].reshape(-1, 1, 1)).all()
        image += 1  # it is the caller's
    for batch in kept:
        assert (image_of(batch) == batch["number"].reshape(-1, 1, 1) + 1).all()


def rings_mapped() -> int:
    """How many rings this process has, in use or not."""
    return Path("/proc/self/maps").read_text().count("memfd:atdata-ring")


def test_memory_of_workers_is_let_go_of_with_them() -> None:
    gc.collect()
    before = rings_mapped()
    begun = iter(DataLoader(stored(23).torch(4), batch_size=None, num_workers=2))
    batch = next(begun)
    assert rings_mapped() > before
    del begun

    def is_let_go_of() -> bool:
        gc.collect()
        return not multiprocessing.active_children() and rings_mapped() <= before + 1

    wait_until(is_let_go_of)
    assert batch["image"].shape == (4, 2, 3), "what somebody has stays"
    del batch
    assert rings_mapped() == before


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_epochs_have_the_memory_of_those_before_them(start: str) -> None:
    context = multiprocessing.get_context(start)
    batches = large(40).torch(2)
    places: list[set[int]] = [
        {image_of(batch).data_ptr() for batch in batches.loader(1, multiprocessing_context=context)}
        for _ in range(2)
    ]
    assert len(set[int]().union(*places)) <= 6, "workers are new ones, and so are loaders"


def test_memory_of_epochs_is_let_go_of_with_the_batches() -> None:
    gc.collect()
    before = rings_mapped()
    batches = stored(23).torch(4)
    kept = [batch for _ in range(2) for batch in batches.loader(2)]
    assert rings_mapped() == before + 2
    del kept
    assert len(list(batches.loader(2))) == 6
    del batches
    gc.collect()
    assert rings_mapped() == before


@pytest.mark.parametrize("kept", [1, 3])
def test_a_loop_that_was_left_and_what_was_kept_of_it_are_not_disturbed(kept: int) -> None:
    batches = large(80).torch(2)
    loader = batches.loader(2, prefetch_factor=4)
    held = list[Any]()
    for _ in range(4):
        begun = iter(loader)
        held += [next(begun) for _ in range(kept)]
        begun.close()
    both = [iter(batches.loader(2)), iter(batches.loader(2))]
    for pair in zip(*both, strict=True):
        held += pair
    assert len(held) == 4 * kept + 80
    for batch in held:
        assert (image_of(batch) == batch["number"].reshape(-1, 1, 1)).all()


def test_a_forked_process_has_rings_of_its_own() -> None:
    from atdata.loaders.kept_rings import KeptRings

    rings = KeptRings()
    lent = rings.lend(1)
    ((lease, _),) = lent
    rings.take_back(lent)
    process = os.fork()
    if not process:
        ((other, _),) = rings.lend(1)
        os._exit(0 if other.token != lease.token else 1)
    assert os.waitpid(process, 0)[1] == 0
    ((again, _),) = rings.lend(1)
    assert again.token == lease.token


def test_workers_that_stay_keep_their_memory_between_epochs() -> None:
    loader = large(24).torch(2).loader(2)
    places = {image_of(batch).data_ptr() for _ in range(5) for batch in loader}
    assert len(places) <= 12


def test_workers_stay_from_epoch_to_epoch_until_their_loader_is_gone() -> None:
    ds, before = stored(23), set(children())
    loader = ds.torch(4, seed=5).loader(2)
    seen = list[list[int]]()
    for epoch in range(3):
        assert numbers_in(loader) == numbers_of(ds.shuffled(4, seed=5, epoch=epoch))
        seen.append(workers_beside(before))
    assert len(seen[0]) == 2
    assert seen[1] == seen[2] == seen[0]
    del loader
    wait_until(lambda: not workers_beside(before))


def test_workers_that_are_not_to_stay_end_with_their_epoch() -> None:
    before = set(children())
    loader = stored(23).torch(4).loader(2, persistent_workers=False)
    assert len(list(loader)) == 6
    wait_until(lambda: not workers_beside(before))


def test_two_loops_over_one_loader_share_no_workers() -> None:
    ds, before = stored(23), set(children())
    loader = ds.torch(4, seed=5).loader(1)
    assert len(list(loader)) == 6
    both = zip(iter(loader), iter(loader), strict=True)
    one, other = zip(*both, strict=True)
    assert numbers_in(one) == numbers_of(ds.shuffled(4, seed=5, epoch=1))
    assert numbers_in(other) == numbers_of(ds.shuffled(4, seed=5, epoch=2))
    assert len(workers_beside(before)) == 1
    assert numbers_in(loader) == numbers_of(ds.shuffled(4, seed=5, epoch=3))


def test_where_a_waiting_worker_was_killed_the_next_epoch_has_new_ones() -> None:
    ds, before = stored(23), set(children())
    loader = ds.torch(4, seed=5).loader(2)
    assert len(list(loader)) == 6
    killed = min(workers_beside(before))

    def kill() -> None:
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: False)

    with pytest.raises(RuntimeError, match="killed by signal"):
        kill()  # torch says it at once, wherever the caller is
    assert numbers_in(loader) == numbers_of(ds.shuffled(4, seed=5, epoch=1))
    assert killed not in workers_beside(before)
    assert len(workers_beside(before)) == 2


def test_a_forked_process_leaves_the_workers_that_wait_to_its_parent() -> None:
    ds, before = stored(23), set(children())
    loader = ds.torch(4, seed=5).loader(2)
    assert len(list(loader)) == 6
    waiting = workers_beside(before)
    expected = numbers_of(ds.shuffled(4, seed=5, epoch=1))
    process = os.fork()
    if not process:
        is_right = numbers_in(loader) == expected
        del loader
        gc.collect()
        os._exit(0 if is_right else 1)
    assert os.waitpid(process, 0)[1] == 0
    assert numbers_in(loader) == expected
    assert workers_beside(before) == waiting


@pytest.mark.parametrize("workers", [0, 2])
def test_a_function_of_the_caller_gets_a_dict_and_may_replace_values(workers: int) -> None:
    for function in (halved, only_image, deeper):
        loader = DataLoader(
            stored(23).torch(4, order="ordered"),
            batch_size=None,
            num_workers=workers,
            collate_fn=function,  # type: ignore[arg-type]  # without batch_size it is given a batch
        )
        found = list(loader)
        expected = [function(batch) for batch in stored(23).torch(4, order="ordered")]
        assert len(found) == 6
        for one, other in zip(found, expected, strict=True):
            assert list(one) == list(other)
            assert torch.equal(one["image"], other["image"])
            assert one["image"].dtype == other["image"].dtype
            assert str(one) == str(other)


def halved(batch: dict[str, Any]) -> dict[str, Any]:
    batch["image"] = batch["image"].to(torch.bfloat16) / 2
    batch["first"] = batch["number"][:1]
    batch["turned"] = torch.arange(6).reshape(2, 3).T
    return batch


def only_image(batch: dict[str, Any]) -> dict[str, Any]:
    return {"image": batch["image"][:, 1:]}


def deeper(batch: dict[str, Any]) -> dict[str, Any]:
    batch["deep"] = {"more": [batch["image"][0]]}
    batch["weight"] = torch.ones(2, requires_grad=True)
    batch["arrays"] = [np.arange(3)]
    return batch


def test_a_batch_that_is_sent_twice_or_stored_is_copied() -> None:
    from multiprocessing.reduction import ForkingPickler

    from atdata.loaders.sent import outbox

    batch = next(iter(stored(9).map(negative).ordered(4)))
    there = outbox()
    assert there is not None
    mine = there.put(Item, batch)
    once = pickle.loads(ForkingPickler.dumps(mine))
    mine["image"][0] = 9
    assert once["image"][0, 0, 0] == 9, "the same memory"
    twice, plain = pickle.loads(ForkingPickler.dumps(mine)), pickle.loads(pickle.dumps(mine))
    once["image"][0] = 8
    assert twice["image"][0, 0, 0] == plain["image"][0, 0, 0] == 9
    assert type(plain) is dict
    assert copy.copy(mine)["image"] is mine["image"]


def test_a_function_without_a_name_cannot_be_sent_to_a_new_process() -> None:
    loader = stored(9).map(lambda sample: sample, Item).torch(4)
    with pytest.raises(atdata.LoadError, match='multiprocessing_context="fork"'):
        list(loader.loader(1, multiprocessing_context="spawn"))
    assert len(list(loader.loader(1, multiprocessing_context="fork"))) == 3


@pytest.mark.parametrize("workers", [0, 2])
def test_samples_without_a_type_come_too(workers: int) -> None:
    ds = atdata.load_dataset(stored(9).shards[0], atdata.DictSample)
    found = list(ds.torch(2, order="ordered").loader(workers))
    assert numbers_in(found) == [[0, 1], [2, 3]]
    assert image_of(found[1])[1].tolist() == [[3.0] * 3] * 2
    assert found[0]["note"] == [None, "n1"]


LIMITED = """
import resource, sys, warnings
sys.path[:0] = {paths!r}
import torch
from torch.utils.data import DataLoader
from view_data import large

def limit(worker):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20),) * 2)

if __name__ == "__main__":
    batches = large(24).torch(2, order="ordered")
    loader = DataLoader(batches, batch_size=None, num_workers=1, worker_init_fn=limit)
    print([int(batch["image"][1, 0, 0]) for batch in loader] == list(range(1, 24, 2)))
"""


def test_where_there_is_no_room_for_a_ring_torch_sends_tensors(
    root: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    program = tmp_path / "limited.py"
    program.write_text(LIMITED.format(paths=[str(root / "tests")]))
    done = run_program(str(program), env=source_env)
    assert done.stdout == "True\n", done.stderr


def no_path(file: int) -> None:
    """As on a system that has no paths to descriptors."""


def test_a_descriptor_is_passed_on_where_there_is_no_path_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("atdata.loaders.sent.path_to", no_path)
    batches = large(40).torch(2, order="ordered")
    for loader in (batches.loader(2), DataLoader(batches, batch_size=None, num_workers=2)):
        for number, batch in enumerate(loader):
            assert image_of(batch)[:, 0, 0].tolist() == [2 * number, 2 * number + 1]
            del batch
