"""A server that goes away in the middle of a write: said clearly, nothing half visible, and the next write works."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from atdata.errors import ProviderError
from atdata.index.entry import Entry
from atdata.index.index import Index
from atdata.index.providers.provider import Provider
from catalog import Scan, files_of, scans, shards_of
from servers.postgres import PASSWORD, PostgresServer
from servers.valkey import ValkeyServer


class Server:
    """A server that can be ended and started again.

    Attributes:
        url: where the Index is.
    """

    def __init__(self, url: str, kill: Callable[[], None], start: Callable[[], None]) -> None:
        self.url = url
        self.kill = kill
        self.start = start


@contextmanager
def postgres_of_its_own() -> Generator[Server]:
    server = PostgresServer()
    try:
        server.start()
        yield Server(server.url("postgres"), server.kill, server.start)
    finally:
        server.remove()


@pytest.fixture(params=["postgres", "valkey"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "postgres":
        with postgres_of_its_own() as found:
            yield found
    else:
        valkey = request.getfixturevalue("own_valkey")
        assert isinstance(valkey, ValkeyServer)
        yield Server(valkey.url("index:"), valkey.kill, valkey.start)


def check_whole(index: Index, entries: list[Entry]) -> None:
    index.gc()
    shards = {
        f"shards/{digest}{end}" for digest in shards_of(entries) for end in (".tar", ".tar.idx")
    }
    described = {f"datasets/{entry.name}/{entry.version}/dataset.json" for entry in entries}
    assert set(files_of(index)) == shards | described
    for entry in entries:
        assert index.verify(f"{entry.name}@{entry.version}").ok


def test_a_server_that_goes_away_between_samples(server: Server, tmp_path: Path) -> None:
    index = Index(server.url, tmp_path / "data")
    kept = index.write(scans(3, "kept"), name="kept", maxcount=2)

    def produce(stop: int) -> Iterator[Scan]:
        for number, sample in enumerate(scans(20)):
            if number == stop:
                server.kill()
            yield sample

    for stop in (1, 9):
        with pytest.raises(ProviderError) as caught:
            index.write(produce(stop), name="scans", maxcount=2)
        assert PASSWORD not in str(caught.value)
        server.start()
        assert index.entries() == [kept]
        check_whole(index, [kept])
    made = index.write(scans(20), name="scans", maxcount=2)
    check_whole(index, [kept, made])


def test_a_server_that_comes_back_in_time_is_not_noticed(server: Server, tmp_path: Path) -> None:
    index = Index(server.url, tmp_path / "data")

    def produce() -> Iterator[Scan]:
        for number, sample in enumerate(scans(20)):
            if number == 5:
                server.kill()
                server.start()
            yield sample

    made = index.write(produce(), name="scans", maxcount=50)
    check_whole(index, [made])


@pytest.mark.parametrize("name", ["lease", "claim", "add_entries", "release"])
def test_a_server_that_goes_away_around_a_call(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Before it and right after it, when nobody knows whether it was heard."""
    index = Index(server.url, tmp_path / "data")
    call = getattr(type(index.provider), name)
    for after, number in itertools.product((False, True), range(2)):
        kept = [entry for found in index.datasets() for entry in index.history(found)]
        struck = False

        def breaking(provider: Provider, *args: Any, after: bool = after) -> Any:
            nonlocal struck
            if struck:
                return call(provider, *args)
            struck = True
            if not after:
                server.kill()
            result = call(provider, *args)
            if after:
                server.kill()
                raise ProviderError("the answer was lost")
            return result

        made: list[Entry] = []
        with monkeypatch.context() as patch, suppress(ProviderError):
            patch.setattr(type(index.provider), name, breaking)
            made.append(index.write(scans(4, f"{after}"), name=f"scans{number}", maxcount=2))
        server.start()
        entries = [entry for found in index.datasets() for entry in index.history(found)]
        assert set(map(str, made)) <= set(map(str, entries))
        assert set(map(str, kept)) <= set(map(str, entries))
        check_whole(index, entries)
