"""Ceph's RADOS Gateway: S3 as it runs in production, in memory, on loopback, without root.

A monitor, one OSD and the gateway. No authentication between them, no manager; Paxos at intervals that make the pools
in milliseconds. Debian and Ubuntu: `apt-get install --no-install-recommends radosgw ceph-mon ceph-osd`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.processes import free_ports, start, stop, wait_for_port
from servers.s3_server import ACCESS_KEY, SECRET_KEY, S3Server, missing

CONFIG = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{monitor}/0]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms bind ipv6 = false
run dir = {folder}/run
admin socket =
pid file =
log file = {folder}/$name.log
log to stderr = false
mon cluster log file = {folder}/cluster.log
mon data = {folder}/mon
mon allow pool size one = true
mon max pg per osd = 1000
mon tick interval = 1
paxos propose interval = 0.02
paxos min wait = 0.01
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 2
osd pool default pgp num = 2
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
crush location = root=default host=localhost
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}/rgw
rgw thread pool size = 32
rgw enable usage log = false
rgw gc max objs = 7
rgw lc max objs = 7
rgw usage max shards = 1
rgw max objs per shard = 1000000
ms mon client mode = crc
"""


@pytest.fixture(scope="session")
def s3_rgw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Ceph RGW, one a test process."""
    if sys.platform != "linux":
        pytest.skip("Ceph runs on Linux")
    for program in ("radosgw", "ceph-mon", "ceph-osd"):
        if shutil.which(program) is None:
            missing(program, "the Debian packages radosgw, ceph-mon and ceph-osd")
    cluster = Cluster(tmp_path_factory.mktemp("rgw"))
    try:
        yield S3Server("rgw", cluster.start())
    finally:
        cluster.stop()


class Cluster:
    """The processes of one Ceph cluster, all in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._env = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf")}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> str:
        """Start everything; the address of the gateway."""
        for name in ("mon", "osd", "run", "rgw"):
            (self._folder / name).mkdir()
        port, monitor = free_ports(2)
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        text = CONFIG.format(fsid=fsid, folder=self._folder, port=port, monitor=monitor)
        (self._folder / "ceph.conf").write_text(text)
        self._start_monitor(fsid, monitor)
        self._run("ceph", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._spawn("ceph-osd", "-f", "-i", "0")
        self._run(
            *("radosgw-admin", "user", "create", "--uid=test", "--display-name=test"),
            *(f"--access-key={ACCESS_KEY}", f"--secret={SECRET_KEY}"),
        )
        keyring = str(self._folder / "rgw" / "keyring")
        self._run("ceph-authtool", "--create-keyring", keyring, "-n", "client.rgw", "--gen-key")
        gateway = self._spawn("radosgw", "-f", "-n", "client.rgw", "--keyring", keyring)
        wait_for_port(gateway, port, self._log("radosgw"))
        return f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End everything; all data are gone."""
        # Kept in memory only, nothing is worth an orderly end.
        for process in reversed(self._running):
            process.kill()
        for process in self._running:
            stop(process)

    def _start_monitor(self, fsid: str, port: int) -> None:
        known = str(self._folder / "monmap")
        address = f"[v2:127.0.0.1:{port}]"
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, known)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", known)
        monitor = self._spawn("ceph-mon", "-f", "-i", "a")
        wait_for_port(monitor, port, self._log("ceph-mon"))

    def _run(self, *command: str) -> None:
        with self._log(command[0]).open("ab") as log:
            done = subprocess.run(
                command, env=self._env, stdout=log, stderr=log, check=False, timeout=60
            )
        if done.returncode:
            said = self._log(command[0]).read_text(errors="replace")
            raise RuntimeError(f"{command[0]} failed:\n{said}")

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with self._log(command[0]).open("ab") as log:
            process = start(command, log, self._env)
        self._running.append(process)
        return process

    def _log(self, program: str) -> Path:
        return self._folder / f"{program}.out"
