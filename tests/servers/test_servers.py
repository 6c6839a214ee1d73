"""The servers themselves: they start, keep an object, and give it back."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from atdata.remote.s3_access import client
from servers.pds import PdsServer, running_pds
from servers.pds_install import NEWEST, OLDER, installed_once
from servers.postgres import PostgresServer
from servers.s3_server import S3Server
from servers.valkey import ValkeyServer


@pytest.mark.parametrize("name", ["s3_moto", "s3_rclone", "s3_rgw"])
def test_a_server_keeps_an_object(name: str, request: pytest.FixtureRequest) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, s3 = server.new_bucket(), client(server.access)
    s3.put_object(Bucket=bucket, Key="a/b.tar", Body=b"some bytes")
    assert s3.get_object(Bucket=bucket, Key="a/b.tar")["Body"].read() == b"some bytes"
    assert server.new_bucket() != bucket


def test_postgres_answers_after_it_was_killed(own_postgres: PostgresServer) -> None:
    url = own_postgres.new_schema()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS one")
    own_postgres.kill()
    own_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT one FROM t").fetchall() == [(1,)]


def test_valkey_answers_after_it_was_killed(own_valkey: ValkeyServer) -> None:
    redis.Redis(port=own_valkey.port).set("one", 1)
    own_valkey.kill()
    own_valkey.start()
    assert redis.Redis(port=own_valkey.port).get("one") == b"1"


def test_a_program_is_installed_once_and_whole_or_not_at_all(tmp_path: Path) -> None:
    tried: list[Path] = []
    others = threading.Event()

    def install(folder: Path) -> None:
        tried.append(folder)
        (folder / "half").write_text("x")
        if len(tried) == 1:
            raise RuntimeError("no network")
        others.wait(0.2)
        (folder / "program").write_text("x")

    with pytest.raises(RuntimeError, match="no network"):
        installed_once(tmp_path / "node", install)
    assert not (tmp_path / "node").exists()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(installed_once, [tmp_path / "node"] * 4, [install] * 4))
    assert found == [tmp_path / "node"] * 4
    assert (tmp_path / "node" / "program").exists()
    assert len(tried) == 2


@pytest.mark.parametrize("version", [NEWEST, OLDER])
def test_a_pds_keeps_its_accounts_and_ends_when_it_is_told(
    pds: PdsServer, tmp_path: Path, version: str
) -> None:
    with running_pds(tmp_path, version, beside=pds, blob_limit=1000) as server:
        alice = server.account("alice")
        server.stop()
        assert not _listens(server.url)
        server.start()
        assert server.get("com.atproto.repo.describeRepo", repo=alice.did)["handle"] == alice.handle
        made = server.post(
            "com.atproto.server.createSession",
            {"identifier": alice.handle, "password": alice.password},
        )
        assert made["did"] == alice.did
        assert server.account("alice").handle != alice.handle
    assert not _listens(server.url)
    assert _listens(pds.url)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", parts.port or 0)) == 0
