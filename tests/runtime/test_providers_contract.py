"""Every provider keeps the contract, on the database that it is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from atdata.index.providers.postgres import PostgresProvider
from atdata.index.providers.provider import Provider
from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.providers import ProviderContract
from servers.postgres import PostgresServer


class TestSqlite(ProviderContract):
    @pytest.fixture
    def provider(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
        provider = SqliteProvider(tmp_path_factory.mktemp("sqlite") / "index.db")
        yield provider
        provider.close()


class TestPostgres(ProviderContract):
    @pytest.fixture
    def provider(self, postgres: PostgresServer) -> Iterator[Provider]:
        provider = PostgresProvider(postgres.new_schema())
        yield provider
        provider.close()
