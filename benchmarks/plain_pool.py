"""What a plain pool of connections downloads: the same files by ranges, written where they belong and not looked at."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
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
        folder: where they are downloaded to; `None` for what is received and let go.
        hashes: whether the SHA-256 of each range is computed, as whoever does not trust it has to.
    """

    def __init__(
        self, server: Server, files: Sequence[Path], folder: Path | None, *, hashes: bool = False
    ) -> None:
        self._folder = folder
        self._hashes = hashes
        self._ranges = [
            (file.name, begin, min(begin + _RANGE, file.stat().st_size))
            for file in files
            for begin in range(0, file.stat().st_size, _RANGE)
        ]
        self._get = _s3(server) if server.endpoint is not None else _https(server)

    def clear(self) -> None:
        """Remove what was downloaded before, which is no part of downloading."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir()

    def download(self) -> int:
        """Download everything into the folder that was cleared; how many bytes came."""
        with ThreadPoolExecutor(_WIDTH) as pool:
            return sum(pool.map(lambda part: self._one(*part), self._ranges))

    def _one(self, name: str, begin: int, end: int) -> int:
        path = Path(os.devnull) if self._folder is None else self._folder / name
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        try:
            at, digest = begin, hashlib.sha256()
            for data in self._get(name, begin, end):
                at += os.pwrite(file, data, at)
                if self._hashes:
                    digest.update(data)
            return at - begin
        finally:
            os.close(file)


def _https(server: Server) -> Callable[[str, int, int], Iterator[bytes]]:
    import ssl

    import urllib3

    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    pool = urllib3.PoolManager(maxsize=_WIDTH, ssl_context=context)

    def get(name: str, begin: int, end: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={begin}-{end - 1}"}
        answer = pool.request("GET", server.address + name, headers=headers, preload_content=False)
        return _drained(answer)

    return get


def _s3(server: Server) -> Callable[[str, int, int], Iterator[bytes]]:
    from atdata.remote.s3_access import client

    s3, bucket = client(server.access()), server.address.removeprefix("s3://").strip("/")

    def get(name: str, begin: int, end: int) -> Iterator[bytes]:
        answer = s3.get_object(Bucket=bucket, Key=name, Range=f"bytes={begin}-{end - 1}")
        return _drained(answer["Body"])

    return get


def _drained(body: Any) -> Iterator[bytes]:
    while data := body.read(_CHUNK):
        yield data
    release = getattr(body, "release_conn", None)
    if release is not None:
        release()
