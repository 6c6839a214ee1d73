"""What every store has to do, as tests: for stores of your own.

    import pytest
    from atdata.stores.store import Store
    from atdata.testing.stores import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self) -> Store:
            return MyStore(...)  # empty, another one for each test

Each test that fails names what the store does otherwise; `pytest.register_assert_rewrite("atdata.testing")` in your
conftest.py makes it say the values too. Files are of a few bytes, but for one of `LARGE`, which is
larger than a store should send in one piece.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from atdata.errors import StoreError
from atdata.stores.layout import MARKER, dataset_key, shard_key, sidecar_key
from atdata.stores.store import Store, StoredFile

__all__ = ["LARGE", "StoreContract"]

LARGE = 21 * 1024 * 1024 + 5
"""Bytes of the largest file that is put."""

_CONTENT = b"the bytes of a shard"
_DIGEST = hashlib.sha256(_CONTENT).hexdigest()
_KEY = shard_key(_DIGEST)
_TOKEN = "5f" * 16

_NO_KEYS = (
    "",
    "/etc/passwd",
    "../x",
    "shards/../../x",
    "shards/./x",
    "shards//x",
    "shards/x/",
    "shards/a b",
    "shards/\x1b[2J",
    "shards/é",
    "staging/x",
    MARKER,
    "x" * 300,
    "/".join(["x"] * 400),
)


class StoreContract:
    """Tests of `Store`. A subclass has a fixture `store`, which gives an empty store."""

    def test_what_is_put_is_there(self, store: Store, tmp_path: Path) -> None:
        assert store.put(_KEY, _file(tmp_path), sha256=_DIGEST) is True
        assert store.get_bytes(_KEY) == _CONTENT
        found = store.find(_KEY)
        assert found is not None
        assert (found.key, found.bytes) == (_KEY, len(_CONTENT))

    def test_an_empty_file_is_a_file(self, store: Store, tmp_path: Path) -> None:
        assert store.put(_KEY, _file(tmp_path, b"")) is True
        assert store.get_bytes(_KEY) == b""
        assert store.put_bytes("datasets/empty/1.0.0/dataset.json", b"") is True
        assert store.get_bytes("datasets/empty/1.0.0/dataset.json") == b""

    def test_a_large_file_arrives_whole(self, store: Store, tmp_path: Path) -> None:
        # No piece of it is like another one.
        content = np.arange(LARGE // 8 + 1, dtype="<u8").tobytes()[:LARGE]
        digest, sent = hashlib.sha256(content).hexdigest(), list[int]()
        path = _file(tmp_path, content)
        assert store.put(shard_key(digest), path, sha256=digest, progress=sent.append) is True
        assert sum(sent) == LARGE
        assert store.get_bytes(shard_key(digest)) == content
        assert path.exists()

    def test_the_same_file_again_sends_nothing(self, store: Store, tmp_path: Path) -> None:
        path, sent = _file(tmp_path), list[int]()
        assert store.put(_KEY, path, sha256=_DIGEST) is True
        assert store.put(_KEY, path, sha256=_DIGEST, progress=sent.append) is False
        assert store.put(_KEY, path, progress=sent.append) is False
        assert sent == []

    def test_a_key_is_never_given_to_another_file(self, store: Store, tmp_path: Path) -> None:
        store.put(_KEY, _file(tmp_path), sha256=_DIGEST)
        with pytest.raises(StoreError, match="another file"):
            store.put(_KEY, _file(tmp_path, b"a longer text than that"))
        assert store.get_bytes(_KEY) == _CONTENT

    def test_what_is_made_from_a_shard_may_give_way(self, store: Store, tmp_path: Path) -> None:
        key = sidecar_key(_DIGEST, ".tar.idx")
        assert store.put(key, _file(tmp_path, b"an index"), replace=True) is True
        assert store.put(key, _file(tmp_path, b"an index"), replace=True) is False
        assert store.put(key, _file(tmp_path, b"a newer index"), replace=True) is True
        assert store.get_bytes(key) == b"a newer index"

    def test_what_arrives_is_held_against_its_digest(self, store: Store, tmp_path: Path) -> None:
        other = hashlib.sha256(b"other").hexdigest()
        with pytest.raises(StoreError, match=other):
            store.put(shard_key(other), _file(tmp_path), sha256=other)
        assert store.find(shard_key(other)) is None

    def test_a_moved_file_is_gone_from_where_it_was(self, store: Store, tmp_path: Path) -> None:
        for new in (True, False):
            path, sent = _file(tmp_path), list[int]()
            done = store.put(_KEY, path, sha256=_DIGEST, move=True, progress=sent.append)
            assert (done, sum(sent)) == (new, len(_CONTENT) if new else 0)
            assert not path.exists()
            assert store.get_bytes(_KEY) == _CONTENT

    def test_a_file_that_is_not_there_cannot_be_put(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="nowhere"):
            store.put(_KEY, tmp_path / "nowhere")
        with pytest.raises(StoreError):
            store.put(_KEY, tmp_path)
        assert store.find(_KEY) is None

    def test_small_files_are_made_once_or_replaced(self, store: Store) -> None:
        key = dataset_key("digits", "1.0.0")
        assert store.put_bytes(key, b"one") is True
        assert store.put_bytes(key, b"two") is False
        assert store.get_bytes(key) == b"one"
        assert store.put_bytes(key, b"two", overwrite=True) is True
        assert store.get_bytes(key) == b"two"

    def test_what_is_not_there_is_none(self, store: Store) -> None:
        assert store.get_bytes(_KEY) is None
        assert store.find(_KEY) is None
        assert list(store.list()) == []
        store.delete([_KEY])
        assert store.sweep([], 0.0) == 0

    def test_files_are_listed_in_order_of_their_keys(self, store: Store) -> None:
        keys = [
            "datasets/a-b/1.0.0/dataset.json",
            "datasets/a/1.0.0/dataset.json",
            "datasets/a/1.10.0/dataset.json",
            "datasets/a/1.2.0/dataset.json",
            "datasets/B/1.0.0/dataset.json",
            "datasets/a.c/1.0.0/dataset.json",
            "shards/x.tar",
            "shards/x.tar.idx",
        ]
        for key in keys:
            store.put_bytes(key, key.encode())
        assert [file.key for file in store.list()] == sorted(keys)
        assert [file.bytes for file in store.list()] == [len(key) for key in sorted(keys)]
        for prefix in ("datasets/a", "datasets/a/", "shards/x.tar.", "shards", "none"):
            expected = [key for key in sorted(keys) if key.startswith(prefix)]
            assert [file.key for file in store.list(prefix)] == expected

    def test_deleted_files_are_gone_and_the_others_stay(self, store: Store) -> None:
        keys = [f"shards/{number:04d}.tar" for number in range(30)]
        for key in keys:
            store.put_bytes(key, b"x")
        store.delete([*keys[:20], "shards/never.tar"])
        assert [file.key for file in store.list()] == keys[20:]
        assert store.find(keys[0]) is None
        assert store.put_bytes(keys[0], b"again") is True
        store.delete(file.key for file in store.list())
        assert list(store.list()) == []
        assert store.put_bytes(keys[0], b"again") is True

    @pytest.mark.parametrize("key", _NO_KEYS)
    def test_what_is_no_key_is_refused(self, store: Store, tmp_path: Path, key: str) -> None:
        path = _file(tmp_path)
        for call in (
            lambda: store.put(key, path),
            lambda: store.put_bytes(key, b"x"),
            lambda: store.get_bytes(key),
            lambda: store.find(key),
            lambda: store.delete([key]),
            lambda: store.url_of(key),
        ):
            with pytest.raises(StoreError, match="is no key of a store") as refused:
                call()
            assert "\x1b" not in str(refused.value)
        assert list(store.list()) == []

    def test_a_staging_folder_is_there_while_it_is_used(self, store: Store) -> None:
        with store.staging(_TOKEN) as folder:
            assert folder.is_dir()
            assert store.put(_KEY, _file(folder), sha256=_DIGEST, move=True) is True
            (folder / "left").write_bytes(b"over")
        assert not folder.exists()
        with pytest.raises(ZeroDivisionError), store.staging(_TOKEN) as folder:
            raise ZeroDivisionError
        assert not folder.exists()
        assert [file.key for file in store.list()] == [_KEY]

    def test_a_token_names_no_other_folder(self, store: Store) -> None:
        for token in ("", "..", "a/b", "a b", "x" * 65):
            with pytest.raises(StoreError, match="token"), store.staging(token):
                pass

    def test_what_broken_writes_left_is_swept(self, store: Store) -> None:
        store.put_bytes(_KEY, _CONTENT)
        folder = _left_behind(store, b"12345")
        assert store.sweep([], older_than=3600.0) == 0
        assert store.sweep([_TOKEN], older_than=0.0) == 0
        assert (folder / "part").exists()
        assert store.sweep(["other"], older_than=0.0) >= 5
        assert not folder.exists()
        assert store.get_bytes(_KEY) == _CONTENT

    def test_its_url_says_where_a_file_lies(self, store: Store) -> None:
        scheme, separator, rest = store.url_of(_KEY).partition("://")
        assert separator, "a URL has a scheme"
        assert rest.endswith(_KEY)
        assert store.url.startswith(f"{scheme}://")
        assert (
            "@" not in store.url.partition("://")[2].partition("/")[0]
        ), "a URL has no credentials"

    def test_a_pickled_store_is_the_same_one(self, store: Store) -> None:
        store.put_bytes(_KEY, _CONTENT)
        copy: Store = pickle.loads(pickle.dumps(store))  # noqa: S301  # what was pickled here
        assert copy.url == store.url
        assert copy.get_bytes(_KEY) == _CONTENT

    def test_it_works_on_after_fork(self, store: Store) -> None:
        store.put_bytes(_KEY, _CONTENT)
        if "fork" in multiprocessing.get_all_start_methods():
            process = multiprocessing.get_context("fork").Process(target=_in_child, args=(store,))
            process.start()
            process.join(60)
            assert process.exitcode == 0
            assert store.get_bytes("shards/child.tar") == _CONTENT
        assert store.get_bytes(_KEY) == _CONTENT

    def test_threads_may_share_it(self, store: Store, tmp_path: Path) -> None:
        paths = [_file(tmp_path / str(number)) for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            new = list(pool.map(lambda path: store.put(_KEY, path, sha256=_DIGEST), paths))
            keys = [f"shards/{number}.tar" for number in range(16)]
            assert (
                list(pool.map(lambda key: store.put_bytes(key, key.encode()), keys)) == [True] * 16
            )
        assert new.count(True) >= 1
        assert store.get_bytes(_KEY) == _CONTENT
        assert len(_keys(store.list())) == 17

    def test_files_say_when_they_were_put(self, store: Store, tmp_path: Path) -> None:
        first, second = _file(tmp_path / "1"), _file(tmp_path / "2", b"second")
        store.put("shards/1.tar", first)
        store.put("shards/2.tar", second, move=True)
        times = [file.modified for file in store.list()]
        assert times == sorted(times)
        assert times[1] - times[0] < 60


def _file(folder: Path, content: bytes = _CONTENT) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "file.tar"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    return path


def _left_behind(store: Store, content: bytes) -> Path:
    """What a write leaves that is killed."""
    writing = store.staging(_TOKEN)
    folder = writing.__enter__()
    (folder / "part").write_bytes(content)
    # Its end is never reached.
    _forgotten.append(writing)
    return folder


_forgotten: list[object] = []


def _keys(files: Iterable[StoredFile]) -> list[str]:
    return [file.key for file in files]


def _in_child(store: Store) -> None:
    assert store.get_bytes(_KEY) == _CONTENT
    assert store.put_bytes("shards/child.tar", _CONTENT) is True
