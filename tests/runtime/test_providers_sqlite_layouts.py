"""Whose a SQLite file is, of which layout, and how an older one is brought to ours."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from atdata.errors import ProviderError
from atdata.index.providers.provider import Label, Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.index.providers.sqlite_layout import LAYOUT
from atdata.testing.catalogue import a_digest, a_lease, a_lens, a_schema, an_entry
from atdata.testing.provider_concurrency import together

SCHEMA = a_schema()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def filled(path: Path) -> SqliteProvider:
    provider = SqliteProvider(path)
    provider.add_entry(an_entry("notes"), SCHEMA)
    return provider


def test_a_newer_layout_is_refused_with_both_versions(path: Path) -> None:
    provider = filled(path)
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {LAYOUT + 5}")
    # A process that has it open finds out when it writes, another one when it opens it.
    for late in (provider, SqliteProvider(path)):
        with pytest.raises(
            ProviderError,
            match=rf"index\.db: its tables have layout {LAYOUT + 5}.*layouts up to {LAYOUT}.*upgrade",
        ):
            late.add_entry(an_entry("more"), SCHEMA)
    with pytest.raises(ProviderError, match="upgrade"):
        SqliteProvider(path).entry("notes")


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE cats (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(
        ProviderError, match=r"index\.db: .*another program.*cats.*name another file"
    ):
        SqliteProvider(path).add_entry(an_entry("a"), SCHEMA)
    assert path.read_bytes() == before


def test_an_index_of_the_earlier_release_is_refused_with_the_way_out(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE dataset_entries (cid TEXT PRIMARY KEY)")
    with pytest.raises(ProviderError, match=r"0\.7.*import_atdata"):
        SqliteProvider(path).entry("a")


def test_layout_1_is_upgraded(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_1.db", path)
    provider = SqliteProvider(path)
    assert [entry.version for entry in provider.entries(latest=False)] == [
        *("1.0.0", "1.0.0", "1.1.0", "2.0.0-rc.1")
    ]
    assert [entry.name for entry in provider.search(Search("dogs", "image", ["dogs"]))] == [
        "photos"
    ]
    assert provider.label("best") == Label("best", "photos", "1.0.0", "2026-02-02T00:00:00.000000Z")
    lease = a_lease("collect")
    provider.lease(lease)
    digests = [a_digest(name) for name in ("one", "two", "three", "shared", "nowhere")]
    # Layout 1 did not know which digests its entries have.
    assert provider.condemn(lease.token, digests) == digests[4:]
    provider.delete("photos", "1.0.0")
    assert sorted(provider.condemn(lease.token, digests)) == sorted([digests[0], digests[4]])
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (LAYOUT,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_layout_3_is_upgraded(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_4.db", path)
    with sqlite3.connect(path) as db:
        (before,) = db.execute("SELECT id FROM identity").fetchone()
        db.execute("DROP TABLE lenses")
        db.execute("PRAGMA user_version = 3")
    provider = SqliteProvider(path)
    assert found(provider, "photos") == ["photos"]
    provider.add_lens(a_lens("other"))
    assert provider.lens("other") == a_lens("other")
    assert provider.identity() == f"{before} {provider.url}"


def test_layout_4_is_upgraded(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_4.db", path)
    with sqlite3.connect(path) as db:  # a process of the release that made it
        assert db.execute("PRAGMA user_version").fetchone() == (4,)
        provider = SqliteProvider(path)
        assert [entry.name for entry in provider.entries()] == ["notizen/größe", "photos"]
        assert provider.lens("labels") == a_lens("labels")
        # It would miss what waits to be indexed, and changes of what it has listed.
        for table in ("words", "tags", "state", "datasets"):
            with pytest.raises(sqlite3.OperationalError, match="no such table"):
                db.execute(f"SELECT * FROM {table}")
    assert found(provider, "dogs", tags=["dogs"]) == ["photos"]
    assert found(provider, "häus") == ["notizen/größe"]
    assert found(provider, "cats") == []
    provider.add_entry(an_entry("more", description="Dogs again", tags=("dogs",)), SCHEMA)
    assert found(provider, "dogs", tags=["dogs"]) == ["photos", "more"]
    assert [entry.version for entry in provider.delete("photos", "1.1.0")] == ["1.1.0"]
    assert found(provider, "dogs", tags=["dogs"]) == ["more"]
    assert found(provider, tags=["cats"]) == ["photos"]
    lease = a_lease("collect")
    provider.lease(lease)
    digests = [a_digest(name) for name in ("one", "two", "three", "shared")]
    assert provider.condemn(lease.token, digests) == [a_digest("two")]
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def found(provider: SqliteProvider, text: str = "", tags: Sequence[str] = ()) -> list[str]:
    return [entry.name for entry in provider.search(Search(text, tags=tags))]


def check_notes_and_photos(provider: SqliteProvider) -> None:
    """All that the databases of layouts 5 and 6 hold is listed, found, spared by collectors, and changed as it should be."""
    assert [(entry.name, entry.version) for entry in provider.entries()] == [
        *((f"n{number:02}", "1.0.0") for number in range(64)),
        *(("notes", "1.0.0"), ("photos", "1.1.0")),
    ]
    assert found(provider, "häus") == found(provider, tags=["note"]) == ["notes"]
    assert found(provider, "w07") == found(provider, tags=["t07"]) == ["n07"]
    assert found(provider, "dogs") == []
    lease = a_lease("collect")
    provider.lease(lease)
    digests = [a_digest(name) for name in ("one", "two", "note", 7, "nowhere")]
    assert provider.condemn(lease.token, digests) == [a_digest("nowhere")]
    provider.add_entry(an_entry("n07", "1.1.0"), SCHEMA)
    assert found(provider, "w07") == found(provider, tags=["t07"]) == []
    provider.delete("photos", "1.1.0")
    assert found(provider, "dogs") == found(provider, tags=["dogs"]) == ["photos"]
    with sqlite3.connect(provider.path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_layout_5_is_upgraded(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_5.db", path)
    with sqlite3.connect(path) as db:  # a process of the release that made it
        assert db.execute("PRAGMA user_version").fetchone() == (5,)
        assert db.execute("SELECT count(*) FROM waiting").fetchone() == (2,)
        provider = SqliteProvider(path)
        assert found(provider, "cats") == ["photos"]
        # It would miss what waits, and take versions that are not the latest for those that are.
        for query in (
            "SELECT number FROM datasets",
            "SELECT dataset FROM waiting",
            "SELECT rowid FROM indexed_words",
            "SELECT tag FROM indexed_tags",
        ):
            with pytest.raises(sqlite3.OperationalError, match="no such"):
                db.execute(query)
        assert {kind for (kind,) in db.execute("SELECT typeof(body) FROM entries")} == {"blob"}
    check_notes_and_photos(provider)


def test_layout_6_is_upgraded(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_6.db", path)
    with sqlite3.connect(path) as db:  # a process of the release that made it
        assert db.execute("PRAGMA user_version").fetchone() == (6,)
        assert db.execute("SELECT count(*) FROM waiting").fetchone() == (2,)
        provider = SqliteProvider(path)
        assert found(provider, "cats") == ["photos"]
        # It would miss what waits.
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            db.execute("SELECT entry FROM waiting")
    check_notes_and_photos(provider)


@pytest.mark.parametrize("layout", [1, 4, 5, 6])
def test_an_upgraded_database_has_the_tables_of_a_new_one(
    path: Path, root: Path, layout: int
) -> None:
    shutil.copy(root / f"tests/data/index_layout_{layout}.db", path)
    SqliteProvider(path).entry("photos")
    SqliteProvider(path.with_name("new.db")).entry("photos")
    assert tables(path) == tables(path.with_name("new.db"))


def tables(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as db:
        return db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_many_open_an_older_layout_at_once(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_1.db", path)

    def work(number: int) -> int:
        provider = SqliteProvider(path)
        provider.add_entry(an_entry(f"n{number}", digests=[a_digest(number)]), SCHEMA)
        return len(provider.versions("photos"))

    assert together(6, work) == [3] * 6
    with sqlite3.connect(path) as db:
        # What is added after it waits to be indexed.
        assert db.execute("SELECT indexed FROM changes").fetchone() == (3 + 1,)
        assert db.execute("SELECT count(*) FROM digests").fetchone() == (5,)
    assert len([*SqliteProvider(path).entries()]) == 2 + 6


def die(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_an_upgrade_that_is_killed_is_made_by_the_next(path: Path, root: Path) -> None:
    shutil.copy(root / "tests/data/index_layout_1.db", path)
    pid = os.fork()
    if pid == 0:
        with pytest.MonkeyPatch.context() as patch:
            module = "atdata.index.providers.sqlite_layout.decode_entry"
            patch.setattr(module, die)
            SqliteProvider(path).entry("photos")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert len(SqliteProvider(path).versions("photos")) == 3
    assert tables(path)
