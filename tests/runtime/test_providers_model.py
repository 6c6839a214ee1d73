"""Every provider answers as a few plain dicts do, whatever is done to it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from atdata.index.providers.postgres import PostgresProvider
from atdata.index.providers.redis import RedisProvider
from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.provider_machine import provider_machine
from servers.postgres import PostgresServer
from servers.valkey import ValkeyServer

USUAL = settings(max_examples=15, stateful_step_count=30, deadline=None)
LONG = settings(max_examples=300, stateful_step_count=60, deadline=None)
FOLDER = tempfile.TemporaryDirectory(prefix="atdata-providers-")

steps = pytest.mark.parametrize(
    "steps",
    [pytest.param(USUAL, id="usual"), pytest.param(LONG, id="long", marks=pytest.mark.long)],
)


def fresh_sqlite() -> SqliteProvider:
    folder = tempfile.mkdtemp(dir=FOLDER.name)
    return SqliteProvider(Path(folder) / "index.db")


@steps
def test_postgres(postgres: PostgresServer, steps: settings) -> None:
    machine = provider_machine(lambda: PostgresProvider(postgres.new_schema()))
    run_state_machine_as_test(machine, settings=steps)


@steps
def test_redis(valkey: ValkeyServer, steps: settings) -> None:
    machine = provider_machine(lambda: RedisProvider(valkey.url()))
    run_state_machine_as_test(machine, settings=steps)


@steps
def test_sqlite(steps: settings) -> None:
    run_state_machine_as_test(provider_machine(fresh_sqlite), settings=steps)
