"""The section of the page on federation about reading: its examples run, in order, on a server that is made here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from published_data import ForgedDesk, blob_shards, large, local, publish
from servers.forged_pds import ForgedPds

PAGE = Path(__file__).resolve().parents[2] / "docs" / "FEDERATION.md"


def test_the_examples_run_in_order(
    forged: ForgedPds, user_folders: Path, source_env: dict[str, str]
) -> None:
    handle = "alice.example.org"
    forged.handle = handle
    data = local(large(user_folders / "out", count=10))
    desk = ForgedDesk(forged)
    shards = {"train": blob_shards(desk, data)}
    publish(desk, "cells", data.schema, shards, version="1.2.0", license="CC-BY-4.0")
    (user_folders / "home").mkdir()
    (user_folders / "home" / "config.toml").write_text(
        f'[atmosphere]\ndirectory = "{forged.url}"\nlocal = true\n'
        f'[atmosphere.dns]\n"_atproto.{handle}" = "did={forged.did}"\n'
    )
    text = PAGE.read_text("utf-8").partition("\n## Read\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) == 3
    (user_folders / "page.py").write_text("\n".join(blocks), "utf-8")
    done = subprocess.run(
        [sys.executable, "page.py"],
        cwd=user_folders,
        env={
            **source_env,
            "ATDATA_HOME": str(user_folders / "home"),
            "ATDATA_CACHE": str(user_folders / "cache"),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "<Dataset[PublishedLarge]: 10 samples, 1 shard, split 'train'>",
        "3 [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]",
        "10",
        "signed CC-BY-4.0 1.2.0 ['train']",
    ]
    assert f"@{handle}/cells" in json.loads((user_folders / "atdata.lock").read_text())["datasets"]


@pytest.mark.parametrize("name", ["10,000", "64", "8 MiB"])
def test_the_numbers_are_those_of_the_code(name: str) -> None:
    from atdata.atmosphere.reading import labels, lock_file
    from atdata.shards.fetched import vouched

    known = {
        "10,000": labels.MOST_LABELS,
        "64": lock_file._LISTED,  # pyright: ignore[reportPrivateUsage]  # it is told to users
        "8 MiB": vouched.SMALL >> 20,
    }
    assert name in PAGE.read_text("utf-8")
    assert int(re.sub(r"[^0-9]", "", name)) == known[name]
