"""Every provider keeps the contract, on the database that it is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from atdata.index.providers.provider import Provider
from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.providers import ProviderContract


class TestSqlite(ProviderContract):
    @pytest.fixture
    def provider(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
        provider = SqliteProvider(tmp_path_factory.mktemp("sqlite") / "index.db")
        yield provider
        provider.close()
