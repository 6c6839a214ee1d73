"""What a publication would make public, as a text that people read before they say yes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from atdata.atmosphere.publishing.repository import Write
from atdata.quantities import counted

__all__ = ["Plan", "PlannedUpload", "megabytes"]

ASKED_ABOVE: Final = 1_000_000_000
"""Bytes of uploads from which on somebody has to say yes."""


@dataclass(frozen=True, slots=True)
class PlannedUpload:
    """A file that goes up.

    Attributes:
        source: where it lies now; it is shown, and not published.
        bytes: bytes that go up for it.
        why: why it cannot stay there.
        parts: how many blobs it becomes, where it becomes blobs.
    """

    source: str
    bytes: int
    why: str
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become public, exactly; as a text it can be read.

    Attributes:
        name: the dataset.
        version: its version.
        did: the account.
        handle: what it is called now.
        service: its server.
        uri: the AT-URI of the entry.
        writes: the records, in one commit; none where all of it is published already.
        uploads: the files that go up.
        target: where they go: `None` for blobs of the account, else the URL of a store.
        addresses: addresses that the records name.
        list_blob: the list of the shards, where that is a blob of its own.
        notes: what else is worth knowing.
    """

    name: str
    version: str
    did: str
    handle: str | None
    service: str
    uri: str
    writes: tuple[Write, ...] = field(repr=False)
    uploads: tuple[PlannedUpload, ...] = field(default=(), repr=False)
    target: str | None = None
    addresses: tuple[str, ...] = field(default=(), repr=False)
    list_blob: bytes | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def records(self) -> dict[str, Mapping[str, Any]]:
        """The records by their AT-URIs."""
        return {f"at://{self.did}/{w.collection}/{w.rkey}": w.value for w in self.writes}

    @property
    def upload_bytes(self) -> int:
        """Bytes that go up in all."""
        return sum(upload.bytes for upload in self.uploads)

    @property
    def is_large(self) -> bool:
        """Whether somebody has to say yes first."""
        return self.upload_bytes > ASKED_ABOVE

    def summary(self) -> str:
        """It in a few lines."""
        return "\n".join(self._summary())

    def __str__(self) -> str:
        return "\n".join((*self._summary(), *self._details()))

    def _summary(self) -> Iterator[str]:
        who = self.did if self.handle is None else f"@{self.handle} ({self.did})"
        yield f"{self.name}@{self.version} of {who}, on {self.service}"
        if not self.writes:
            yield f"is published already: {self.uri}"
            return
        kinds = [write.collection.rpartition(".")[2] for write in self.writes]
        yield f"In one commit: {', '.join(kinds)}. The entry is {self.uri}"
        if self.uploads:
            where = "as blobs of the account" if self.target is None else f"to {self.target}"
            blobs = sum(upload.parts for upload in self.uploads)
            cut = "" if blobs == len(self.uploads) else f", cut into {blobs}"
            yield (
                f"{counted(len(self.uploads), 'shard')} of {megabytes(self.upload_bytes)} "
                f"{'goes' if len(self.uploads) == 1 else 'go'} up {where}{cut}."
            )
            yield f"They cannot stay where they are: {self.uploads[0].why}."
        if self.addresses:
            yield f"{counted(len(self.addresses), 'shard')} can be read by everybody where they are."
        yield from self.notes

    def _details(self) -> Iterator[str]:
        for upload in self.uploads:
            cut = "" if upload.parts == 1 else f", as {upload.parts} blobs"
            yield f"up: {upload.source}, {megabytes(upload.bytes)}{cut}"
        for address in self.addresses:
            yield f"public: {address}"
        for write in self.writes:
            yield f"{write.action} at://{self.did}/{write.collection}/{write.rkey}"
            yield json.dumps(write.value, indent=2, ensure_ascii=False)
        if self.list_blob is not None:
            yield "the list of shards, a blob of its own"
            yield json.dumps(json.loads(self.list_blob), indent=2, ensure_ascii=False)


def megabytes(size: int) -> str:
    """A number of bytes, for people.

    >>> megabytes(512), megabytes(30_166_528), megabytes(4_200_000_000)
    ('512 B', '30.2 MB', '4.2 GB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"
