"""How the files of a store are named, and how its root is told from a dataset.

<root>/atdata-store.json                              what this is, and in which format
<root>/shards/<sha256>.tar                            a shard, named for what it holds
<root>/shards/<sha256>.tar.idx  .tar.cols             what was made from it
<root>/shards/<sha256>.manifest.json  .parquet        its manifest
<root>/datasets/<name>/<version>/dataset.json         what a version of a dataset consists of
<root>/staging/<token>/                               on disk only: files on their way into the store
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from atdata.errors import StoreError
from atdata_schema.syntax.quoting import quoted

__all__ = [
    "DATASETS",
    "FORMAT",
    "MARKER",
    "SHARDS",
    "SIDECARS",
    "STAGING",
    "VERSION_FILE",
    "check_key",
    "check_marker",
    "check_token",
    "dataset_key",
    "is_key",
    "is_version",
    "is_root",
    "marker",
    "shard_key",
    "sidecar_key",
]

FORMAT: Final = 1
"""The number of the layout described here."""

MARKER: Final = "atdata-store.json"
"""The file in a store's root that says what it is."""

SHARDS: Final = "shards"
DATASETS: Final = "datasets"
STAGING: Final = "staging"
VERSION_FILE: Final = "dataset.json"

SIDECARS: Final = (".tar.idx", ".tar.cols", ".manifest.json", ".manifest.parquet")
"""What follows the digest in the names of the files beside a shard."""

_LONGEST_KEY = 512  # S3 takes 1,024 bytes, the prefix among them
_LONGEST_PART = 200  # file systems take 255 bytes; names of unfinished files are longer than those they will have
_PART = re.compile(rf"[A-Za-z0-9._@+-]{{1,{_LONGEST_PART}}}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def shard_key(sha256: str) -> str:
    """The key of a shard, by the digest of its bytes.

    Raises:
        StoreError: it is no sha-256 in 64 small hexadecimal digits.

    >>> shard_key("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    'shards/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.tar'
    """
    return f"{SHARDS}/{_digest(sha256)}.tar"


def sidecar_key(sha256: str, suffix: str) -> str:
    """The key of a file beside a shard; `suffix` is one of `SIDECARS`.

    Raises:
        StoreError: it is no sha-256, or no such suffix.

    >>> sidecar_key("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ".tar.idx")[-12:]
    '0a08.tar.idx'
    """
    if suffix not in SIDECARS:
        raise StoreError(
            f"{quoted(str(suffix))} is no file beside a shard: give one of {', '.join(SIDECARS)}"
        )
    return f"{SHARDS}/{_digest(sha256)}{suffix}"


def dataset_key(name: str, version: str) -> str:
    """The key of what says which shards a version of a dataset has.

    Raises:
        StoreError: the name or the version is none that can be part of a key.

    >>> dataset_key("digits", "1.0.0")
    'datasets/digits/1.0.0/dataset.json'
    """
    for text, what in ((name, "the name of a dataset"), (version, "a version")):
        if not _is_part(text) or text.startswith("."):
            raise StoreError(
                f"{quoted(str(text))} cannot be {what} in a store: "
                f"give 1 to {_LONGEST_PART} characters of A-Z a-z 0-9 . _ @ + -, the first one no dot"
            )
    return check_key(f"{DATASETS}/{name}/{version}/{VERSION_FILE}")


def check_key(key: str) -> str:
    """The key, where it is one.

    Raises:
        StoreError: it is none; the message says what is allowed.

    >>> check_key("shards/../../etc/passwd")
    Traceback (most recent call last):
        ...
    atdata.errors.StoreError: 'shards/../../etc/passwd' is no key of a store: a key is at most 512 characters, \
parts of A-Z a-z 0-9 . _ @ + - with slashes between, none of them . or .., and begins with neither staging/ nor \
atdata-store.json
    """
    if not is_key(key):
        raise StoreError(
            f"{quoted(str(key))} is no key of a store: a key is at most {_LONGEST_KEY} characters, "
            "parts of A-Z a-z 0-9 . _ @ + - with slashes between, none of them . or .., "
            f"and begins with neither {STAGING}/ nor {MARKER}"
        )
    return key


def is_key(text: object) -> bool:
    """Whether a text may be a key.

    >>> is_key("shards/a.tar"), is_key("shards//a.tar"), is_key("staging/a.tar")
    (True, False, False)
    """
    if not isinstance(text, str):
        return False
    parts = text.split("/")
    return (
        len(text) <= _LONGEST_KEY
        and parts[0] not in (STAGING, MARKER)
        and all(_is_part(part) for part in parts)
    )


def check_token(token: str) -> str:
    """The token of a write, where it is one.

    Raises:
        StoreError: it is none.
    """
    if not _is_all_of(_TOKEN, token):
        raise StoreError(
            f"{quoted(str(token))} is no token of a write: give 1 to 64 characters of A-Z a-z 0-9 _ -"
        )
    return token


def is_version(path: str) -> bool:
    """Whether a path is that of what says which shards a version has; they lie in the `shards` of its store.

    >>> is_version("/data/datasets/digits/1.0.0/dataset.json"), is_version("/data/digits/dataset.json")
    (True, False)
    """
    parts = path.split("/")
    return parts[-4:-3] == [DATASETS] and parts[-1] == VERSION_FILE


def is_root(folder: Path) -> bool:
    """Whether a local folder is the root of a store, and so no dataset."""
    return (folder / MARKER).exists() or (
        (folder / SHARDS).is_dir() and (folder / DATASETS).is_dir()
    )


def marker() -> bytes:
    """What `atdata-store.json` holds."""
    return f'{{"format": {FORMAT}, "kind": "atdata store"}}\n'.encode()


def check_marker(data: bytes, where: str) -> None:
    """Refuse a store whose layout this version does not know.

    Raises:
        StoreError: the file is none of ours, or of a newer format.
    """
    try:
        said: Any = json.loads(data)
        number = said["format"] if said["kind"] == "atdata store" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        number = None
    if not isinstance(number, int) or number < 1:
        raise StoreError(
            f"{where}: {MARKER} is not what atdata writes, so this is no store, or a damaged one; "
            "choose another root, or restore that file"
        )
    if number > FORMAT:
        raise StoreError(
            f"{where}: the store has format {number}, and this version of atdata knows {FORMAT}: "
            "a newer atdata can use it"
        )


def _is_part(text: object) -> bool:
    return text not in (".", "..") and _is_all_of(_PART, text)


def _is_all_of(pattern: re.Pattern[str], text: object) -> bool:
    """Whether a value is a text that the pattern describes; callers may have been given anything."""
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _digest(sha256: str) -> str:
    if not _is_all_of(_DIGEST, sha256):
        raise StoreError(f"{quoted(str(sha256))} is no sha-256: give its 64 digits of 0-9 a-f")
    return sha256
