"""Indexes and stores: whether they answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atdata.cli.catalogue import index_of
from atdata.cli.health.check import Check
from atdata.cli.health.folders import folder_check
from atdata.errors import AtdataError

if TYPE_CHECKING:
    from atdata.index.index import Index

__all__ = ["server_checks"]

_PATIENCE: Final = 10.0
"""Seconds that a server has to answer."""


def server_checks(given: str | None) -> Iterator[Check]:
    """Look at the Index that commands use, its store, and the Indexes of the configuration."""
    yield from _index("index", given)
    try:
        from atdata.index.resolve import aliases

        known = aliases()
    except AtdataError as error:
        yield Check("config.toml", "fail", str(error), "mend the file, or move it away")
        return
    for name in known:
        if given != f"@{name}":
            yield from _index(f"index @{name}", f"@{name}")


def _index(name: str, given: str | None) -> Iterator[Check]:
    try:
        index = index_of(given)
        url = index.url
    except AtdataError as error:
        yield Check(name, "fail", str(error), "give --index, or set ATDATA_INDEX")
        return
    if url.startswith("sqlite:"):
        yield _file(name, index)
    else:
        yield _answering(name, url, lambda: _server(index))
    yield _store(name, index)


def _file(name: str, index: Index) -> Check:
    """A SQLite Index, looked at without making or changing it."""
    import sqlite3

    from atdata.index.providers.sqlite_layout import LAYOUT, is_current

    path = Path(index.url.removeprefix("sqlite:///"))
    if not path.exists():
        found = folder_check(name, path.parent, "give --index, or set ATDATA_INDEX or ATDATA_HOME")
        return (
            found
            if found.state == "fail"
            else Check(name, "ok", f"{path}, is made with the first write")
        )
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            current = is_current(db)
            count = db.execute("SELECT count(*) FROM entries").fetchone()[0] if current else 0
    except (AtdataError, sqlite3.Error) as error:
        return Check(name, "fail", f"{path}: {error}", "move the file away, or give --index")
    if not current:
        return Check(
            name, "ok", f"{path}: an older layout, which the next write brings to {LAYOUT}"
        )
    return Check(name, "ok", f"{path}: layout {LAYOUT}, {count:,} versions of datasets")


def _server(index: Index) -> str:
    index.provider.versions("doctor")
    return "answers"


def _store(name: str, index: Index) -> Check:
    what = name.replace("index", "store")
    try:
        store = index.data_store
    except AtdataError as error:
        return Check(what, "fail", str(error), "give another store")
    if store.url.startswith("file:"):
        from atdata.index.places import path_of_url

        return folder_check(what, path_of_url(store.url), "ATDATA_HOME moves it")

    def asked() -> str:
        next(iter(store.list("doctor/")), None)
        return "answers"

    return _answering(what, store.url, asked)


def _answering(name: str, url: str, ask: Callable[[], str]) -> Check:
    """Ask a server, for as long as people are patient."""
    found: list[Check] = []
    began = time.monotonic()

    def asked() -> None:
        try:
            said = ask()
            took = time.monotonic() - began
            found.append(Check(name, "ok", f"{url}: {said} in {took * 1000:.0f} ms"))
        except (AtdataError, OSError) as error:
            found.append(Check(name, "fail", str(error), "is it running, and the URL right?"))

    # A thread that nobody waits for: a server that never answers must not keep the command.
    thread = threading.Thread(target=asked, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    if not found:
        waited = f"no answer in {_PATIENCE:.0f} s"
        return Check(name, "fail", f"{url}: {waited}", "is it running, and the URL right?")
    return found[0]
