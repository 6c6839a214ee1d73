"""Every provider answers as a few plain dicts do, whatever is done to it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings

from atdata.index.providers.sqlite import SqliteProvider
from atdata.testing.provider_machine import provider_machine

FOLDER = tempfile.TemporaryDirectory(prefix="atdata-providers-")


def fresh_sqlite() -> SqliteProvider:
    folder = tempfile.mkdtemp(dir=FOLDER.name)
    return SqliteProvider(Path(folder) / "index.db")


TestSqlite = provider_machine(fresh_sqlite).TestCase
TestSqlite.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
