"""A way to a server that takes longer: every answer comes some milliseconds later, and then as fast as it can.

    python -m benchmarks.delaying_proxy 127.0.0.1:9000 20 125

With a third number, so many megabytes a second go to all clients together, as over one line.
It passes bytes on and reads none, so it is the same for TLS. It prints the port where it listens, and one where it
says how many bytes it has passed to clients so far.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import suppress

__all__ = ["main"]

_CHUNK = 1 << 18


class _Proxy:
    def __init__(self, target: tuple[str, int], delay: float, rate: float | None) -> None:
        self._target, self._delay, self._rate = target, delay, rate
        self._free_at = 0.0  # when the line is free again
        self._lock = threading.Lock()
        self._passed = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def count(self, listener: socket.socket) -> None:
        while True:
            asking, _ = listener.accept()
            with asking:
                asking.sendall(str(self._passed).encode())

    def _connect(self, client: socket.socket) -> None:
        server = socket.create_connection(self._target)
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asked = threading.Event()
        back = threading.Thread(target=self._answers, args=(server, client, asked), daemon=True)
        back.start()
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                asked.set()
                server.sendall(data)
        _ended(server)
        back.join()
        client.close()
        server.close()

    def _answers(
        self, server: socket.socket, client: socket.socket, asked: threading.Event
    ) -> None:
        room = memoryview(bytearray(_CHUNK))
        with suppress(OSError):
            while count := server.recv_into(room):
                if asked.is_set():  # the first bytes since something was asked
                    asked.clear()
                    time.sleep(self._delay)
                time.sleep(self._turn(count))
                client.sendall(room[:count])
        _ended(client)

    def _turn(self, count: int) -> float:
        """Seconds until the line takes so many bytes more."""
        with self._lock:
            self._passed += count
            if self._rate is None:
                return 0.0
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + count / self._rate
            return self._free_at - now


def _ended(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_WR)


def main(target: str, milliseconds: str, megabytes: str | None = None) -> None:
    """Serve until the process is ended."""
    host, _, port = target.rpartition(":")
    rate = None if megabytes is None else float(megabytes) * 1e6
    proxy = _Proxy((host, int(port)), float(milliseconds) / 1000, rate)
    listener, counter = (socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(2))
    threading.Thread(target=proxy.count, args=(counter,), daemon=True).start()
    print(listener.getsockname()[1], counter.getsockname()[1], flush=True)
    proxy.serve(listener)


if __name__ == "__main__":
    main(*sys.argv[1:])
