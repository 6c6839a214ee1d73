"""The store on disk: what lies where, and what it refuses."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import atdata
from atdata.errors import StoreError
from atdata.shards.files import sync_folder
from atdata.stores import disk
from atdata.stores.disk import LocalDiskStore
from atdata.stores.layout import MARKER, check_key, is_key, shard_key

CONTENT = b"the bytes of a shard"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = shard_key(DIGEST)


@pytest.fixture
def store(tmp_path: Path) -> LocalDiskStore:
    return LocalDiskStore(tmp_path / "store")


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "data.tar"
    path.write_bytes(CONTENT)
    return path


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_layout_is_that_of_the_format(store: LocalDiskStore, shard: Path) -> None:
    store.put(KEY, shard, sha256=DIGEST)
    store.put_bytes("datasets/digits/1.0.0/dataset.json", b"{}")
    assert files(store.root) == [
        "atdata-store.json",
        "datasets/digits/1.0.0/dataset.json",
        f"shards/{DIGEST}.tar",
    ]
    assert (store.root / MARKER).read_bytes() == b'{"format": 1, "kind": "atdata store"}\n'


def test_files_are_read_only(store: LocalDiskStore, shard: Path) -> None:
    moved = shard.with_name("moved.tar")
    moved.write_bytes(b"moved")
    store.put(KEY, shard)
    store.put("shards/moved.tar", moved, move=True)
    store.put_bytes("datasets/digits/1.0.0/dataset.json", b"{}")
    for file in store.list():
        assert not stat.S_IMODE((store.root / file.key).stat().st_mode) & 0o222
    assert shard.stat().st_mode & 0o200, "a file that is copied stays as it was"


def test_the_default_root_is_in_the_home_of_atdata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_HOME", str(tmp_path / "home"))
    store = atdata.LocalDiskStore()
    assert store.root == tmp_path / "home" / "data"
    assert not store.root.exists()
    assert store.find(KEY) is None
    assert not store.root.exists(), "looking makes nothing"
    store.put_bytes(KEY, b"x")
    assert (tmp_path / "home" / "data" / KEY).read_bytes() == b"x"


def test_one_folder_has_one_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "store")
    monkeypatch.chdir(tmp_path)
    urls = {
        LocalDiskStore(root).url for root in (tmp_path / "store", "store", "link", "./x/../store")
    }
    assert urls == {f"file://{tmp_path.as_posix()}/store"}


@pytest.mark.parametrize("name", ["data.dataset.json", "data-000000.tar", "data.tar.zst"])
def test_a_dataset_is_no_root(store: LocalDiskStore, shard: Path, name: str) -> None:
    store.root.mkdir()
    (store.root / name).write_bytes(b"")
    with pytest.raises(StoreError, match="the folder holds a dataset"):
        store.put(KEY, shard)
    assert files(store.root) == [name]


def test_a_root_is_no_dataset(store: LocalDiskStore, shard: Path) -> None:
    store.put(KEY, shard)
    with pytest.raises(atdata.LoadError, match="is the root of a store"):
        atdata.load_dataset(store.root)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b'{"format": 2, "kind": "atdata store"}',
            "has format 2, and this version of atdata knows 1",
        ),
        (b'{"format": 1}', "is not what atdata writes"),
        (b"\xff", "is not what atdata writes"),
        (b"[" * 60_000, "is not what atdata writes"),
        (b'{"format": "1", "kind": "atdata store"}', "is not what atdata writes"),
    ],
)
def test_what_may_be_a_later_layout_is_left_alone(
    store: LocalDiskStore, shard: Path, content: bytes, reason: str
) -> None:
    store.root.mkdir()
    (store.root / MARKER).write_bytes(content)
    for call in (
        lambda: store.put(KEY, shard),
        lambda: store.put_bytes(KEY, b""),
        lambda: store.find(KEY),
        lambda: store.get_bytes(KEY),
        lambda: list(store.list()),
        lambda: store.sweep([], 0),
    ):
        with pytest.raises(StoreError, match=reason):
            call()
    assert files(store.root) == [MARKER]


@pytest.mark.parametrize("way", ["shards", "datasets", "datasets/a", "datasets/a/1.0.0"])
def test_no_link_leads_out_of_the_root(store: LocalDiskStore, shard: Path, way: str) -> None:
    outside = shard.parent / "outside"
    outside.mkdir()
    (outside / "secret.json").write_bytes(b"secret")
    store.put_bytes("other/x", b"")
    link = store.root / way
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside)
    key = f"{way}/secret.json"
    for call in (
        lambda: store.put(key, shard),
        lambda: store.put_bytes(key, b"", overwrite=True),
        lambda: store.get_bytes(key),
        lambda: store.find(key),
        lambda: store.delete([key]),
    ):
        with pytest.raises(StoreError, match="is a symbolic link"):
            call()
    assert [file.key for file in store.list()] == ["other/x"]
    assert files(outside) == ["secret.json"]


def test_no_link_stands_for_a_file(store: LocalDiskStore, shard: Path) -> None:
    store.put_bytes("shards/x.tar", b"")
    (store.root / KEY).symlink_to(shard)
    assert store.find(KEY) is None
    assert [file.key for file in store.list()] == ["shards/x.tar"]
    with pytest.raises(StoreError, match="a symbolic link stands where a file should be"):
        store.get_bytes(KEY)
    with pytest.raises(StoreError, match="a symbolic link stands where a file should be"):
        store.put(KEY, shard)
    store.delete([KEY])
    assert shard.read_bytes() == CONTENT, "the link is deleted, not what it points to"


def test_a_pipe_is_not_waited_for(store: LocalDiskStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="pipe"):
        store.put(KEY, tmp_path / "pipe")


def test_a_linked_file_is_copied_and_only_its_link_is_taken(
    store: LocalDiskStore, shard: Path
) -> None:
    link = shard.with_name("link.tar")
    link.symlink_to(shard)
    assert store.put(KEY, link, sha256=DIGEST, move=True) is True
    assert not os.path.lexists(link)
    assert shard.read_bytes() == CONTENT
    assert not (store.root / KEY).is_symlink()


def test_a_file_of_the_store_is_not_taken_away_from_it(store: LocalDiskStore, shard: Path) -> None:
    store.put(KEY, shard)
    assert store.put(KEY, store.root / KEY, move=True) is False
    assert store.get_bytes(KEY) == CONTENT


def test_a_damaged_shard_is_not_taken_for_the_one_that_is_put(
    store: LocalDiskStore, shard: Path
) -> None:
    store.put(KEY, shard, sha256=DIGEST)
    lying = store.root / KEY
    lying.chmod(0o644)
    lying.write_bytes(b"X" + CONTENT[1:])
    for move in (False, True):
        with pytest.raises(StoreError, match="it is damaged, or the key is used for two things"):
            store.put(KEY, shard, sha256=DIGEST, move=move)
    assert shard.exists()
    store.delete([KEY])
    assert store.put(KEY, shard, sha256=DIGEST) is True


@pytest.mark.parametrize("relative", [False, True])
def test_a_moved_file_is_the_same_file(
    store: LocalDiskStore, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    with store.staging("5f" * 16) as folder:
        monkeypatch.chdir(folder)
        path = Path("data.tar") if relative else folder / "data.tar"
        path.write_bytes(CONTENT)
        number = path.stat().st_ino
        assert store.put(KEY, path, sha256=DIGEST, move=True)
    assert (store.root / KEY).stat().st_ino == number
    assert (store.root / KEY).stat().st_nlink == 1


@pytest.fixture(params=["real", "said"])
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder on another disk than the store's."""
    here = tmp_path.stat().st_dev
    disks = (Path(name) for name in ("/dev/shm", "/var/tmp"))
    others = [disk for disk in disks if disk.is_dir() and disk.stat().st_dev != here]
    if request.param == "real" and others:
        with tempfile.TemporaryDirectory(dir=others[0]) as folder:
            yield Path(folder)
        return
    link = os.link

    def refuse(source: Path, target: Path) -> None:
        if Path(source).parent == tmp_path / "elsewhere":
            raise OSError(18, os.strerror(18))
        link(source, target)

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "elsewhere").mkdir()
    yield tmp_path / "elsewhere"


def test_a_file_moves_to_another_disk(store: LocalDiskStore, elsewhere: Path) -> None:
    path = elsewhere / "data.tar"
    path.write_bytes(CONTENT)
    assert store.put(KEY, path, sha256=DIGEST, move=True) is True
    assert store.get_bytes(KEY) == CONTENT
    assert not path.exists()
    assert files(store.root) == [MARKER, KEY]


def test_a_disk_without_hard_links(
    store: LocalDiskStore, shard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(1, os.strerror(1))

    monkeypatch.setattr(os, "link", refuse)
    assert store.put(KEY, shard, sha256=DIGEST) is True
    assert store.put(KEY, shard, sha256=DIGEST, move=True) is False
    assert store.put_bytes("datasets/a/1.0.0/dataset.json", b"1") is True
    assert store.put_bytes("datasets/a/1.0.0/dataset.json", b"2") is False
    assert store.put_bytes("datasets/a/1.0.0/dataset.json", b"3", overwrite=True) is True
    assert files(store.root) == [MARKER, "datasets/a/1.0.0/dataset.json", KEY]


def test_empty_folders_are_not_kept(store: LocalDiskStore) -> None:
    store.put_bytes("datasets/a/1.0.0/dataset.json", b"")
    store.put_bytes("datasets/a/1.1.0/dataset.json", b"")
    store.delete(["datasets/a/1.0.0/dataset.json"])
    assert [p.name for p in (store.root / "datasets/a").iterdir()] == ["1.1.0"]
    store.delete(["datasets/a/1.1.0/dataset.json"])
    assert not (store.root / "datasets").exists()


def test_a_large_file_is_no_small_one(store: LocalDiskStore, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    store.put(KEY, path)
    with pytest.raises(StoreError, match="at most 67108864 are taken at once"):
        store.get_bytes(KEY)
    with pytest.raises(StoreError, match="at most 67108864 are taken at once"):
        store.put_bytes("shards/x.tar", bytes((64 << 20) + 1))


def test_what_is_kept_under_other_names_is_left_out(store: LocalDiskStore) -> None:
    store.put_bytes(KEY, b"")
    (store.root / "shards" / "a b").write_bytes(b"")
    (store.root / "shards" / f".{DIGEST}.tar.idx.part").write_bytes(b"1")
    (store.root / "notes é").mkdir()
    (store.root / "notes é" / "x").write_bytes(b"")
    # What a reader of the shard left is one of the store's files, so that it can be collected.
    assert [f.key for f in store.list()] == [f"shards/.{DIGEST}.tar.idx.part", KEY]


@given(st.text(st.sampled_from("aA0._-+@/\\ :~\x00é%"), max_size=12) | st.text(max_size=300))
def test_a_key_is_a_path_below_the_root_or_refused(text: str) -> None:
    root = Path("/some/root")
    if is_key(text):
        path = Path(os.path.normpath(root / check_key(text)))
        assert path == root / text
        assert path.relative_to(root).as_posix() == text
        assert text.isascii()
    else:
        with pytest.raises(StoreError, match="is no key") as refused:
            check_key(text)
        assert str(refused.value).isprintable()


def test_a_folder_that_another_process_removes_meanwhile_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two delete the last files of a folder, and the other one is through first."""
    store = LocalDiskStore(tmp_path / "store")
    store.put_bytes("datasets/digits/1.0.0/dataset.json", b"{}")

    def removed(folder: Path) -> None:
        folder.rmdir()
        sync_folder(folder)

    monkeypatch.setattr(disk, "sync_folder", removed)
    store.delete(["datasets/digits/1.0.0/dataset.json"])
    assert list(store.list()) == []
