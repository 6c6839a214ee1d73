"""Conditions on datasets that lie elsewhere: answered by manifests there, and no more is fetched than is needed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import atdata
from atdata.remote.s3_access import client
from query_data import Rich, numbers, rich, stored_rich
from servers.http import HttpServer, flipped, status
from servers.s3_server import S3Server

QUESTIONS = (
    "number > 20 and label in ['cat', 'a', '']",
    "'a' in tags or count == 3",
    "mask is null",
)


def no_wait(seconds: float) -> None:
    """What waits between two attempts."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache folder, and no waits."""
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def local() -> atdata.Dataset[Rich]:
    return stored_rich(40, 7, manifest=True)


def names(server: HttpServer) -> list[str]:
    return sorted(one.path.removeprefix("/") for one in server.asked)


def test_only_what_statistics_leave_over_is_fetched(http_server: HttpServer, local: Any) -> None:
    address = http_server.put_folder(local.shards[0].parent) + "d.dataset.json"
    ds: Any = atdata.load_dataset(address, Rich)
    http_server.forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ds.where("number == -9223372036854775808")
        assert len(found) == 1
    manifests = [f"d-{n:06d}.manifest.json" for n in range(6)]
    # Of the one shard that may hold it the rows, and the index that they are held against.
    looked_into = ["d-000003.manifest.parquet", "d-000003.tar.idx"]
    assert names(http_server) == sorted([*manifests, *looked_into])
    http_server.forget()
    assert found[0].number == -(2**63)
    assert set(names(http_server)) <= {"d-000003.tar", *(f"d-{n:06d}.tar.idx" for n in range(6))}
    assert ds.where("number == 3.5").keys() == []
    http_server.forget()
    assert len(ds.where("number > -10")) > 0
    assert not [name for name in names(http_server) if name.endswith(".json")]


def test_answers_are_those_of_the_disk(http_server: HttpServer, local: Any) -> None:
    address = http_server.put_folder(local.shards[0].parent) + "d.dataset.json"
    ds: Any = atdata.load_dataset(address, Rich)
    for question in QUESTIONS:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = ds.where(question)
            assert found.keys() == local.where(question).keys()
        assert [s.encode() for s in found] == [s.encode() for s in local.where(question)]
        assert [b.keys for b in found.shuffled(3, seed=2)] == [
            b.keys for b in local.where(question).shuffled(3, seed=2)
        ]


@pytest.mark.parametrize("fault", [status(404), status(403), status(500), flipped])
@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_manifest_that_cannot_be_had_loses_no_sample(
    http_server: HttpServer, local: Any, fault: Any, suffix: str
) -> None:
    address = http_server.put_folder(local.shards[0].parent) + "d.dataset.json"
    ds: Any = atdata.load_dataset(address, Rich)
    http_server.always(fault, f"d-000001.manifest.{suffix}")
    with pytest.warns(atdata.ScanWarning, match="d-000001.tar its manifest"):
        assert ds.where(QUESTIONS[1]).keys() == local.where(QUESTIONS[1]).keys()


def test_without_manifests_samples_are_fetched_and_it_is_said(
    http_server: HttpServer, tmp_path: Path
) -> None:
    atdata.write_samples(map(rich, range(12)), tmp_path / "out" / "d.tar", maxcount=5, columns=True)
    ds: Any = atdata.load_dataset(http_server.put_folder(tmp_path / "out") + "d.dataset.json", Rich)
    with pytest.warns(atdata.ScanWarning, match="its manifest is missing"):
        assert numbers(ds.where("number < 5")) == [n for n in range(12) if rich(n).number < 5]


@pytest.mark.parametrize("server", ["s3_moto", "s3_rclone"])
def test_manifests_in_s3(server: str, request: pytest.FixtureRequest, local: Any) -> None:
    s3: S3Server = request.getfixturevalue(server)
    bucket = s3.new_bucket()
    for path in local.shards[0].parent.iterdir():
        client(s3.access).put_object(Bucket=bucket, Key=f"data/{path.name}", Body=path.read_bytes())
    ds: Any = atdata.load_dataset(f"s3://{bucket}/data/d.dataset.json", Rich, access=s3.access)
    with warnings.catch_warnings():
        warnings.simplefilter("error", atdata.ScanWarning)
        for question in QUESTIONS:
            found = ds.where(question)
            assert found.keys() == local.where(question).keys()
            assert [s.number for s in found] == [s.number for s in local.where(question)]
