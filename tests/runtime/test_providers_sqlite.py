"""What is special to an Index in a SQLite file: the file itself, and what can be wrong with it."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any, cast

import pytest

from atdata.errors import CatalogError, ProviderError
from atdata.index.entry_json import encode_entry
from atdata.index.providers.provider import Provider, Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.catalogue import a_digest, a_schema, an_entry
from atdata.testing.provider_concurrency import together

SCHEMA = a_schema()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def filled(path: Path) -> SqliteProvider:
    provider = SqliteProvider(path)
    provider.add_entry(an_entry("notes"), SCHEMA)
    return provider


def names(provider: Provider) -> list[str]:
    return [entry.name for entry in provider.entries()]


def test_the_file_and_its_folder_are_made(tmp_path: Path) -> None:
    provider = SqliteProvider(tmp_path / "a" / "b" / "index.db")
    assert not (tmp_path / "a").exists()
    assert provider.entry("notes") is None
    assert (tmp_path / "a" / "b" / "index.db").exists()


def test_readers_go_on_while_somebody_writes(path: Path) -> None:
    provider = filled(path)
    with locked(path):
        assert names(provider) == ["notes"]
        assert provider.search(Search("note")) == [an_entry("notes")]


def test_a_locked_file_is_waited_for(path: Path) -> None:
    provider = filled(path)
    with locked(path) as release:
        threading.Timer(0.3, release).start()
        provider.add_entry(an_entry("more"), SCHEMA)
    assert names(provider) == ["more", "notes"]


def test_a_file_that_stays_locked_is_an_error(path: Path) -> None:
    filled(path)
    with (
        locked(path),
        pytest.raises(ProviderError, match=f"{path}.*locked for too long.*try again"),
    ):
        SqliteProvider(path, timeout=0.3).add_entry(an_entry("more"), SCHEMA)
    assert names(SqliteProvider(path)) == ["notes"]


@contextmanager
def locked(path: Path) -> Generator[Callable[[], None]]:
    """Another process writes for as long as the context is open, or until it is told to end."""
    program = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "db.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process.kill
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "content", [b"garbage\n" * 1000, b"\0" * 4096, b"SQLite format 3\0" + b"x" * 5000]
)
def test_garbage_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ProviderError, match=f"{path}.*(no SQLite database|damaged)"):
        SqliteProvider(path).entry("a")
    with pytest.raises(ProviderError, match=f"{path}.*(no SQLite database|damaged)"):
        SqliteProvider(path).add_entry(an_entry("a"), SCHEMA)
    assert path.read_bytes() == content


def test_a_damaged_file_is_an_error(path: Path) -> None:
    provider = filled(path)
    provider.add_entries((an_entry(f"n{n}", description="x" * 2000), SCHEMA) for n in range(200))
    provider.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 30))
    with pytest.raises(ProviderError, match=r"damaged.*restore"):
        list(SqliteProvider(path).entries())


def test_an_empty_file_is_a_new_index(path: Path) -> None:
    path.touch()
    assert names(filled(path)) == ["notes"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"this is a folder; name a file in it"):
        SqliteProvider(tmp_path).entry("a")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ProviderError, match=r"folder cannot be made"):
        SqliteProvider(tmp_path / "file" / "index.db").entry("a")


@pytest.mark.parametrize("name", ["", ":memory:", "a\0b"])
def test_what_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ProviderError, match="no file"):
        SqliteProvider(name)


@pytest.mark.parametrize(
    "name", ["a b?c#d%20.db", "größe 写真.db", "'; --.db", "file:x?mode=memory"]
)
def test_any_other_name_of_a_file_is_one(tmp_path: Path, name: str) -> None:
    assert names(filled(tmp_path / name)) == ["notes"]
    assert (tmp_path / name).exists()


def test_many_make_a_new_index_at_once(path: Path) -> None:
    def work(number: int) -> None:
        SqliteProvider(path.parent / "new" / "index.db").add_entry(an_entry(f"n{number}"), SCHEMA)

    together(8, work)
    assert names(SqliteProvider(path.parent / "new" / "index.db")) == [f"n{n}" for n in range(8)]


def test_a_listing_is_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = filled(path)
    first = [*provider.entries()]
    monkeypatch.setattr("atdata.index.providers.sqlite_listing._at_once", None)
    assert [*provider.entries()] == first == [an_entry("notes")]
    with pytest.raises(TypeError):
        next(SqliteProvider(path).entries())  # which has to read


@pytest.mark.parametrize("latest", [True, False])
def test_what_is_too_much_at_once_is_listed_in_pages(
    path: Path, latest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = SqliteProvider(path)
    each = [
        an_entry(f"n{number * 7919 % 1201:04}", version)
        for number in range(1201)
        for version in ("1.0.0", "1.10.0", "1.9.0")[: 1 + number % 3]
    ]
    provider.add_entries((entry, SCHEMA) for entry in each)
    at_once = [*provider.entries(latest=latest)]
    monkeypatch.setattr("atdata.index.providers.sqlite_listing._MOST", 1000)
    in_pages = [*SqliteProvider(path).entries(latest=latest)]
    assert [(e.name, e.version) for e in at_once] == [(e.name, e.version) for e in in_pages]
    assert at_once == in_pages
    assert len(at_once) == (1201 if latest else len(each))


def test_a_listed_entry_is_as_any_other(path: Path) -> None:
    entry = an_entry("more", tags=("a",), metadata={"list": [1]}, digests=[a_digest(1)])
    provider = SqliteProvider(path)
    provider.add_entry(entry, SCHEMA)
    assert next(provider.entries()) == entry
    assert entry == next(provider.entries())
    assert repr(next(provider.entries())) == repr(entry)
    assert replace(next(provider.entries()), name="other") == replace(entry, name="other")
    assert copy.deepcopy(next(provider.entries())) == entry
    assert pickle.loads(pickle.dumps(next(provider.entries()))) == entry
    assert encode_entry(next(provider.entries())) == encode_entry(entry)
    with pytest.raises(AttributeError, match="no attribute 'size'"):
        next(provider.entries()).size  # type: ignore[attr-defined]  # as meant
    with pytest.raises(FrozenInstanceError):
        next(provider.entries()).name = "other"  # type: ignore[misc]  # as meant


def test_a_listed_entry_that_was_damaged_says_so(path: Path) -> None:
    provider = filled(path)
    provider.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE entries SET body = '{}'")
    (entry,) = SqliteProvider(path).entries()
    assert entry.name == "notes"
    with pytest.raises(CatalogError, match="no entry in JSON"):
        print(entry.created)


def test_a_listing_that_is_remembered_follows_every_change(path: Path) -> None:
    provider, other = filled(path), SqliteProvider(path)
    assert names(provider) == ["notes"]
    other.add_entry(an_entry("more"), SCHEMA)
    assert names(provider) == ["more", "notes"]
    provider.delete("more")
    assert names(provider) == names(other) == ["notes"]
    other.delete("notes")
    other.add_entry(an_entry("notes", description="another one"), SCHEMA)
    assert [entry.description for entry in provider.entries()] == ["another one"]


def test_a_listing_follows_a_file_that_is_put_back(path: Path) -> None:
    provider = filled(path)
    provider.close()
    shutil.copy(path, path.with_name("copy.db"))
    provider.add_entry(an_entry("after", description="first"), SCHEMA)
    assert names(provider) == ["after", "notes"]
    provider.close()
    shutil.copy(path.with_name("copy.db"), path)
    provider.add_entry(an_entry("after", description="second"), SCHEMA)
    assert [entry.description for entry in provider.entries()] == ["second", None]


def test_nobody_can_change_what_is_remembered(path: Path) -> None:
    provider = filled(path)
    entry = an_entry("more", metadata={"list": [1]}, digests=[a_digest(1)])
    provider.add_entry(entry, SCHEMA)
    for _ in range(3):
        more, notes = provider.entries()
        assert more == entry
        more.metadata["list"].append(2)
        more.metadata["new"] = 1
        cast("dict[str, Any]", more.splits).clear()
        assert pickle.loads(pickle.dumps(notes)) == notes == an_entry("notes")


def test_a_child_outlives_the_last_connection_of_its_parent(path: Path) -> None:
    """SQLite keeps locks of a process beside its open files: a child must inherit none of them open."""
    provider = filled(path)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        provider.add_entry(an_entry("before"), SCHEMA)
        os.read(reading, 1)
        for number in range(20):
            provider.add_entry(an_entry(f"child{number:02}"), SCHEMA)
        os._exit(0)
    names(provider)
    time.sleep(0.2)
    provider.close()  # the last one of this process, which would remove the journal if it were alone
    os.write(writing, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    expected = ["before", *(f"child{n:02}" for n in range(20)), "notes"]
    assert names(SqliteProvider(path)) == names(provider) == expected


def test_it_pickles_by_its_path(path: Path) -> None:
    provider = pickle.loads(pickle.dumps(filled(path)))
    assert names(provider) == ["notes"]
    assert repr(provider) == f"SqliteProvider({str(path)!r})"
    assert provider.url == f"sqlite:///{path}"


def test_an_interrupt_leaves_nothing_half_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = filled(path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("atdata.index.providers.sqlite_entries.remember", interrupt)
        with pytest.raises(KeyboardInterrupt):
            provider.add_entry(an_entry("more"), SCHEMA)
    assert provider.versions("more") == []
    provider.add_entry(an_entry("more"), SCHEMA)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_a_full_disk_is_an_error_and_nothing_is_lost(path: Path) -> None:
    import resource

    provider = filled(path)

    def work(number: int) -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            for n in range(1000):
                provider.add_entry(an_entry(f"n{n:04}", description="x" * 5000), SCHEMA)
        except ProviderError as error:
            return str(error)
        return ""

    (said,) = together(1, work)
    assert "disk" in said
    found = names(provider)
    assert found == [*(f"n{n:04}" for n in range(len(found) - 1)), "notes"]
    provider.add_entry(an_entry("afterwards"), SCHEMA)
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
