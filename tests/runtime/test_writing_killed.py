"""A writer that is killed: never a half shard under its final name, and the same call works again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import atdata
from atdata.shards.reader import ShardFile, stream
from dying import status_of_child

PROGRAM = """
import sys
import atdata

@atdata.packable
class Note:
    text: str

def produce():
    for number in range(int(sys.argv[2])):
        yield Note(text=f"{sys.argv[3]} {number} " + "x" * 3000)

print("ready", flush=True)
ds = atdata.write_samples(produce(), sys.argv[1], maxcount=7, overwrite=sys.argv[4] == "overwrite")
print(len(ds), flush=True)
"""

COUNT = 300


@atdata.packable
class Note:
    text: str


def start(folder: Path, word: str, how: str, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(folder / "d.tar"), str(COUNT), word, how]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def killed_after(process: subprocess.Popen[str], seconds: float) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


def check_visible(folder: Path) -> None:
    """Every shard that has its name is whole; what can be loaded is all of one dataset."""
    for path in folder.glob("*.tar"):
        assert list(stream(ShardFile(path)))
    if not (folder / "d.dataset.json").exists():
        return
    try:
        texts = [sample.text.split()[:2] for sample in atdata.load_dataset(folder / "d.tar", Note)]
    except atdata.DatasetIncomplete:
        return
    assert texts == [[texts[0][0], str(number)] for number in range(COUNT)]


def kill_and_repeat(
    folder: Path, env: dict[str, str], kills: int, generator: random.Random
) -> None:
    for kill in range(kills):
        how = "overwrite" if kill % 2 else "fresh"
        killed_after(start(folder, f"w{kill}", how, env), generator.uniform(0, 0.12))
        check_visible(folder)
    process = start(folder, "last", "overwrite", env)
    out, _ = process.communicate(timeout=120)
    assert out.split() == ["ready", str(COUNT)]
    assert [s.text.split()[0] for s in atdata.load_dataset(folder / "d.tar", Note)] == [
        "last"
    ] * COUNT
    shards = [f"d-{number:06d}.tar" for number in range(-(-COUNT // 7))]
    files = [f"{name}{suffix}" for name in shards for suffix in ("", ".idx")]
    assert sorted(path.name for path in folder.iterdir()) == [*files, "d.dataset.json"]


def test_killed_a_few_times(tmp_path: Path, source_env: dict[str, str]) -> None:
    kill_and_repeat(tmp_path, source_env, 4, random.Random(1))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_killed_many_times(tmp_path: Path, source_env: dict[str, str], seed: int) -> None:
    kill_and_repeat(tmp_path, source_env, 20, random.Random(seed))


@pytest.mark.parametrize("overwrite", [False, True])
def test_killed_at_every_step_that_the_disk_sees(tmp_path: Path, overwrite: bool) -> None:
    """The process ends itself before each sync, rename and removal in turn, until it gets through."""
    step, status = -1, 1
    while status != 0:
        step += 1
        folder = tmp_path / f"step{step}"
        if overwrite:
            old = [Note(text=f"old {n}") for n in range(5)]
            atdata.write_samples(old, folder / "d.tar", maxcount=1)
        status = write_in_child(folder / "d.tar", step)
        assert status in (0, -signal.SIGKILL)
        check_step(folder, overwrite)
        ds = atdata.write_samples([Note(text="again 0")], folder / "d.tar", overwrite=True)
        assert [sample.text for sample in ds] == ["again 0"]
        files = ["d.dataset.json", "d.tar", "d.tar.idx"]
        assert sorted(path.name for path in folder.iterdir()) == files
    assert step > 10


def write_in_child(path: Path, steps: int) -> int:
    """Write three samples in a process that has so many steps to live; its exit status."""
    new = [Note(text=f"new {n}") for n in range(3)]
    return status_of_child(
        lambda: atdata.write_samples(new, path, maxcount=1, overwrite=True), steps
    )


def check_step(folder: Path, overwrite: bool) -> None:
    for path in folder.glob("*.tar"):
        assert len(list(stream(ShardFile(path)))) == 1
    try:
        texts = [sample.text for sample in atdata.load_dataset(folder / "d.tar", Note)]
    except atdata.DatasetIncomplete:
        return
    except atdata.DatasetNotFound:
        assert not overwrite
        return
    assert texts in ([f"old {n}" for n in range(5)], [f"new {n}" for n in range(3)])
