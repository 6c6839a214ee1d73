"""Leases: how writers and collectors of one store say that they live, and when they are taken for dead.

A process that is gone is dead at once where it can be asked for, which is on its own machine; elsewhere, and
where it hangs, it is dead when it has not renewed its lease for ten minutes. Whoever is taken for dead
wrongly loses no data: its `add_entry` is refused, so that nothing half collected becomes visible.
"""

from __future__ import annotations

import os
import platform
import secrets
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from atdata.errors import CatalogError, LeaseLost
from atdata.index.providers.provider import Lease, Provider
from atdata.index.store_names import store_name

__all__ = ["EXPIRES", "Held", "held", "here", "is_dead"]

EXPIRES: Final = 600.0
"""Seconds without a renewal after which a lease is dead, wherever its process is."""

RENEWED: Final = 30.0
"""Seconds between two renewals."""

_OWN: Final[set[str]] = set()  # the tokens that this process works under


class Held:
    """A lease of this process, renewed by a thread until it is given back.

    Attributes:
        token: the lease.
        store: the name of the store that it is for (`store_name`).
    """

    def __init__(self, provider: Provider, store: str, token: str) -> None:
        self.token = token
        self.store = store
        self._provider = provider
        self._lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="atdata-lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Stop here where the lease is known to be lost.

        Raises:
            LeaseLost: it is.
        """
        if self._lost:
            raise LeaseLost(
                f"{self.store}: this process was taken for dead, having stood still for more than "
                f"{EXPIRES / 60:.0f} minutes, and what it had written may have been collected; nothing of "
                "it is visible; begin again"
            )

    def renew(self) -> None:
        """Renew it now.

        Raises:
            LeaseLost: it is not there any more.
            ProviderError: the database cannot be reached.
        """
        self._lost = self._lost or not self._provider.renew(self.token)
        self.check()

    def end(self) -> None:
        """Renew it no more."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(RENEWED):
            # A database that cannot be reached now may be reached the next time; ten minutes are long.
            with suppress(CatalogError):
                self.renew()


@contextmanager
def held(provider: Provider, store: str, kind: str) -> Iterator[Held]:
    """Take a lease on a store, and give it back at the end, with all that it claimed or condemned.

    Args:
        provider: where the lease stands.
        store: the URL of the store.
        kind: `"write"` or `"collect"`.

    Raises:
        ProviderError: the database cannot be reached.
    """
    token, name = secrets.token_hex(16), store_name(store)
    provider.lease(Lease(token, name, kind, here(), os.getpid(), 0.0))
    _OWN.add(token)
    lease = Held(provider, name, token)
    try:
        yield lease
    finally:
        lease.end()
        _OWN.discard(token)
        # Where the database is away, the lease ends by itself.
        with suppress(CatalogError):
            provider.release(token)


def is_dead(lease: Lease, age: float) -> bool:
    """Whether nobody works under a lease any more.

    Args:
        lease: the lease.
        age: seconds since it was renewed.
    """
    if age > EXPIRES:
        return True
    if lease.host != here():
        return False
    if lease.pid == os.getpid():
        # One that could not be given back because the database was away.
        return lease.token not in _OWN
    return not _is_running(lease.pid)


def _is_running(pid: int) -> bool:
    if os.name != "posix":
        return True  # asking would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and only its parent has not asked for it yet."""
    with suppress(OSError, IndexError):
        state = (
            Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
        )
        return state in "ZX"
    return False


@lru_cache(maxsize=1)
def here() -> str:
    """The name of this machine, among those whose processes can be asked for.

    Two containers may have one host name and not know each other's processes, and two machines may both be
    called `localhost`; so the name of the process space and that of this start of the machine go with it.
    """
    spaces = [_boot(), _process_space()]
    known = [item for item in spaces if item]
    return " ".join([platform.node() or "?", *(known or [f"{uuid.getnode():x}"])])


def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""


def _process_space() -> str:
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""
