"""What `load_dataset` does of local files it does of files elsewhere: splits, other writers' shards, packed ones."""

from __future__ import annotations

import gzip
import hashlib
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import atdata
from atdata.remote.s3_access import client
from foreign_archives import npy, same, write_archive
from remote_data import no_wait
from servers.http import HttpServer, cut, flipped
from servers.s3_server import S3Server
from view_data import Small, item, numbers


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", no_wait)
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def bare(folder: Path, *names: str) -> Path:
    """Plain shards of two samples each, numbered on, that no description knows."""
    for number, name in enumerate(names):
        samples = [Small(number=2 * number), Small(number=2 * number + 1)]
        written = atdata.write_samples(samples, folder / "w" / "w.tar")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(written.shards[0], folder / name)
        shutil.rmtree(folder / "w")
    return folder


def put(server: HttpServer, folder: Path) -> str:
    """Serve a folder and all below it; the address of the folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            server.put(path.relative_to(folder).as_posix(), path.read_bytes())
    return server.url


def upload(server: S3Server, folder: Path) -> str:
    """A new bucket with all of a folder under a prefix; its address."""
    bucket, s3 = server.new_bucket(), client(server.access)
    for path in folder.rglob("*"):
        if path.is_file():
            key = f"deep/er/{path.relative_to(folder).as_posix()}"
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    return f"s3://{bucket}/deep/er"


def found(path: Any, **options: Any) -> dict[str, list[int]]:
    return {name: numbers(ds) for name, ds in atdata.load_splits(path, Small, **options).items()}


# Splits.


NAMES = ["train-0.tar", "train-1.tar", "test-0.tar"]
EXPECTED = {"train": [0, 1, 2, 3], "test": [4, 5]}


def test_splits_on_a_web_server(http_server: HttpServer, tmp_path: Path) -> None:
    url = put(http_server, bare(tmp_path / "one", *NAMES))
    braces = f"{url}/{{train-0,train-1,test-0}}.tar"
    assert found(braces) == EXPECTED
    splits = atdata.load_dataset(braces, Small)
    assert list(splits) == ["train", "test"]
    assert numbers(atdata.load_dataset(braces, Small, split="train[1:3]+test[:50%]")) == [1, 2, 4]
    url = put(http_server, bare(tmp_path / "two", "my test/train/0.tar", "my test/val/0.tar"))
    assert found(f"{url}/my%20test/{{train,val}}/0.tar") == {"train": [0, 1], "validation": [2, 3]}
    assert found(f"{url}/my%20test/train/0.tar") == {"train": [0, 1]}
    with pytest.raises(atdata.SplitNotFound, match=r"0\.tar has no split 'dev'; it has train"):
        atdata.load_dataset(f"{url}/my%20test/train/0.tar?key=secret", Small, split="dev")


def test_what_is_not_clear_is_refused_as_it_is_for_local_files(
    http_server: HttpServer, tmp_path: Path
) -> None:
    url = put(http_server, bare(tmp_path, "train-test.tar", "train.tar", "extra.tar"))
    for names in ("train-test,train", "train,extra"):
        with pytest.raises(atdata.SplitError, match="rename it, load it by its own path"):
            atdata.load_dataset(f"{url}/{{{names}}}.tar", Small)
    alone = atdata.load_dataset(f"{url}/train-test.tar", Small)
    assert (numbers(alone), alone.split) == ([0, 1], None)
    with pytest.raises(atdata.SplitError, match="says test and train"):
        atdata.load_dataset(f"{url}/train-test.tar", Small, split="train")


def test_splits_in_a_bucket(s3_rclone: S3Server, tmp_path: Path) -> None:
    access = s3_rclone.access
    url = upload(s3_rclone, bare(tmp_path / "one", *NAMES))
    for path in ("", "/", "/*.tar", "/*", "/t*-[01].tar", "/{train-0,train-1,test-0}.tar"):
        assert found(url + path, access=access) == EXPECTED, path
    folders = ["a/train/0.tar", "a/train/1.tar", "b/test_set/0.tar", ".hidden/x.tar", "__n__/x.tar"]
    url = upload(s3_rclone, bare(tmp_path / "two", *folders))
    for path in ("", "/**/[01].tar"):
        assert found(url + path, access=access) == EXPECTED, path
    with pytest.raises(atdata.DatasetNotFound, match="holds neither"):
        atdata.load_dataset(f"{url.removesuffix('/er')}/no", Small, access=access)


def test_described_datasets_in_the_folders_of_a_bucket(s3_rclone: S3Server, tmp_path: Path) -> None:
    for number, name in enumerate(("train/a.tar", "train/b.tar", "test/a.tar")):
        samples = [Small(number=2 * number), Small(number=2 * number + 1)]
        atdata.write_samples(samples, tmp_path / "d" / name)
    url, access = upload(s3_rclone, tmp_path / "d"), s3_rclone.access
    for path in ("", "/**/*.tar", "/*/*.dataset.json"):
        assert found(url + path, access=access) == EXPECTED, path
    assert found(f"{url}/test", access=access) == {"train": [4, 5]}


def test_files_here_and_elsewhere_are_one_dataset(http_server: HttpServer, tmp_path: Path) -> None:
    url = put(http_server, bare(tmp_path / "there", "0.tar", "1.tar"))
    here = bare(tmp_path / "here", "2.tar", "3.tar")
    paths: list[str | Path] = [here / "3.tar", f"{url}/{{0,1}}.tar", str(here / "2.tar")]
    ds = atdata.load_dataset(paths, Small)
    assert numbers(ds) == [2, 3, 0, 1, 2, 3, 0, 1]
    assert sorted(numbers(ds.shuffled(seed=3))) == sorted(numbers(ds))
    assert [n for batch in ds.ordered(batch_size=3) for n in batch.number] == numbers(ds)
    assert ds[5].number == 3


# Shards of other writers.


def members(count: int, size: int = 0) -> list[tuple[str, bytes]]:
    return [
        member
        for n in range(count)
        for member in (
            (f"a/{n:03d}.cls", b"%d" % n),
            (f"a/{n:03d}.bin", bytes([n]) * size),
            (f"a/{n:03d}.pos.npy", npy(np.full((2, 2), n, np.int32))),
        )
    ]


def read_in_every_way(ds: Any, order: list[int]) -> None:
    assert [sample.cls for sample in ds] == order
    assert len(ds) == len(order)
    assert ds[3]["pos.npy"].tolist() == [[order[3]] * 2] * 2
    assert ds.get(f"a/{order[5]:03d}").cls == order[5]
    assert sorted(sample.cls for sample in ds.shuffled(seed=1)) == sorted(order)
    batches = list(ds.shuffled(batch_size=7, seed=2))
    assert sorted(n for batch in batches for n in batch.cls) == sorted(order)
    assert [n for batch in ds.ordered(batch_size=7) for n in batch.cls] == order
    assert pickle.loads(pickle.dumps(ds))[1].cls == order[1]


def test_shards_of_other_writers_on_a_web_server(http_server: HttpServer, tmp_path: Path) -> None:
    local = write_archive(tmp_path / "d" / "d.tar", members(20, 1000))
    url = put(http_server, local.parent)
    ds: Any = atdata.load_dataset(f"{url}/d.tar", split="train")
    assert ds.sample_type is atdata.DictSample
    read_in_every_way(ds, list(range(20)))
    beside = atdata.load_dataset(local, split="train")
    assert ds.fingerprint == beside.fingerprint
    assert all(same(ds[n].to_dict(), beside[n].to_dict()) for n in range(20))
    once: Any = atdata.load_dataset(f"{url}/d.tar", split="train", streaming=True)
    assert [sample.cls for sample in once] == list(range(20))


def test_shards_of_other_writers_in_a_bucket(s3_rclone: S3Server, tmp_path: Path) -> None:
    write_archive(tmp_path / "d" / "train-0.tar", members(20))
    url = upload(s3_rclone, tmp_path / "d")
    ds: Any = atdata.load_dataset(url, split="train", access=s3_rclone.access)
    read_in_every_way(ds, list(range(20)))


def test_their_samples_cost_what_they_are(
    http_server: HttpServer, tmp_path: Path, cache: Path
) -> None:
    """To look costs headers, the first pass the shard, and then each sample its own bytes."""
    path = write_archive(tmp_path / "d" / "d.tar", members(20, 200_000))
    url, size = put(http_server, path.parent), path.stat().st_size
    ds: Any = atdata.load_dataset(f"{url}/d.tar", split="train")
    assert http_server.sent() < 40_000
    http_server.forget()
    assert [sample.cls for sample in ds] == list(range(20))
    assert size <= http_server.sent() < size + 40_000
    http_server.forget()
    assert ds[7].cls == 7
    assert 200_000 < http_server.sent() < 210_000
    assert len(list((cache / "index").glob("*.groups"))) == 1
    http_server.forget()
    again: Any = atdata.load_dataset(f"{url}/d.tar", split="train")
    assert len(again) == 20
    assert again[11].cls == 11
    assert http_server.sent() < 250_000, "the index is kept"


def test_a_connection_that_breaks_off_is_taken_up_again(
    http_server: HttpServer, tmp_path: Path
) -> None:
    path = write_archive(tmp_path / "d" / "d.tar", members(20, 100_000))
    url = put(http_server, path.parent)
    ds: Any = atdata.load_dataset(f"{url}/d.tar", split="train")
    http_server.then(cut(300_000), cut(500_000, reset=True))
    assert [sample.cls for sample in ds] == list(range(20))


def test_damage_in_their_shards_is_met_behind_whole_samples(
    http_server: HttpServer, tmp_path: Path
) -> None:
    path = write_archive(tmp_path / "d.tar", members(9))
    content = path.read_bytes()
    at = content.index(b"a/005.bin")
    http_server.put("d.tar", content[:at] + b"\xff" + content[at + 1 :])
    ds: Any = atdata.load_dataset(f"{http_server.url}/d.tar", split="train")
    seen: list[int] = []
    with pytest.raises(atdata.ShardError, match=r"/d\.tar"):
        seen.extend(_noted(ds, seen))
    assert seen == list(range(5))
    with pytest.raises(atdata.ShardError, match=r"/d\.tar"):
        len(ds)


def _noted(ds: Any, seen: list[int]) -> Any:
    for sample in ds:
        seen.append(sample.cls)
    yield from ()


# Packed shards.


def packed(folder: Path, *, grouped: bool = False) -> Path:
    """`d.tar.gz` of twenty samples."""
    if grouped:
        plain = write_archive(folder / "w" / "d.tar", members(20))
    else:
        plain = atdata.write_samples(map(item, range(20)), folder / "w" / "d.tar").shards[0]
    path = folder / "packed" / "d.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(plain.read_bytes()))
    return path


@pytest.mark.parametrize("grouped", [False, True])
def test_packed_shards_elsewhere_are_read_in_order_and_unpacked_once(
    http_server: HttpServer, tmp_path: Path, grouped: bool
) -> None:
    path = packed(tmp_path, grouped=grouped)
    url = f"{put(http_server, path.parent)}/d.tar.gz"
    name = "cls" if grouped else "number"
    plain: Any = atdata.load_dataset(url, split="train")
    assert [sample[name] for sample in plain] == list(range(20))
    assert len(plain) == 20
    with pytest.raises(atdata.LoadError, match="load it with cache=True"):
        plain[3]
    ds: Any = atdata.load_dataset(url, split="train", cache=True)
    assert ds[13][name] == 13
    assert sorted(sample[name] for sample in ds.shuffled()) == list(range(20))
    assert ds.fingerprint == plain.fingerprint
    http_server.forget()
    again: Any = atdata.load_dataset(url, split="train", cache=True)
    assert again[7][name] == 7
    # Nothing but the look at which kind it is, and which version.
    assert all(span is not None for span in http_server.spans("d.tar.gz"))
    assert pickle.loads(pickle.dumps(again))[2][name] == 2


def test_packed_shards_in_a_bucket(s3_rclone: S3Server, tmp_path: Path) -> None:
    path = packed(tmp_path)
    url = upload(s3_rclone, path.parent)
    ds: Any = atdata.load_dataset(url, split="train", cache=True, access=s3_rclone.access)
    assert [ds[n]["number"] for n in (0, 19, 7)] == [0, 19, 7]


def describe(path: Path, **change: Any) -> None:
    """A `dataset.json` beside a packed shard."""
    content = path.read_bytes()
    description = json.loads((path.parent.parent / "w" / "d.dataset.json").read_bytes())
    entry = {"file": path.name, "bytes": len(content), "samples": 20, "index": None}
    digest = hashlib.sha256(content).hexdigest()
    description["splits"] = {"train": [entry | {"sha256": digest} | change]}
    (path.parent / "d.dataset.json").write_text(json.dumps(description))


def test_a_described_one_is_held_against_its_digest(
    http_server: HttpServer, tmp_path: Path, cache: Path
) -> None:
    path = packed(tmp_path)
    describe(path)
    url = f"{put(http_server, path.parent)}/d.dataset.json"
    ds: Any = atdata.load_dataset(url, cache=True, split="train")
    assert ds[5].number == 5
    shutil.rmtree(cache)
    describe(path, sha256="0" * 64)
    put(http_server, path.parent)
    with pytest.raises(atdata.ShardError, match=r"d\.tar\.gz: its sha-256 is .* says 0000"):
        atdata.load_dataset(url, cache=True, split="train")[5]
    assert not list((cache / "unpacked").glob("*.tar"))
    describe(path)
    put(http_server, path.parent)
    http_server.always(flipped, "d.tar.gz")
    with pytest.raises(atdata.ShardError, match=r"d\.tar\.gz"):
        atdata.load_dataset(url, cache=True, split="train")[5]
