"""A writer of manifests that is killed at any step: what can be loaded is one dataset, and no manifest lies about it."""

from __future__ import annotations

import importlib
import signal
import warnings
from pathlib import Path

import pytest

import atdata
from dying import status_of_child


@atdata.packable
class Note:
    text: str


def write_in_child(path: Path, steps: int) -> int:
    """Write three samples with manifests in a process that has so many steps to live; its exit status."""
    new = [Note(text=f"new {n}") for n in range(3)]
    return status_of_child(
        lambda: atdata.write_samples(new, path, maxcount=1, overwrite=True, manifest=True), steps
    )


@pytest.mark.parametrize("before", ["nothing", "manifests", "none"])
def test_killed_at_every_step_that_the_disk_sees(tmp_path: Path, before: str) -> None:
    # Loaded before processes are forked off.
    importlib.import_module("atdata.manifest.writing")
    step, status = -1, 1
    while status != 0:
        step += 1
        folder = tmp_path / f"step{step}"
        if before != "nothing":
            old = [Note(text=f"old {n}") for n in range(4)]
            atdata.write_samples(old, folder / "d.tar", maxcount=1, manifest=before == "manifests")
        status = write_in_child(folder / "d.tar", step)
        assert status in (0, -signal.SIGKILL)
        check_step(folder)
        ds = atdata.write_samples(
            [Note(text="again 0")], folder / "d.tar", overwrite=True, manifest=True
        )
        assert ds.where("endswith(text, '0')").keys() == ["000000000"]
        files = ["d.dataset.json", "d.manifest.json", "d.manifest.parquet", "d.tar", "d.tar.idx"]
        assert sorted(path.name for path in folder.iterdir()) == files
    assert step > 10


def check_step(folder: Path) -> None:
    try:
        ds = atdata.load_dataset(folder / "d.tar", Note)
    except (atdata.DatasetIncomplete, atdata.DatasetNotFound):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", atdata.ScanWarning)
        found = [sample.text for sample in ds.where("endswith(text, '1')")]
    assert found in (["old 1"], ["new 1"])
