"""Server processes that end with the tests, however those end."""

from __future__ import annotations

import ctypes
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

SECONDS = 120
"""How long a server may take to start; a fault is found at once, so this is for slow machines."""


def start(
    command: Sequence[str | Path],
    log: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that is stopped when this process dies, as another user where one is given."""
    return subprocess.Popen(
        [str(part) for part in command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


def _die_with_parent() -> None:
    parent_death_signal = 1
    ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program, by force where it takes longer than a moment."""
    process.terminate()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def wait_for_line(process: subprocess.Popen[bytes], pattern: str) -> re.Match[str]:
    """Read what a program says up to the line that matches; what it says later is thrown away."""
    assert process.stdout is not None
    watchdog = threading.Timer(SECONDS, process.kill)
    watchdog.start()
    said: list[str] = []
    try:
        for raw in process.stdout:
            said.append(raw.decode(errors="replace"))
            if found := re.search(pattern, said[-1]):
                # Read on, so that the program is never stopped by a full pipe.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return found
    finally:
        watchdog.cancel()
    raise RuntimeError(f"{process.args!r} did not start:\n{''.join(said)}")


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until a program listens; its end meanwhile is an error."""
    for _ in range(SECONDS * 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(timeout=0.01)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')}")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, at this moment: of those that no system gives to connections of its own accord."""
    probes: list[socket.socket] = []
    try:
        while len(probes) < count:
            probe = socket.socket()
            probes.append(probe)
            try:
                probe.bind(("127.0.0.1", _random.randrange(10_000, 32_768)))
            except OSError:
                probes.pop().close()
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


# Each process of a run draws others.
_random: Final = random.SystemRandom()
