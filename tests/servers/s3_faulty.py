"""A store in Ceph whose way there can be broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import botocore.retries.standard
import pytest

from atdata.stores.s3 import S3DataStore
from servers.faulty_proxy import FaultyProxy, faulty_proxy
from servers.s3_server import S3Server


@dataclass(frozen=True)
class FaultyS3:
    """One bucket, reached in two ways.

    Attributes:
        proxy: what is on the way.
        store: the store by that way; it has the file `shards/first.tar`.
        direct: the same store by itself, to see what happened.
    """

    proxy: FaultyProxy
    store: S3DataStore
    direct: S3DataStore


@pytest.fixture(scope="session")
def _way(s3_rgw: S3Server) -> Iterator[FaultyProxy]:
    """One for all tests, so that they share a client, which takes long to make."""
    with faulty_proxy(s3_rgw.endpoint) as proxy:
        yield proxy


@pytest.fixture
def faulty_s3(
    s3_rgw: S3Server, _way: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FaultyS3:
    """A store whose requests are tried three times, with short waits; how long one waits proves nothing."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    waits = vars(botocore.retries.standard.ExponentialBackoff).get("_DEFAULT_BACKOFF_CONFIG", {})
    monkeypatch.setitem(waits, "throttling_base_scale", 0.01)
    _way.heal()
    direct = s3_rgw.store(prefix="p", staging=tmp_path / "staging")
    by_way = replace(s3_rgw, endpoint=_way.endpoint)
    store = by_way.store(direct.bucket, "p", staging=tmp_path / "staging")
    store.put_bytes("shards/first.tar", b"first")
    _way.heal()
    return FaultyS3(_way, store, direct)
