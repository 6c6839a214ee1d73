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
        return store_on(s3_rclone, tmp_path)


class TestCeph(StoreContract):
    @pytest.fixture
    def store(self, s3_rgw: S3Server, tmp_path: Path) -> S3DataStore:
        return store_on(s3_rgw, tmp_path)


class TestMoto(StoreContract):
    @pytest.fixture
    def store(self, s3_moto: S3Server, tmp_path: Path) -> S3DataStore:
        return store_on(s3_moto, tmp_path)


def store_on(server: S3Server, folder: Path) -> S3DataStore:
    """An empty store with small parts, so that large files are sent in several."""
    return S3DataStore(
        server.new_bucket(),
        "some/prefix",
        server.endpoint,
        region="us-east-1",
        access_key=server.access_key,
        secret_key=server.secret_key,
        part_size="5MiB",
        parallel=3,
        staging=folder / "staging",
    )
