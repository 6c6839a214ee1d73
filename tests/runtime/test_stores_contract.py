"""Every store keeps the contract that is shipped for stores of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from atdata.stores.disk import LocalDiskStore
from atdata.stores.s3 import S3DataStore
from atdata.testing.stores import StoreContract
from servers.s3_server import S3Server


class TestLocalDisk(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalDiskStore:
        return LocalDiskStore(tmp_path / "a store")


class TestRclone(StoreContract):
    @pytest.fixture
    def store(self, s3_rclone: S3Server, tmp_path: Path) -> S3DataStore:
        return s3_rclone.store(prefix="some/prefix", staging=tmp_path / "staging")


class TestCeph(StoreContract):
    @pytest.fixture
    def store(self, s3_rgw: S3Server, tmp_path: Path) -> S3DataStore:
        return s3_rgw.store(prefix="some/prefix", staging=tmp_path / "staging")


class TestMoto(StoreContract):
    @pytest.fixture
    def store(self, s3_moto: S3Server, tmp_path: Path) -> S3DataStore:
        return s3_moto.store(prefix="some/prefix", staging=tmp_path / "staging")
