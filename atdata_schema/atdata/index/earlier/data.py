"""The shards and the metadata of an entry of the earlier release."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from atdata.errors import CatalogError, DatasetNotFound
from atdata.index.entry import JsonObject
from atdata.index.places import path_of_url
from atdata.shards.patterns import expand, has_pattern
from atdata.shards.reader import ShardFile
from atdata.shards.sources.place import Place, RemotePlace, is_address
from atdata_schema.syntax.quoting import quoted

__all__ = ["checksums_of", "metadata_of", "shards_of"]

CHECKSUMS = "checksums"


def shards_of(urls: tuple[str, ...]) -> list[ShardFile]:
    """The shards that the URLs of an entry name.

    Raises:
        DatasetNotFound: there is no such file, or there are no URLs.
        CatalogError: a URL of a kind that is not read.
        LoadError: an address that is none.
    """
    places = [place for url in urls for place in _places(url)]
    if not places:
        raise DatasetNotFound("it names no data")
    return [ShardFile(place) for place in places]


def _places(url: str) -> Iterator[Place]:
    if url.startswith("file:"):
        yield path_of_url(url)
    elif is_address(url):
        yield RemotePlace(url)
    elif "://" in url:
        raise CatalogError(
            f"its data are at {quoted(url)}, which is no kind of address that is read"
        )
    elif Path(url).exists() or not has_pattern(url):
        # Several were kept as one text with spaces between, where they had nothing in common.
        several = [Path(part) for part in url.split(" ")]
        apart = (
            not Path(url).exists() and len(several) > 1 and all(path.exists() for path in several)
        )
        yield from map(_local, several if apart else [Path(url)])
    else:
        yield from (_local(Path(path)) for path in expand(url))


def _local(path: Path) -> Path:
    if not path.exists():
        beside = "" if path.is_absolute() else f" in {Path.cwd()}, the working folder"
        raise DatasetNotFound(f"there is no file {path}{beside}")
    return path.absolute()


def checksums_of(metadata: dict[str, Any]) -> dict[str, str]:
    """The sha-256 of shards by their URLs, as far as the entry has them."""
    found = metadata.get(CHECKSUMS)
    if not isinstance(found, dict):
        return {}
    return {
        os.fspath(url): digest.lower()
        for url, digest in found.items()
        if isinstance(url, str) and isinstance(digest, str)
    }


def metadata_of(metadata: dict[str, Any]) -> tuple[JsonObject, list[str]]:
    """What JSON can say of an entry's metadata, and the keys of the rest."""
    kept: JsonObject = {}
    lost: list[str] = []
    for key, value in metadata.items():
        if key == CHECKSUMS:
            continue
        try:
            kept[str(key)] = json.loads(json.dumps(value, allow_nan=False, default=_bytes))
        except (TypeError, ValueError, RecursionError):
            lost.append(str(key))
    return kept, lost


def _bytes(value: object) -> JsonObject:
    """Bytes as the AT Protocol's data model writes them."""
    if not isinstance(value, bytes):
        raise TypeError
    return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
