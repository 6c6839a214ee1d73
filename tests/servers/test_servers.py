"""The servers themselves: they start, keep an object, and give it back."""

from __future__ import annotations

import pytest

from atdata.remote.s3_access import client
from servers.s3_server import S3Server


@pytest.mark.parametrize("name", ["s3_moto", "s3_rclone", "s3_rgw"])
def test_a_server_keeps_an_object(name: str, request: pytest.FixtureRequest) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, s3 = server.new_bucket(), client(server.access)
    s3.put_object(Bucket=bucket, Key="a/b.tar", Body=b"some bytes")
    assert s3.get_object(Bucket=bucket, Key="a/b.tar")["Body"].read() == b"some bytes"
    assert server.new_bucket() != bucket
