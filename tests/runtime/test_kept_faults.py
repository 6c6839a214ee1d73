"""Whatever becomes of the files of kept blocks, what is read is right; they keep within a limit, and make room in turn."""

from __future__ import annotations

import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import atdata
from atdata.shards.cache_room import RECENT, disk_bytes
from atdata.shards.index.blocks import Verify
from atdata.shards.kept.allowance import Allowance
from kept_data import contents_of, own_cache, shards_asked
from remote_data import Large, large, numbers
from servers.http import HttpServer
from unprivileged import as_nobody, open_folder

MIB = 1 << 20
COUNT = 27


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where blocks are kept, and no waits."""
    return own_cache(tmp_path, monkeypatch)


@pytest.fixture
def address(http_server: HttpServer, tmp_path: Path) -> str:
    """Three shards of a MiB and some, on a server."""
    large(tmp_path / "out", count=COUNT, maxcount=9)
    return http_server.put_folder(tmp_path / "out") + "data.dataset.json"


@pytest.fixture(scope="module")
def damageable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    """An address, the dataset that lies there, and a cache folder that has all of it."""
    folder = tmp_path_factory.mktemp("damaged")
    large(folder / "out", count=COUNT, maxcount=9)
    server = HttpServer()
    address = server.put_folder(folder / "out") + "data.dataset.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATDATA_CACHE", str(folder / "whole"))
        assert len(numbers(atdata.load_dataset(address, Large).ordered(batch_size=4))) == COUNT
    yield address, folder / "out", folder / "whole"
    server.close()


# Damage.


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at % max(len(content), 1) : at % max(len(content), 1) + 1] = bytes([at % 256])
    path.write_bytes(content)


def cut(path: Path, at: int) -> None:
    os.truncate(path, at % (path.stat().st_size + 1))


def longer(path: Path, at: int) -> None:
    with path.open("ab") as file:
        file.write(bytes([1]) * (at % 5000 + 1))


def holed(path: Path, at: int) -> None:
    size = path.stat().st_size
    begin = at % (size + 1)
    os.truncate(path, begin)
    os.truncate(path, size)


def gone(path: Path, at: int) -> None:
    path.unlink()


def said(path: Path, at: int) -> None:
    path.write_bytes(bytes([1]) * (at % 4))


def folder(path: Path, at: int) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path, at: int) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path, at: int) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def swapped(path: Path, at: int) -> None:
    others = sorted(path.parent.glob(f"*{path.suffix}"))
    other = others[at % len(others)]
    if other.is_file() and other != path:
        content = other.read_bytes()
        other.write_bytes(path.read_bytes())
        path.write_bytes(content)


Harm: TypeAlias = list[tuple[Callable[[Path, int], None], int, int]]

WAYS: list[Callable[[Path, int], None]] = [
    *(flipped, cut, longer, holed, gone, said, folder, pipe, link, swapped)
]


_HARM = st.lists(
    st.tuples(st.sampled_from(WAYS), st.integers(0, 5), st.integers(0, 2_000_000)), max_size=5
)
_VERIFY = st.sampled_from(["first", "always"])
_FIXTURES = [HealthCheck.function_scoped_fixture]


@settings(max_examples=25, suppress_health_check=_FIXTURES)
@given(harm=_HARM, verify=_VERIFY, seed=st.integers(0, 3))
def test_damaged_files_never_change_what_is_read(
    harm: Harm, verify: Verify, seed: int, damageable: tuple[str, Path, Path], tmp_path: Path
) -> None:
    check_damaged(harm, verify, seed, damageable, tmp_path)


@pytest.mark.long
@settings(max_examples=250, suppress_health_check=_FIXTURES)
@given(harm=_HARM, verify=_VERIFY, seed=st.integers(0, 3))
def test_damaged_files_never_change_what_is_read_at_length(
    harm: Harm, verify: Verify, seed: int, damageable: tuple[str, Path, Path], tmp_path: Path
) -> None:
    check_damaged(harm, verify, seed, damageable, tmp_path)


def check_damaged(
    harm: Harm, verify: Verify, seed: int, damageable: tuple[str, Path, Path], tmp_path: Path
) -> None:
    address, out, whole = damageable
    here = tmp_path / "cache"
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(whole, here)
    files = sorted((here / "blocks").glob("*.[th]a*"))
    assert len(files) == 6
    for way, which, at in harm:
        if files[which].is_file():
            way(files[which], at)
    expected = contents_of(atdata.load_dataset(out, Large))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", atdata.CacheWarning)  # a folder in place of a file
        for _ in range(2):
            ds = atdata.load_dataset(address, Large, verify=verify)
            for batches in (ds.shuffled(batch_size=5, seed=seed), ds.ordered(batch_size=5)):
                found = [sample for batch in batches for sample in batch.samples()]
                assert contents_of(found) == expected


def test_what_was_damaged_is_mended(
    damageable: tuple[str, Path, Path], cache: Path, tmp_path: Path
) -> None:
    address, out, whole = damageable
    shutil.copytree(whole, tmp_path / "cache")
    for path in cache.glob("*.tar"):
        flipped(path, 700_000)
        holed(path, 1_050_000)
    ds = atdata.load_dataset(address, Large)
    for _ in range(2):
        assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    right = sorted(path.read_bytes() for path in out.glob("*.tar"))
    assert sorted(path.read_bytes() for path in cache.glob("*.tar")) == right


# Bounds.


def taken(cache: Path) -> int:
    return sum(disk_bytes(path.stat()) for path in cache.glob("*.tar"))


def aged(cache: Path) -> None:
    """As if what lies there had been read last long ago."""
    for path in cache.iterdir():
        at = time.time() - 2 * RECENT
        os.utime(path, (at, at))


def test_what_is_read_just_now_stays_and_the_rest_is_fetched(
    http_server: HttpServer, address: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dataset that is larger than the room: some of it is kept, and goes on being there."""
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "2 MiB")
    for _ in range(3):
        http_server.forget()
        ds = atdata.load_dataset(address, Large)
        assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
        assert MIB <= taken(cache) <= 2 * MIB
    whole = sum(len(data) for name, data in http_server.files.items() if name.endswith(".tar"))
    assert 0 < http_server.sent() < whole - MIB // 2


def test_what_was_read_least_lately_makes_room(
    http_server: HttpServer,
    address: str,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = atdata.load_dataset(address, Large)
    assert len(numbers(first.ordered(batch_size=4))) == COUNT
    # The dataset that is read now has nothing in common with what is there.
    third = atdata.write_samples(
        (Large(pixels=one.pixels, number=one.number + 100) for one in first),
        tmp_path / "third" / "data.tar",
    )
    url = http_server.put_folder(tmp_path / "third", "third/") + "data.dataset.json"
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "6 MiB")
    aged(cache)
    kept = sorted(cache.glob("*.tar"))
    os.utime(kept[0].with_suffix(".have"))  # just used
    ds = atdata.load_dataset(url, Large)
    assert numbers(ds.ordered(batch_size=4)) == [one.number for one in third]
    left = set(cache.glob("*.tar"))
    assert kept[0] in left
    assert not {*kept[1:]} <= left
    assert taken(cache) <= 6 * MIB
    # What was mapped before stays, whatever became of the files.
    http_server.forget()
    assert numbers(first.ordered(batch_size=4)) == list(range(COUNT))
    assert not http_server.asked


def test_bytes_that_are_on_their_way_to_the_disk_take_room_too(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads write many blocks at once; none is there yet when there is asked for room for all."""
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "4 MiB")
    allowance = Allowance(cache.parent, lambda: None)
    assert [allowance.take(MIB) for _ in range(6)] == [True] * 4 + [False] * 2
    other = Allowance(cache.parent, lambda: None)
    for _ in range(40):
        assert other.take(MIB)
        other.done(MIB)  # nothing came of it


def test_unpacked_shards_and_blocks_share_one_room(
    http_server: HttpServer, address: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "4 MiB")
    unpacked = cache.parent / "unpacked"
    unpacked.mkdir(parents=True)
    for name in ("one", "two"):
        (unpacked / f"{name}.tar").write_bytes(bytes(3 * MIB // 2))
        (unpacked / f"{name}.json").write_text("{}")
    aged(unpacked)
    os.utime(unpacked / "two.json")
    ds = atdata.load_dataset(address, Large)
    assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
    assert [path.name for path in unpacked.glob("*.tar")] == ["two.tar"]
    assert 2 * MIB <= taken(cache) <= 5 * MIB // 2


def test_nobody_waits_for_who_makes_room_and_was_stopped(
    address: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata.shards.kept.allowance._PATIENCE", 0.02)
    cache.mkdir(parents=True)
    ds = atdata.load_dataset(address, Large)
    with FileLock(cache.parent / "room.lock"):
        assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
        assert not list(cache.glob("*.tar"))
    assert numbers(atdata.load_dataset(address, Large).ordered(batch_size=4)) == list(range(COUNT))
    assert len(list(cache.glob("*.tar"))) == 3


def test_a_limit_that_is_no_size_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_CACHE_LIMIT", "lots")
    with pytest.raises(atdata.LoadError, match="ATDATA_CACHE_LIMIT: 'lots' is no size"):
        numbers(atdata.load_dataset(address, Large).ordered(batch_size=4))


# Folders that take nothing.


@pytest.mark.parametrize("content", ["nothing", "all"])
def test_a_folder_that_may_only_be_read(
    http_server: HttpServer, address: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_folder() as place:
        monkeypatch.setenv("ATDATA_CACHE", str(place / "cache"))
        if content == "all":
            assert numbers(atdata.load_dataset(address, Large).ordered(batch_size=4))
        else:
            (place / "cache").mkdir()
        http_server.forget()

        def read() -> tuple[list[int], list[str]]:
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                ds = atdata.load_dataset(address, Large)
                found = [n for _ in range(2) for n in numbers(ds.shuffled(batch_size=4))]
            return sorted(found), [str(one.message) for one in seen]

        found, said = as_nobody(read)
        assert found == sorted([*range(COUNT)] * 2)
        if content == "all":
            assert not shards_asked(http_server)
            assert not said
        else:
            assert len(said) == 1
            assert "Permission denied" in said[0]


def test_a_file_where_the_folder_should_be(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ATDATA_CACHE", str(tmp_path / "file"))
    ds = atdata.load_dataset(address, Large)
    with pytest.warns(atdata.CacheWarning, match="takes no more of what is fetched"):
        assert numbers(ds.ordered(batch_size=4)) == list(range(COUNT))
