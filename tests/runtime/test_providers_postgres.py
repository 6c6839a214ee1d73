"""What is special to an Index in PostgreSQL: sessions, servers that go away, layouts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from atdata.errors import CatalogError, ProviderError
from atdata.index.providers import postgres_leases
from atdata.index.providers.postgres import PostgresProvider
from atdata.index.providers.postgres_layout import LAYOUT
from atdata.index.providers.provider import Provider, Search
from atdata.testing.catalogue import a_digest, a_lease, a_lens, a_schema, an_entry
from atdata.testing.provider_concurrency import together
from servers.postgres import PostgresServer

SCHEMA = a_schema()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_schema()


@pytest.fixture
def provider(url: str) -> Iterator[PostgresProvider]:
    provider = PostgresProvider(url)
    provider.add_entry(an_entry("notes"), SCHEMA)
    yield provider
    provider.close()


def names(provider: Provider) -> list[str]:
    return [entry.name for entry in provider.entries()]


def states(url: str) -> list[str]:
    """What the sessions of an Index are doing."""
    with psycopg.connect(url) as connection:
        return [
            state
            for (state,) in connection.execute(
                "SELECT state FROM pg_stat_activity WHERE application_name = 'atdata'"
            )
        ]


class Interrupted:
    """A connection on which something happens elsewhere after a statement of one kind."""

    def __init__(self, connection: Any, after: str, action: Callable[[], None]) -> None:
        self._connection = connection
        self._after = after
        self._action = action

    def execute(self, statement: str, *arguments: Any) -> Any:
        answer = self._connection.execute(statement, *arguments)
        if statement.startswith(self._after):
            self._action()
        return answer


def test_what_is_absolved_in_the_middle_of_a_claim_is_not_taken_for_claimed(
    provider: PostgresProvider, url: str
) -> None:
    writer, collector = a_lease("write"), a_lease("collect")
    for lease in (writer, collector):
        provider.lease(lease)
    digest = a_digest(1)
    assert provider.condemn(collector.token, [digest]) == [digest]
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        interrupted: Any = Interrupted(
            connection,
            "INSERT INTO atdata_claims",
            lambda: provider.absolve(collector.token, [digest]),
        )
        refused = postgres_leases.claim(interrupted, writer.token, [digest])
    claimed = provider.condemn(collector.token, [digest]) == []
    assert refused == ([] if claimed else [digest])


def test_no_transaction_is_left_open(provider: PostgresProvider, url: str) -> None:
    provider.add_entries((an_entry(f"n{n:04}"), SCHEMA) for n in range(700))
    listing = provider.entries()
    next(listing)
    provider.search(Search("n"))
    with pytest.raises(CatalogError):
        provider.add_entry(an_entry("notes"), SCHEMA)
    assert set(states(url)) == {"idle"}
    provider.close()
    assert states(url) == []


def test_it_connects_again_after_the_server_was_started_anew(own_postgres: PostgresServer) -> None:
    provider = PostgresProvider(own_postgres.new_schema())
    provider.add_entry(an_entry("notes"), SCHEMA)
    own_postgres.kill()
    with pytest.raises(ProviderError, match="cannot be reached, or went away"):
        provider.entry("notes")
    with pytest.raises(ProviderError, match="cannot be reached, or went away"):
        provider.add_entry(an_entry("more"), SCHEMA)
    own_postgres.start()
    provider.add_entry(an_entry("more"), SCHEMA)
    assert names(provider) == ["more", "notes"]
    # And where nobody noticed that it was away.
    own_postgres.kill()
    own_postgres.start()
    provider.add_entry(an_entry("still-more"), SCHEMA)
    assert names(provider) == ["more", "notes", "still-more"]


def test_a_session_that_the_server_ended_is_replaced(provider: PostgresProvider, url: str) -> None:
    for use in (lambda: provider.entry("notes"), lambda: provider.renew("0" * 32)):
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'atdata'"
            )
        time.sleep(0.05)
        use()


def test_a_server_killed_in_the_middle_of_writes_keeps_each_whole(
    own_postgres: PostgresServer,
) -> None:
    provider = PostgresProvider(own_postgres.new_schema())
    known: set[str] = set()
    for round_ in range(3):
        done: list[str] = []
        writer = threading.Thread(target=write_batches, args=(provider, round_, done))
        writer.start()
        time.sleep(0.3)
        own_postgres.kill()
        writer.join()
        own_postgres.start()
        known.update(done)
        check_batches(provider, known)
    provider.add_entry(an_entry("afterwards"), SCHEMA)


def write_batches(provider: Provider, round_: int, done: list[str]) -> None:
    """Add batches of ten names until the server is gone; those of which it is known."""
    try:
        for number in range(1_000_000):
            version = f"{round_}.{number}.0"
            provider.add_entries((an_entry(f"batch{n}", version), SCHEMA) for n in range(10))
            done.append(version)
    except ProviderError:
        return


def check_batches(provider: Provider, known: set[str]) -> None:
    found: dict[str, int] = {}
    for entry in provider.entries(latest=False):
        found[entry.version] = found.get(entry.version, 0) + 1
    assert set(found.values()) <= {10}
    assert known <= set(found)
    assert len(found) <= len(known) + 3
    assert provider.search(Search("batch")) == [*provider.entries()]


def test_a_lock_that_is_held_for_too_long_is_an_error(
    provider: PostgresProvider, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.close()
    module = "atdata.index.providers.postgres_opening._LIMITS"
    monkeypatch.setattr(module, "SET lock_timeout = '200ms'")
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM atdata_datasets WHERE name = 'notes' FOR UPDATE")
        with pytest.raises(ProviderError, match=r"locked for too long; try again"):
            provider.add_entry(an_entry("notes", "1.1.0"), SCHEMA)
        assert provider.versions("notes") == ["1.0.0"]
    provider.add_entry(an_entry("notes", "1.1.0"), SCHEMA)


def test_a_statement_that_takes_too_long_is_an_error(
    provider: PostgresProvider, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.close()
    monkeypatch.setattr(
        "atdata.index.providers.postgres_opening._LIMITS", "SET statement_timeout = '1ms'"
    )
    monkeypatch.setattr("atdata.index.providers.postgres_opening.bring_up", print)
    with pytest.raises(ProviderError, match=r"too long to answer"):
        provider.add_entries((an_entry(f"n{n}"), SCHEMA) for n in range(5000))
    monkeypatch.undo()
    assert PostgresProvider(url).versions("n1") == []


def test_a_deadlock_is_tried_again(provider: PostgresProvider, url: str) -> None:
    """Two transactions that lock in opposite orders: the server ends one of them."""
    provider.add_entry(an_entry("other"), SCHEMA)
    with psycopg.connect(url) as connection:
        connection.execute("SET deadlock_timeout = '10s'")
        lock = "SELECT 1 FROM atdata_datasets WHERE name = %s FOR UPDATE"
        connection.execute(lock, ["other"])
        with ThreadPoolExecutor(1) as pool:
            # It locks `notes`, and then waits for `other`.
            items = [(an_entry(name, "1.1.0"), SCHEMA) for name in ("notes", "other")]
            adding = pool.submit(provider.add_entries, items)
            time.sleep(0.2)
            connection.execute(lock, ["notes"])
            connection.commit()
            adding.result()
    assert provider.versions("notes") == provider.versions("other") == ["1.0.0", "1.1.0"]


def test_a_database_that_may_only_be_read(
    provider: PostgresProvider, postgres: PostgresServer, url: str
) -> None:
    options = url.partition("?options=")[2]
    reader = PostgresProvider(
        postgres.url("postgres") + f"?options={options}%20-c%20default_transaction_read_only%3Don"
    )
    assert names(reader) == ["notes"]
    assert reader.search(Search("note")) == [an_entry("notes")]
    with pytest.raises(ProviderError, match="may only be read"):
        reader.add_entry(an_entry("more"), SCHEMA)
    assert names(reader) == ["notes"]


def test_a_user_without_rights(
    provider: PostgresProvider, postgres: PostgresServer, url: str
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        role = f"visitor_{connection.info.backend_pid}"
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'".encode())
    visitor = url.replace("postgres:" + url.split(":")[2].partition("@")[0], f"{role}:x")
    with pytest.raises(ProviderError, match=r"rights"):
        PostgresProvider(visitor).entry("notes")


def test_a_newer_layout_is_refused_with_both_versions(provider: PostgresProvider, url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO atdata_layout (version) VALUES (%s)", [LAYOUT + 5])
    for late in (provider, PostgresProvider(url)):
        with pytest.raises(
            ProviderError,
            match=rf"^postgresql://127.*/postgres: .*layout {LAYOUT + 5}.*layouts up to {LAYOUT}.*upgrade",
        ):
            late.add_entry(an_entry("more"), SCHEMA)
    with pytest.raises(ProviderError, match="upgrade"):
        PostgresProvider(url).entry("notes")


def back_to_layout_1(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "DROP TABLE atdata_digests, atdata_claims, atdata_condemned, atdata_leases, atdata_identity, "
            "atdata_lenses"
        )
        connection.execute("DELETE FROM atdata_layout WHERE version > 1")


def test_layout_1_is_upgraded_by_whoever_is_first(provider: PostgresProvider, url: str) -> None:
    provider.add_entry(an_entry("images", digests=[a_digest(1), a_digest(2)]), SCHEMA)
    provider.close()
    back_to_layout_1(url)

    def work(number: int) -> list[str]:
        return names(PostgresProvider(url))

    assert together(6, work) == [["images", "notes"]] * 6
    lease = a_lease("collect")
    provider.lease(lease)
    digests = [a_digest(n) for n in range(3)]
    assert provider.condemn(lease.token, digests) == digests[:1]
    assert provider.delete("images")
    assert sorted(provider.condemn(lease.token, digests)) == sorted(digests)
    provider.add_lens(a_lens("labels"))
    assert provider.lens("labels") == a_lens("labels")


def test_layout_3_is_upgraded(provider: PostgresProvider, url: str) -> None:
    before = provider.identity()
    provider.close()
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE atdata_lenses")
        connection.execute("DELETE FROM atdata_layout WHERE version > 3")
    assert names(provider) == ["notes"]
    provider.add_lens(a_lens("labels"))
    assert provider.lens("labels") == a_lens("labels")
    assert provider.identity() == before


def test_an_upgrade_waits_for_writers_and_they_see_it(provider: PostgresProvider, url: str) -> None:
    """A writer of this release and an upgrade to a newer one: the writer is through, or refused."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE atdata_layout IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            adding = pool.submit(provider.add_entry, an_entry("more"), SCHEMA)
            time.sleep(0.2)
            assert not adding.done()
            connection.execute("INSERT INTO atdata_layout (version) VALUES (%s)", [LAYOUT + 1])
            connection.commit()
            with pytest.raises(ProviderError, match="upgrade"):
                adding.result()


def test_many_make_the_tables_at_once(url: str) -> None:
    def work(number: int) -> None:
        PostgresProvider(url).add_entry(an_entry(f"n{number}"), SCHEMA)

    together(8, work)
    assert names(PostgresProvider(url)) == [f"n{n}" for n in range(8)]


def test_tables_lie_beside_those_of_others(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE entries (a integer); CREATE TABLE schemas (b text)")
    provider = PostgresProvider(url)
    provider.add_entry(an_entry("notes"), SCHEMA)
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        ).fetchall()
    others = {name for (name,) in found if not name.startswith("atdata_")}
    assert others == {"entries", "schemas"}


def test_a_database_without_unicode_is_refused(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(ProviderError, match=r"/latin: .*ENCODING 'UTF8'"):
        PostgresProvider(postgres.url("latin")).entry("a")
