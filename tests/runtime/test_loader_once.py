"""Each sample comes exactly once an epoch: whoever makes batches, whatever is killed, and whoever goes on."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import atdata
from loader_data import children, kill_and_wait, negative, workers_beside
from view_data import numbers, stored

KINDS = ["shuffled", "threads", "fork", "torch"]
ORDERS = ["ordered", "global", "window:6kB"]


class Run(NamedTuple):
    """Some ranks that go through a dataset until they are stopped.

    Attributes:
        kind: who makes the batches.
        size: of a batch.
        world: how many ranks.
        workers: of each.
        steps: after so many, they are stopped.
        is_killed: stopped by killing a worker; for one rank.
    """

    kind: str
    size: int
    world: int
    workers: int
    steps: int
    is_killed: bool


RUNS = st.lists(
    st.builds(
        Run,
        st.sampled_from(KINDS),
        st.integers(1, 6),
        st.integers(1, 3),
        st.integers(1, 3),
        st.integers(0, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def loader_of(ds: atdata.Dataset[Any], order: str, run: Run, rank: int) -> Any:
    shared: dict[str, Any] = {"order": order, "rank": rank, "world_size": run.world, "seed": 5}
    if run.kind == "torch":
        return ds.torch(run.size, **shared).loader(run.workers)
    if run.kind == "shuffled":
        return plain(ds, run.size, **shared)
    kind: Any = {"threads": False}.get(run.kind, run.kind)
    return ds.loader(run.size, workers=run.workers, processes=kind, **shared)


def plain(ds: atdata.Dataset[Any], size: int | None, **options: Any) -> Any:
    if options["order"] == "ordered":
        return ds.ordered(size, **{name: options[name] for name in ("rank", "world_size")})
    return ds.shuffled(size, **options)


def numbers_in(batch: Any) -> list[int]:
    if not hasattr(batch, "number"):  # a dict of tensors
        return list(map(int, batch["number"]))
    return list(batch.number) if len(batch) else []


def given_by(begun: Iterator[Any], run: Run, before: set[int]) -> list[list[int]]:
    """The batches of a rank until it is stopped."""
    found: list[list[int]] = []
    for batch in begun:
        found.append(numbers_in(batch))
        if len(found) == run.steps and not (run.is_killed and run.world == 1):
            break
        if len(found) == run.steps:
            kill_and_wait(workers_beside(before))
    return found


def one_run(
    ds: atdata.Dataset[Any], order: str, run: Run, state: dict[str, Any] | None
) -> tuple[list[int], dict[str, Any]]:
    """What all ranks are given, and the state that any of them then has."""
    given_to: list[list[list[int]]] = []
    states: list[dict[str, Any]] = []
    for rank in range(run.world):
        before = set(children())
        loader = loader_of(ds, order, run, rank)
        if state is not None:
            loader.load_state_dict(state)
        if not run.steps:
            given_to.append([])
        else:
            given_to.append(survived(loader, run))
        states.append(json.loads(json.dumps(loader.state_dict())))
        del loader
        assert run.kind == "torch" or not workers_beside(before), "nobody is left behind"
    assert all(each == states[0] for each in states)
    return [
        number for batches in zip(*given_to, strict=True) for each in batches for number in each
    ], states[0]


def survived(loader: Any, run: Run) -> list[list[int]]:
    """The batches of a rank that may lose its workers: what it had until then."""
    before = set(children())
    begun: Any = iter(loader)
    found: list[list[int]] = []

    def noted() -> Iterator[Any]:
        for batch in begun:
            found.append(numbers_in(batch))
            yield batch

    try:
        given_by(noted(), run, before)
    except atdata.WorkerLost:
        pass
    except (
        RuntimeError,
        OSError,
        EOFError,
    ):  # torch has no class for it, and it may come in the midst of a message
        if run.kind != "torch" or not run.is_killed:
            raise
    begun.close()
    return found


def check_once(count: int, order: str, runs: list[Run]) -> None:
    ds = stored(count, 7).map(negative)
    whole = numbers(plain(ds, None, order=order, seed=5, rank=0, world_size=1))
    state: dict[str, Any] | None = None
    found: list[int] = []
    for run in [*runs, Run("threads", 4, 1, 2, 1000, False)]:
        more, state = one_run(ds, order, run, state)
        found += more
        if state["position"] == count:
            break
    assert found == whole


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 60), order=st.sampled_from(ORDERS), runs=RUNS)
def test_runs_of_all_kinds_that_are_stopped_and_killed_give_each_sample_once(
    count: int, order: str, runs: list[Run]
) -> None:
    check_once(count, order, runs)


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(count=st.integers(1, 200), order=st.sampled_from(ORDERS), runs=RUNS)
def test_many_runs_of_all_kinds_give_each_sample_once(
    count: int, order: str, runs: list[Run]
) -> None:
    check_once(count, order, runs)


PROGRAM = """
import json, os, sys, time
sys.path[:0] = {paths!r}
import atdata
from pathlib import Path

def slow(sample):
    time.sleep(0.004)
    return sample

def batches(kind, ds, state):
    options = dict(seed=5)
    if kind == "torch":
        loader = ds.torch(3, **options).loader(2)
    else:
        loader = ds.loader(3, workers=2, processes=False if kind == "threads" else kind, **options)
    if state is not None:
        loader.load_state_dict(state)
    for batch in loader:
        yield (batch["number"].tolist() if kind == "torch" else batch.number), loader.state_dict()

if __name__ == "__main__":
    journal, shard, kind = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    lines = journal.read_text().splitlines() if journal.exists() else []
    state = json.loads(lines[-1])[1] if lines else None
    ds = atdata.load_dataset(shard).map(slow)
    if state is None or state["position"] < len(ds):
        with journal.open("a") as file:
            for numbers, state in batches(kind, ds, state):
                file.write(json.dumps([numbers, state]) + "\\n")
                file.flush()
"""


def killed_at_random(root: Path, env: dict[str, str], folder: Path, kills: int, seed: int) -> None:
    """A program that is killed at random, and started again with other workers, until it ends."""
    ds = stored(150, 200)
    journal, program = folder / "journal", folder / "program.py"
    program.write_text(PROGRAM.format(paths=[str(root / "tests")]))
    rng = random.Random(seed)
    for left in reversed(range(kills + 1)):
        kind = rng.choice(["threads", "fork", "spawn", "torch"])
        command = [sys.executable, str(program), str(journal), str(ds.shards[0]), kind]
        running = subprocess.Popen(command, env=env, start_new_session=True)
        if left:
            before = lines_of(journal)
            while lines_of(journal) == before and running.poll() is None:
                time.sleep(0.01)
            time.sleep(rng.random() * 0.1)
            running.kill()
        running.wait(timeout=120)
        cut_last_line(journal)
    found = [number for line in journal.read_text().splitlines() for number in json.loads(line)[0]]
    assert found == [sample.number for sample in ds.shuffled(seed=5)]


def lines_of(path: Path) -> int:
    return path.read_text().count("\n") if path.exists() else 0


def cut_last_line(path: Path) -> None:
    """What was written of a line when the program was killed never counted."""
    text = path.read_text()
    path.write_text(text[: text.rfind("\n") + 1])


def test_a_program_that_is_killed_and_started_again_gives_each_sample_once(
    root: Path, source_env: dict[str, str], tmp_path: Path
) -> None:
    killed_at_random(root, source_env, tmp_path, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_programs_that_are_killed_many_times_give_each_sample_once(
    root: Path, source_env: dict[str, str], tmp_path: Path, seed: int
) -> None:
    killed_at_random(root, source_env, tmp_path, kills=6, seed=seed)
