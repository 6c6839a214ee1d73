"""An S3 service that runs for the tests, on loopback."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import pytest

from atdata.remote.s3_access import S3Access, client

ACCESS_KEY = "TESTACCESSKEY0000001"
SECRET_KEY = "test-secret-key-that-is-never-shown"


@dataclass(frozen=True)
class S3Server:
    """One service. It lasts as long as the tests of one process; each test makes a bucket of its own.

    Attributes:
        name: which program it is.
        endpoint: `http://127.0.0.1:<port>`.
        access_key: the id of the key of its one user.
        secret_key: the secret of it.
    """

    name: str
    endpoint: str
    access_key: str = ACCESS_KEY
    secret_key: str = field(default=SECRET_KEY, repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False, compare=False)

    @property
    def access(self) -> S3Access:
        """How our code reaches it."""
        return S3Access(
            self.endpoint,
            region="us-east-1",
            access_key=self.access_key,
            secret_key=self.secret_key,
        )

    @property
    def env(self) -> dict[str, str]:
        """How any program reaches it, by its environment."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def new_bucket(self) -> str:
        """Make an empty bucket; its name."""
        name = f"bucket-{os.getpid()}-{next(self._numbers)}"
        client(self.access).create_bucket(Bucket=name)
        return name


def missing(program: str, package: str) -> NoReturn:
    """End a test whose server is not installed: a failure where everything is to be tested."""
    reason = f"{program} is not installed; it is in {package}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
