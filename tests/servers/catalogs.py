"""The databases that an Index can lie in, one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.postgres import PostgresServer
from servers.valkey import ValkeyServer


@pytest.fixture(params=["sqlite", "postgres", "valkey"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an Index that nobody else uses."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/index.db"
    server = request.getfixturevalue(request.param)
    if isinstance(server, PostgresServer):
        return server.new_schema()
    assert isinstance(server, ValkeyServer)
    return server.url()
