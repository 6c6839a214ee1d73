"""What is special to an Index in Redis or Valkey: keys, servers that go away, layouts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from atdata.errors import ProviderError
from atdata.index.providers.opening import open_provider
from atdata.index.providers.provider import Label, Provider, Search
from atdata.index.providers.redis import RedisProvider
from atdata.testing.catalogue import a_digest, a_lease, a_lens, a_schema, an_entry
from atdata.testing.provider_concurrency import together
from servers.valkey import ValkeyServer

SCHEMA = a_schema()
LAYOUT = 4


@pytest.fixture
def provider(valkey: ValkeyServer) -> Iterator[RedisProvider]:
    provider = RedisProvider(valkey.url())
    provider.add_entry(an_entry("notes"), SCHEMA)
    yield provider
    provider.close()


@pytest.fixture
def client(valkey: ValkeyServer) -> Any:
    return plain(valkey)


def plain(server: ValkeyServer) -> Any:
    """A client of the driver, whose types are not known in full."""
    return redis.Redis(port=server.port)


def names(provider: Provider) -> list[str]:
    return [entry.name for entry in provider.entries()]


def keys(client: Any, pattern: str = "*") -> list[str]:
    return [name.decode() for name in client.keys(pattern)]


def key(provider: RedisProvider, name: str) -> str:
    return provider.url.partition("prefix=")[2] + name


def test_nothing_is_ever_scanned(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    server.start()
    try:
        provider = RedisProvider(server.url("atdata:"))
        provider.add_entries((an_entry(f"n{n}", digests=[a_digest(n)]), SCHEMA) for n in range(50))
        provider.set_label(Label("best", "n1", "1.0.0", "2026"))
        provider.search(Search("n", "text", (), SCHEMA.key.id))
        list(provider.entries())
        lease = a_lease()
        provider.lease(lease)
        provider.claim(lease.token, [a_digest(1)])
        provider.labels()
        provider.leases(lease.store)
        provider.delete("n1")
        used = plain(server).info("commandstats")
        assert not {"cmdstat_scan", "cmdstat_keys", "cmdstat_hscan", "cmdstat_sscan"} & set(used)
        assert all(name.startswith("atdata:") for name in keys(plain(server)))
    finally:
        server.kill()


def test_looking_up_a_name_takes_the_server_as_long_however_many_there_are(
    provider: RedisProvider, client: Any
) -> None:
    def commands() -> int:
        before = client.info("commandstats")
        provider.entry("notes")
        after = client.info("commandstats")
        return sum(
            after[name]["calls"] - before.get(name, {"calls": 0})["calls"]
            for name in after
            if name != "cmdstat_info"
        )

    few = commands()
    provider.add_entries((an_entry(f"n{n}"), SCHEMA) for n in range(3000))
    provider.add_entries((an_entry("notes", f"1.{n}.0"), SCHEMA) for n in range(1, 100))
    assert commands() == few


def test_prefixes_keep_indexes_apart_whatever_they_hold(valkey: ValkeyServer) -> None:
    prefixes = ["a", "a*", "a?", "[a]", "a:", "a%2A", "%2A", "größe:", "a%00b", "a%20b"]
    made = {prefix: RedisProvider(valkey.url(f"apart-{prefix}")) for prefix in prefixes}
    for prefix, provider in made.items():
        provider.add_entry(an_entry("notes", description=prefix), SCHEMA)
        provider.add_entry(an_entry(prefix), SCHEMA)
    for prefix, provider in made.items():
        assert names(provider) == sorted(["notes", prefix])
        found = provider.entry("notes")
        assert found is not None
        assert found.description == prefix
        assert names(open_provider(valkey.url(f"apart-{prefix}"))) == names(provider)
    made["a*"].delete("notes")
    assert all("notes" in names(provider) for prefix, provider in made.items() if prefix != "a*")


def test_nothing_is_left_of_what_was_removed(valkey: ValkeyServer, client: Any) -> None:
    provider = RedisProvider(valkey.url("leftovers:"))
    for n in range(3):
        entry = an_entry(
            "notes", f"1.{n}.0", digests=[a_digest(n), a_digest("all")], tags=("a", "b")
        )
        provider.add_entry(entry, SCHEMA)
        provider.set_label(Label(f"l{n}", "notes", f"1.{n}.0", "2026"))
    for kind in ("write", "collect"):
        lease = a_lease(kind)
        provider.lease(lease)
        (provider.claim if kind == "write" else provider.condemn)(lease.token, [a_digest(kind)])
        provider.release(lease.token)
    provider.delete("notes")
    provider.add_lens(a_lens("labels"))
    provider.delete_lens("labels")
    left = {name.removeprefix("leftovers:") for name in keys(client, "leftovers:*")}
    assert left == {"layout", "identity", "counter", "schemas", "types", "schema-order"}


def test_it_connects_again_after_the_server_was_started_anew(own_valkey: ValkeyServer) -> None:
    provider = RedisProvider(own_valkey.url())
    provider.add_entry(an_entry("notes"), SCHEMA)
    own_valkey.kill()
    with pytest.raises(ProviderError, match="cannot be reached, or went away"):
        provider.entry("notes")
    with pytest.raises(ProviderError, match=r"went away.*look whether it did"):
        provider.add_entry(an_entry("more"), SCHEMA)
    own_valkey.start()
    provider.add_entry(an_entry("more"), SCHEMA)
    assert names(provider) == ["more", "notes"]
    # And where nobody noticed that it was away; its scripts are gone with it.
    own_valkey.kill()
    own_valkey.start()
    provider.add_entry(an_entry("still-more"), SCHEMA)
    assert names(provider) == ["more", "notes", "still-more"]


def test_a_server_killed_in_the_middle_of_writes_keeps_each_whole(own_valkey: ValkeyServer) -> None:
    provider = RedisProvider(own_valkey.url())
    known: set[str] = set()
    for round_ in range(3):
        done: list[str] = []
        writer = threading.Thread(target=write_batches, args=(provider, round_, done))
        writer.start()
        time.sleep(0.3)
        own_valkey.kill()
        writer.join()
        own_valkey.start()
        known.update(done)
        found: dict[str, int] = {}
        for entry in provider.entries(latest=False):
            found[entry.version] = found.get(entry.version, 0) + 1
        assert set(found.values()) <= {10}
        assert known <= set(found)
        assert provider.search(Search("batch")) == [*provider.entries()]


def write_batches(provider: Provider, round_: int, done: list[str]) -> None:
    """Add batches of ten names until the server is gone; those of which it is known."""
    try:
        for number in range(1_000_000):
            version = f"{round_}.{number}.0"
            provider.add_entries((an_entry(f"batch{n}", version), SCHEMA) for n in range(10))
            done.append(version)
    except ProviderError:
        return


def test_a_newer_layout_is_refused_with_both_versions(provider: RedisProvider, client: Any) -> None:
    client.set(key(provider, "layout"), LAYOUT + 5)
    message = rf"^redis://127.*layout {LAYOUT + 5}.*layouts up to {LAYOUT}.*upgrade"
    with pytest.raises(ProviderError, match=message):
        provider.entry("notes")
    with pytest.raises(ProviderError, match=message):
        provider.add_entry(an_entry("a"), SCHEMA)


def test_layout_1_is_upgraded_by_whoever_is_first(provider: RedisProvider, client: Any) -> None:
    provider.add_entry(an_entry("images", digests=[a_digest(1), a_digest(2)]), SCHEMA)
    provider.add_entry(an_entry("images", "1.1.0", digests=[a_digest(2)]), SCHEMA)
    client.delete(key(provider, "uses"))
    client.set(key(provider, "layout"), 1)
    assert together(6, lambda _: names(provider)) == [["images", "notes"]] * 6
    lease = a_lease("collect")
    provider.lease(lease)
    digests = [a_digest(n) for n in range(3)]
    assert provider.condemn(lease.token, digests) == digests[:1]
    provider.delete("images", "1.0.0")
    assert sorted(provider.condemn(lease.token, digests)) == sorted(digests[:2])
    provider.delete("images")
    assert sorted(provider.condemn(lease.token, digests)) == sorted(digests)


def test_layout_3_is_upgraded(provider: RedisProvider, client: Any) -> None:
    client.set(key(provider, "layout"), 3)
    provider.add_lens(a_lens("labels"))
    assert provider.lens("labels") == a_lens("labels")
    assert int(client.get(key(provider, "layout"))) == LAYOUT


def test_many_begin_at_once(valkey: ValkeyServer) -> None:
    url = valkey.url()
    together(8, lambda number: RedisProvider(url).add_entry(an_entry(f"n{number}"), SCHEMA))
    assert names(RedisProvider(url)) == [f"n{n}" for n in range(8)]


def test_keys_of_another_program_are_an_error(valkey: ValkeyServer, client: Any) -> None:
    client.set("other:entries", "a text")
    provider = RedisProvider(valkey.url("other:"))
    with pytest.raises(ProviderError, match=r"another program have the same prefix"):
        provider.add_entry(an_entry("notes"), SCHEMA)
    assert client.get("other:entries") == b"a text"


def test_a_server_that_asks_for_a_password(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    server.start("--requirepass", "sesame")
    try:
        with pytest.raises(ProviderError, match=r"password"):
            RedisProvider(server.url()).entry("a")
        wrong = server.url().replace("//", "//:wrong@")
        with pytest.raises(ProviderError, match=r"password is wrong"):
            RedisProvider(wrong).entry("a")
        right = RedisProvider(server.url("x:").replace("//", "//:sesame@"))
        assert right.entry("a") is None
        assert "sesame" not in right.url
    finally:
        server.kill()


def test_a_server_whose_memory_is_full(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    server.start("--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
    try:
        provider = RedisProvider(server.url())
        done = list[str]()
        with pytest.raises(ProviderError, match=r"memory of the server is full"):
            fill(provider, done)
        assert names(provider) == done
        assert [entry.name for entry in provider.search(Search("n"))] == done
        provider.delete(done[0])
        assert names(provider) == done[1:]
    finally:
        server.kill()


def fill(provider: Provider, done: list[str]) -> None:
    for number in range(1000):
        name = f"n{number:03}"
        provider.add_entry(an_entry(name, description="x" * 20_000), SCHEMA)
        done.append(name)


def test_the_order_is_that_of_code_points_in_any_locale(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    server.start("--locale-collate", "C.UTF-8")
    try:
        provider = RedisProvider(server.url())
        given = ["b", "B", "a-b", "ab", "a_b", "Ä", "ä", "z", "_", "~", "0"]
        provider.add_entries((an_entry(name), SCHEMA) for name in given)
        assert names(provider) == sorted(given)
        assert [entry.name for entry in provider.search(Search())] == sorted(given)
        for version in ("2.0.0-A", "2.0.0-a", "2.0.0-0", "2.0.0-a.b", "2.0.0-a-b"):
            provider.add_entry(an_entry("versions", version), SCHEMA)
        assert provider.versions("versions") == [
            *("2.0.0-0", "2.0.0-A", "2.0.0-a", "2.0.0-a.b", "2.0.0-a-b")
        ]
        latest = provider.entry("versions")
        assert latest is not None
        assert latest.version == "2.0.0-a-b"
    finally:
        server.kill()
