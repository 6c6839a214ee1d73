"""How long it takes to publish shards that are in place: looked at without credentials, then named in one commit.

    PYTHONPATH=tests python benchmarks/publish_speed.py [shards] [rounds]

Web server (https) and account's server run on this machine, the web server in a process of its own. Each round publishes a
dataset of its own, and then the same again. The figures are medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import atdata
from atdata.atmosphere import Atmosphere
from atdata.index.index import Index
from publishing_data import digits
from servers.pds import running_pds

SERVER = """
import http.server, ssl, sys
from pathlib import Path
from servers.http import HttpServer
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = HttpServer(context)
print(server.put_folder(Path(sys.argv[3]), "d/"), flush=True)
sys.stdin.read()
"""


def main(shards: int = 1000, rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {
            "ATDATA_HOME": str(folder / "home"),
            "ATDATA_CACHE": str(folder / "cache"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        atdata.write_samples(digits(shards), folder / "d" / "data.tar", maxcount=1)
        public, private = certificate(folder)
        os.environ["SSL_CERT_FILE"] = str(public)
        command = [sys.executable, "-c", SERVER, public, private, folder / "d"]
        web = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert web.stdout is not None
        address = web.stdout.readline().strip()
        try:
            (folder / "pds").mkdir()
            with running_pds(folder / "pds") as pds:
                alice = pds.account("alice")
                session = Atmosphere.login(
                    alice.handle, alice.password, settings=pds.settings(), keep=False
                )
                measure(f"{address}data.dataset.json", session, folder, shards, rounds)
        finally:
            web.terminate()


def measure(address: str, session: Atmosphere, folder: Path, shards: int, rounds: int) -> None:
    first, again = [], []
    for number in range(rounds):
        index = Index(folder / f"{number}.db", folder / f"data{number}", session)
        index.add(address, name=f"d{number}")
        for times in (first, again):
            begun = time.perf_counter()
            index.promote_entry(f"d{number}")
            times.append(time.perf_counter() - begun)
    for what, times in (("published", first), ("the same again", again)):
        print(f"{shards} shards, {what}: {statistics.median(times):.2f} s ({np.round(times, 2)})")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback, and its key."""
    public, private = folder / "public.pem", folder / "private.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=loopback"
    places = ["-keyout", private, "-out", public, "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command.split(), *places], check=True, capture_output=True)
    return public, private


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
