"""No test reads or writes the user's cache folder, nor what another test has kept there."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_VARIABLE = "ATDATA_CACHE"
_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """What has no test of its own, as fixtures of a session, shares one folder; so does a test that undoes its changes."""
    folder = tempfile.TemporaryDirectory(prefix="atdata-cache-")
    config.add_cleanup(folder.cleanup)
    os.environ[_VARIABLE] = folder.name


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the test's own, where it names no other. It is made by who keeps something there."""
    before = os.environ[_VARIABLE]
    folder = tmp_path_factory.getbasetemp() / f"own-cache-{next(_numbers)}"
    os.environ[_VARIABLE] = str(folder)
    yield folder
    os.environ[_VARIABLE] = before
    shutil.rmtree(folder, ignore_errors=True)
