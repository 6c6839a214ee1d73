"""Every store keeps the contract that is shipped for stores of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from atdata.stores.disk import LocalDiskStore
from atdata.testing.stores import StoreContract


class TestLocalDisk(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalDiskStore:
        return LocalDiskStore(tmp_path / "a store")
