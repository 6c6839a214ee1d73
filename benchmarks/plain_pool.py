"""What a plain pool of connections downloads: the same files by ranges, nothing looked at or kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.remote_servers import Server

__all__ = ["PlainPool"]

_WIDTH = 16
_RANGE = 8 << 20
_CHUNK = 1 << 18


class PlainPool:
    """As many connections as our reader has, by the same libraries: urllib3 for https, boto3 for S3.

    Args:
        server: what is downloaded from.
        files: the files, as they lie on the disk of the server.
    """

    def __init__(self, server: Server, files: Sequence[Path]) -> None:
        self._ranges = [
            (file.name, begin, min(begin + _RANGE, file.stat().st_size))
            for file in files
            for begin in range(0, file.stat().st_size, _RANGE)
        ]
        self._get = _s3(server) if server.endpoint is not None else _https(server)

    def download(self) -> int:
        """Download everything; how many bytes came."""
        with ThreadPoolExecutor(_WIDTH) as pool:
            return sum(pool.map(lambda part: self._get(*part), self._ranges))


def _https(server: Server) -> Callable[[str, int, int], int]:
    import ssl

    import urllib3

    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    pool = urllib3.PoolManager(maxsize=_WIDTH, ssl_context=context)

    def get(name: str, begin: int, end: int) -> int:
        headers = {"Range": f"bytes={begin}-{end - 1}"}
        answer = pool.request("GET", server.address + name, headers=headers, preload_content=False)
        return _drained(answer)

    return get


def _s3(server: Server) -> Callable[[str, int, int], int]:
    from atdata.remote.s3_access import client

    s3, bucket = client(server.access()), server.address.removeprefix("s3://").strip("/")

    def get(name: str, begin: int, end: int) -> int:
        answer = s3.get_object(Bucket=bucket, Key=name, Range=f"bytes={begin}-{end - 1}")
        return _drained(answer["Body"])

    return get


def _drained(body: Any) -> int:
    count = 0
    while data := body.read(_CHUNK):
        count += len(data)
    release = getattr(body, "release_conn", None)
    if release is not None:
        release()
    return count
