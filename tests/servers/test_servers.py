"""The servers themselves: they start, keep an object, and give it back."""

from __future__ import annotations

import psycopg
import pytest
import redis

from atdata.remote.s3_access import client
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
    redis.Redis.from_url(f"redis://127.0.0.1:{own_valkey.port}").set("one", 1)
    own_valkey.kill()
    own_valkey.start()
    assert redis.Redis(port=own_valkey.port).get("one") == b"1"
