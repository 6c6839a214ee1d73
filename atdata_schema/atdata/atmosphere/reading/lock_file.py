"""`atdata.lock`: what was read of the network, pinned.

    {
      "version": 1,
      "datasets": {
        "@alice.example.org/cells": {
          "uri": "at://did:plc:…/science.alt.dataset.entry/3k…",
          "cid": "bafyrei…",
          "rev": "3k…",
          "did": "did:plc:…",
          "handle": "alice.example.org",
          "schema": {"uri": "at://…", "cid": "bafyrei…"},
          "shards": {"train": ["9f86…"]}
        }
      }
    }

JSON, sorted, a line for each thing, so that differences are easy to read. `shards` has the sha-256 of each shard, `null` where the
record says none; of splits with more than 64 shards one text, the sha-256 of those, each followed by a newline.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from atdata.errors import LockError
from atdata.home import home
from atdata.shards.cache_folder import named
from atdata.shards.files import replace_file
from atdata_schema.syntax import is_valid
from atdata_schema.syntax.quoting import quoted

__all__ = ["Pin", "read_pin", "shard_digests", "write_pin"]

VERSION: Final = 1
"""The number of the format described here."""

_MOST_BYTES: Final = 64 << 20
_LISTED: Final = 64  # digests of a split that are listed one by one
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PATIENCE: Final = 60.0

Digests: TypeAlias = Mapping[str, tuple[str | None, ...] | str]
"""Of each split the digests of its shards, or the one digest of all of these."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What a reference was when it was read.

    Attributes:
        uri: the entry.
        cid: its CID.
        rev: the revision of the repository that it was read at.
        did: the account.
        handle: its handle, where it has one.
        schema_uri: the sample type.
        schema_cid: its CID.
        shards: the digests of the shards.
    """

    uri: str
    cid: str
    rev: str
    did: str
    handle: str | None
    schema_uri: str
    schema_cid: str
    shards: Digests

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "uri": self.uri,
            "cid": self.cid,
            "rev": self.rev,
            "did": self.did,
            "handle": self.handle,
            "schema": {"uri": self.schema_uri, "cid": self.schema_cid},
            "shards": {
                name: digests if isinstance(digests, str) else list(digests)
                for name, digests in self.shards.items()
            },
        }

    @property
    def content(self) -> tuple[object, ...]:
        """What must not differ. The revision moves with anything else that the account does, and handles change."""
        return self.uri, self.cid, self.schema_uri, self.schema_cid, dict(self.shards)


def shard_digests(splits: Mapping[str, Sequence[str | None]]) -> Digests:
    """The digests of shards as a lock has them."""
    return {
        name: tuple(digests) if len(digests) <= _LISTED else _joined(digests)
        for name, digests in splits.items()
    }


def _joined(digests: Sequence[str | None]) -> str:
    lines = "".join(f"{digest or '-'}\n" for digest in digests)
    return hashlib.sha256(lines.encode()).hexdigest()


def read_pin(path: Path, reference: str) -> Pin | None:
    """What a lock pins for a reference; `None` where it has none, or is not there.

    Raises:
        LockError: it cannot be read, or is none.
    """
    return _read(path).get(reference)


def write_pin(path: Path, reference: str, found: Pin) -> Pin | None:
    """Write what was read into a lock.

    Where nothing but the revision or the handle changed, the file stays as it is.

    Returns:
        What it had for the reference before, where that was something else.

    Raises:
        LockError: it cannot be read or written.
    """
    with _alone(path):
        known = _read(path)
        before = known.get(reference)
        if before is not None and before.content == found.content:
            return None
        known[reference] = found
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, _text(known).encode())
        except OSError as error:
            raise LockError(f"{path}: cannot be written: {error.strerror or error}") from None
        return before


def _text(pins: Mapping[str, Pin]) -> str:
    datasets = {name: pins[name].to_json() for name in sorted(pins)}
    content = {"datasets": datasets, "version": VERSION}
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from writing the same lock; nothing is left beside it."""
    # Imported where it is needed: most reading has no lock.
    from filelock import FileLock, Timeout

    own = home() / "atmosphere" / f"{named(path)[:16]}.lock"
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(own, timeout=_PATIENCE):
            yield
    except Timeout:
        raise LockError(f"{path}: another process is writing it, and does not end") from None
    except OSError as error:
        if isinstance(error, LockError):
            raise
        raise LockError(f"{path}: cannot be written: {error.strerror or error}") from None


def _read(path: Path) -> dict[str, Pin]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LockError(
                f"{path}: has more than the {_MOST_BYTES} bytes that are read of a lock"
            )
        content: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, LockError):
            raise
        raise LockError(f"{path}: cannot be read: {error}") from None
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        hint = "; a newer atdata reads it" if newer else ""
        raise LockError(f"{path}: is no lock of version {VERSION}{hint}")
    datasets = content.get("datasets")
    if not isinstance(datasets, dict):
        raise LockError(f"{path}: 'datasets' is no table of what was read")
    return {name: _pin(item, f"{path}: {quoted(name)}") for name, item in datasets.items()}


def _pin(item: Any, where: str) -> Pin:
    if not isinstance(item, dict) or not isinstance(item.get("schema"), dict):
        raise LockError(f"{where}: is not what a lock has for a dataset")
    handle, shards = item.get("handle"), item.get("shards")
    if not (handle is None or isinstance(handle, str)) or not isinstance(shards, dict):
        raise LockError(f"{where}: 'handle' or 'shards' is not as it should be")
    schema = item["schema"]
    return Pin(
        _checked("at-uri", item.get("uri"), f"{where}: 'uri'"),
        _checked("cid", item.get("cid"), f"{where}: 'cid'"),
        _checked("tid", item.get("rev"), f"{where}: 'rev'"),
        _checked("did", item.get("did"), f"{where}: 'did'"),
        handle,
        _checked("at-uri", schema.get("uri"), f"{where}: 'schema.uri'"),
        _checked("cid", schema.get("cid"), f"{where}: 'schema.cid'"),
        {name: _digests(value, f"{where}: 'shards'") for name, value in shards.items()},
    )


def _checked(kind: Any, value: Any, where: str) -> str:
    if not is_valid(kind, value):
        raise LockError(f"{where} is no {kind.upper()}")
    return str(value)


def _digests(value: Any, where: str) -> tuple[str | None, ...] | str:
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value
    if isinstance(value, list) and all(
        item is None or (isinstance(item, str) and _DIGEST.fullmatch(item)) for item in value
    ):
        return tuple(value)
    raise LockError(f"{where}: has what is no sha-256")
