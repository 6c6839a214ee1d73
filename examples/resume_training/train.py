"""Train a small network on the digits with two processes; killed and started again, it goes on where it was.

    python examples/resume_training/train.py FOLDER

The processes average their gradients by `torch.distributed` (gloo). Every few steps the first one keeps a checkpoint:
weights, the optimizer's state, and where the loader stands. Started again, all of them take it up.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import nn

import atdata

RANKS, EPOCHS, BATCH, KEEP_EVERY = 2, 4, 32, 7


@atdata.packable(nsid="org.example.digit")
class Digit:
    """A digit: rows of pixels of 0 to 16, and which one it is."""

    image: Annotated[NDArray[np.uint8], atdata.Shape(8, 8)]
    label: int


def brightened(digit: Digit) -> Digit:
    """A change in Python, which the workers of the loader make."""
    return Digit(image=np.minimum(digit.image + 1, 16).astype(np.uint8), label=digit.label)


def written(folder: Path) -> None:
    """Write the digits as shards, if they are not there."""
    if not (folder / "digits.dataset.json").exists():
        # Imported here: the other processes need not wait for it.
        from sklearn.datasets import load_digits

        source = load_digits()
        digits = (
            Digit(image=image.astype(np.uint8), label=int(label))
            for image, label in zip(source.images, source.target, strict=True)
        )
        atdata.write_samples(digits, folder / "digits.tar", maxcount=500, overwrite=True)


def kept(path: Path, content: dict[str, Any]) -> None:
    """Keep a checkpoint whole or not at all."""
    torch.save(content, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def train(rank: int, folder: Path, meeting: Path) -> None:
    """What each of the processes does."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{meeting}", rank=rank, world_size=RANKS)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    model = nn.parallel.DistributedDataParallel(network)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)

    ds = atdata.load_dataset(folder / "digits.tar", Digit).map(brightened)
    loader = ds.torch(BATCH, seed=0, drop_last=True).loader(num_workers=1)
    checkpoint, steps = folder / "checkpoint.pt", 0
    if checkpoint.exists():
        found = torch.load(checkpoint)
        network.load_state_dict(found["network"])
        optimizer.load_state_dict(found["optimizer"])
        loader.load_state_dict(found["loader"])
        steps = found["steps"]
        if rank == 0:
            print(f"going on behind step {steps}", flush=True)

    while steps < EPOCHS * len(loader):
        for batch in loader:
            loss = nn.functional.cross_entropy(model(batch["image"] / 16), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            if rank == 0:
                if steps % KEEP_EVERY == 0:
                    content = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
                    kept(checkpoint, content | {"loader": loader.state_dict(), "steps": steps})
                print(f"step {steps}", flush=True)

    if rank == 0:
        with torch.no_grad():
            whole = next(iter(ds.torch(len(ds), order="ordered", rank=0, world_size=1)))
            right = (network(whole["image"] / 16).argmax(1) == whole["label"]).float().mean()
        kept(folder / "network.pt", network.state_dict())
        print(f"{steps} steps; {right:.1%} of the digits are told apart", flush=True)
    dist.destroy_process_group()


def main(folder: Path) -> None:
    """Write the digits and start the processes; the first that fails ends all."""
    folder.mkdir(parents=True, exist_ok=True)
    written(folder)
    meeting = folder / f"meeting-{os.getpid()}"
    # Forked, they need not load torch again; only of Linux is that to be relied on.
    method = "fork" if sys.platform == "linux" else "spawn"
    torch.multiprocessing.start_processes(
        train, (folder, meeting), nprocs=RANKS, start_method=method
    )
    meeting.unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
