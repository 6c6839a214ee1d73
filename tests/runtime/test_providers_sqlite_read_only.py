"""An Index in a SQLite file that may be read and not be written."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from atdata.errors import ProviderError
from atdata.index.providers.provider import Provider, Search
from atdata.index.providers.sqlite import SqliteProvider
from atdata.index.providers.sqlite_layout import LAYOUT
from atdata.testing.catalogue import a_lease, a_schema, an_entry
from unprivileged import as_nobody, open_folder

SCHEMA = a_schema()


def filled(path: Path) -> SqliteProvider:
    provider = SqliteProvider(path)
    provider.add_entry(an_entry("notes"), SCHEMA)
    return provider


def names(provider: Provider) -> list[str]:
    return [entry.name for entry in provider.entries()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of POSIX")
class TestReadOnly:
    def test_a_file_that_may_only_be_read(self) -> None:
        with open_folder() as folder:
            filled(folder / "index.db").close()
            (folder / "index.db").chmod(0o444)
            check_read_only(folder / "index.db")

    def test_a_folder_that_may_only_be_read(self) -> None:
        with open_folder() as folder:
            filled(folder / "index.db").close()
            (folder / "index.db").chmod(0o444)
            folder.chmod(0o555)
            check_read_only(folder / "index.db")

    def test_what_a_read_only_reader_saw_is_not_remembered_when_it_changes(self) -> None:
        with open_folder() as folder:
            path = folder / "index.db"
            filled(path).close()
            path.chmod(0o444)
            folder.chmod(0o555)
            signals = folder / "seen", folder / "changed"

            def work() -> list[list[str]]:
                provider = SqliteProvider(path)
                before = names(provider)
                while not signals[1].exists():
                    time.sleep(0.01)
                return [before, names(provider)]

            def change() -> None:
                time.sleep(0.3)
                folder.chmod(0o777)
                writer = SqliteProvider(path)
                writer.add_entry(an_entry("more"), SCHEMA)
                writer.close()
                folder.chmod(0o555)
                signals[1].touch()

            # Only root changes what a folder without rights holds.
            if os.geteuid() == 0:
                threading.Thread(target=change).start()
                assert as_nobody(work) == [["notes"], ["more", "notes"]]

    def test_a_file_that_may_not_be_read(self) -> None:
        with open_folder() as folder:
            filled(folder / "index.db").close()
            (folder / "index.db").chmod(0)
            with pytest.raises(ProviderError, match=r"index\.db.*may not read"):
                as_nobody(lambda: names(SqliteProvider(folder / "index.db")))

    def test_a_new_file_in_a_folder_that_may_only_be_read(self) -> None:
        with open_folder() as folder:
            folder.chmod(0o555)
            with pytest.raises(ProviderError, match=r"index\.db.*cannot be opened.*folder"):
                as_nobody(lambda: names(SqliteProvider(folder / "index.db")))

    def test_an_older_layout_that_may_only_be_read(self, root: Path) -> None:
        with open_folder() as folder:
            shutil.copy(root / "tests/data/index_layout_1.db", folder / "index.db")
            (folder / "index.db").chmod(0o444)
            with pytest.raises(ProviderError, match=rf"layout {LAYOUT}.*read-only"):
                as_nobody(lambda: names(SqliteProvider(folder / "index.db")))


def check_read_only(path: Path) -> None:
    """It can be read in full, and a write says why it cannot be."""

    def read() -> list[object]:
        provider = SqliteProvider(path)
        return [names(provider), provider.entry("notes"), provider.search(Search("note"))]

    assert as_nobody(read) == [["notes"], an_entry("notes"), [an_entry("notes")]]
    changes: list[Callable[[Provider], object]] = [
        lambda provider: provider.add_entry(an_entry("more"), SCHEMA),
        lambda provider: provider.delete("notes"),
        lambda provider: provider.lease(a_lease()),
    ]
    for change in changes:
        with pytest.raises(ProviderError, match=r"index\.db.*read-only for this user"):
            as_nobody(partial(change, SqliteProvider(path)))
