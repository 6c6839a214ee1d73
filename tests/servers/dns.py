"""A name server on loopback that answers for TXT records from a table."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

__all__ = ["DnsServer"]


class DnsServer:
    """One server.

    Attributes:
        records: TXT records by name, each in its parts; a name that is not there does not exist.
        failing: whether it answers that it cannot.
        silent: whether it does not answer.
        asked: the names that were asked for.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[list[str]]] = {}
        self.failing = False
        self.silent = False
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            if not self.silent:
                self._socket.sendto(self._answer(data), peer)

    def _answer(self, data: bytes) -> bytes:
        # Imported where it is needed: every test imports this module.
        import dns.flags
        import dns.message
        import dns.rcode
        import dns.rrset

        query = dns.message.from_wire(data)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True)
        self.asked.append(name)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            texts = [" ".join(f'"{part}"' for part in parts) for parts in self.records[name]]
            if texts:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", *texts))
        return answer.to_wire()


@pytest.fixture
def dns_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    """The name server of this process, for one test."""
    import dns.resolver

    server = DnsServer()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    yield server
    server.close()
