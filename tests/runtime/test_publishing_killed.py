"""A push that is killed, before or after any of its requests: nothing is published, or all of it; the same call finishes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from atdata.atmosphere import Atmosphere
from atdata.atmosphere.xrpc.client import Xrpc
from atdata.index.index import Index
from publishing_data import (
    ENTRY,
    LABEL,
    SCHEMA,
    blob_of,
    digits,
    index_of,
    listed,
    members,
    record_at,
)
from servers.pds import Account, AtmosphereOf, PdsServer

MOST = 60


def die_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Let this process die before its request of that number, or, at an odd step, behind it."""
    seen = [0]

    def dying(name: str) -> None:
        original = getattr(Xrpc, name)

        def call(self: Xrpc, *given: Any, **options: Any) -> Any:
            number, seen[0] = seen[0], seen[0] + 1
            if number * 2 == step:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return original(self, *given, **options)
            finally:
                if number * 2 + 1 == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        patch.setattr(Xrpc, name, call)

    for name in ("query", "call", "upload"):
        dying(name)


def killed_at(step: int, index: Index) -> bool:
    """Publish in a process that dies at a step; whether it lived."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL)
        return status == 0
    try:
        with pytest.MonkeyPatch.context() as patch:
            die_at(step, patch)
            index.promote_entry("digits")
        os._exit(0)
    finally:
        os._exit(1)


def check_step(
    pds: PdsServer, account: Account, session: Atmosphere, folder: Path, step: int
) -> bool:
    index = index_of(folder, session)
    index.write(digits(12, 100_000), name="digits", maxcount=6)
    index.close()
    lived = killed_at(step, index)
    entries, labels = listed(pds, account, ENTRY), listed(pds, account, LABEL)
    assert len(entries) == len(labels) == len(listed(pds, account, SCHEMA))
    assert len(entries) in (0, 1)
    uri = index.promote_entry("digits")
    # What a killed process had published is found, and not published again.
    assert entries.keys() <= {uri}
    assert list(listed(pds, account, ENTRY)) == [uri]
    (label,) = listed(pds, account, LABEL).values()
    assert label["datasetUri"] == uri
    blobs = [
        blob_of(pds, account, item["blob"]) for item in record_at(pds, uri)["storage"]["blobs"]
    ]
    shards = index.entry("digits").splits["train"]
    files = [Path(shard.url.removeprefix("file://")).read_bytes() for shard in shards]
    assert [m for data in blobs for m in members(data)] == [
        m for data in files for m in members(data)
    ]
    return lived


@pytest.mark.parametrize("step", [0, 9, 14, 19, 20, 21, 22, 23])
def test_killed_at_some_steps(
    pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path, step: int
) -> None:
    account = pds.account("alice")
    check_step(pds, account, atmosphere_of(account), tmp_path, step)


def test_what_killed_processes_left_is_removed(
    pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path
) -> None:
    account = pds.account("alice")
    index = index_of(tmp_path, atmosphere_of(account))
    staging = tmp_path / "home" / "atmosphere" / "staging"
    staging.mkdir(parents=True)
    for name, age in (("old.tar", 3 * 24 * 3600), ("new.tar", 60)):
        (staging / name).write_bytes(b"left")
        then = time.time() - age
        os.utime(staging / name, (then, then))
    index.write(digits(3), name="digits")
    index.promote_entry("digits")
    assert [path.name for path in staging.iterdir()] == ["new.tar"]


@pytest.mark.long
def test_killed_at_every_step(
    any_pds: PdsServer, atmosphere_of: AtmosphereOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[bool] = set()
    step = 0
    for step in range(MOST):
        account = any_pds.account("alice")
        folder = tmp_path / str(step)
        monkeypatch.setenv("ATDATA_HOME", str(folder / "home"))
        lived = check_step(any_pds, account, atmosphere_of(account), folder, step)
        seen.add(lived)
        if lived:
            break
    assert seen == {True, False}
    assert step > 16
