"""Every provider answers as a few plain dicts do, whatever is done to it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from atdata.index.providers.postgres import PostgresProvider
from atdata.index.providers.redis import RedisProvider
from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.provider_machine import provider_machine
from servers.postgres import PostgresServer
from servers.valkey import ValkeyServer

STEPS = settings(max_examples=30, stateful_step_count=40, deadline=None)
FOLDER = tempfile.TemporaryDirectory(prefix="atdata-providers-")


def fresh_sqlite() -> SqliteProvider:
    folder = tempfile.mkdtemp(dir=FOLDER.name)
    return SqliteProvider(Path(folder) / "index.db")


def test_postgres(postgres: PostgresServer) -> None:
    machine = provider_machine(lambda: PostgresProvider(postgres.new_schema()))
    run_state_machine_as_test(machine, settings=STEPS)


def test_redis(valkey: ValkeyServer) -> None:
    run_state_machine_as_test(provider_machine(lambda: RedisProvider(valkey.url())), settings=STEPS)


def test_sqlite() -> None:
    run_state_machine_as_test(provider_machine(fresh_sqlite), settings=STEPS)
