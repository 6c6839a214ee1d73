"""Descriptions on disk: read strictly, replaced as a whole or not at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from atdata.errors import DescriptionError
from atdata.shards.description import FORMAT, Description, JsonObject, ShardEntry
from atdata.shards.files import replace_file

__all__ = ["parse_description", "read_description", "shards_of", "write_description"]

LARGEST = 512 * 1024 * 1024
"""Bytes of a description that are read: some two million shards."""

_NO_NAME = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def write_description(path: Path, description: Description) -> None:
    """Write or replace a description; a crash leaves the old one or the new one.

    Raises:
        OSError: the folder takes no file.
    """
    text = json.dumps(description.to_json(), indent=2, ensure_ascii=False)
    replace_file(path, f"{text}\n".encode("utf-8", "surrogatepass"))


def read_description(path: Path) -> Description:
    """Read a description.

    Raises:
        DescriptionError: it is no JSON, or not as the format says; the message names file and key.
    """
    return parse_description(_load(path), path)


def parse_description(content: bytes, path: Path | str) -> Description:
    """A description from its bytes.

    Args:
        content: the bytes.
        path: where they lie, in messages.

    Raises:
        DescriptionError: as `read_description`.
    """
    top = _Place(path, _parsed(content, path), "the file").object()
    if (version := top.at("format").integer()) != FORMAT:
        top.at("format").refuse(f"format {FORMAT}; a newer atdata may read it", version)
    splits = top.at("splits").object()
    return Description(
        schema=_schema(top.at("schema").object()),
        splits={
            name: tuple(_entry(item.object()) for item in splits.at(name).array())
            for name in splits.names
        },
        complete=top.at("complete").boolean(),
        replaces=tuple(item.file_name() for item in top.at("replaces").array()),
    )


def shards_of(description: Description, path: Path | str) -> dict[str, tuple[ShardEntry, ...]]:
    """The shards of each split, where all of them lie where the description does, or in its store.

    Raises:
        DescriptionError: some lie elsewhere. A file that names other files of this machine, or of another one,
            is not followed.
    """
    for entries in description.splits.values():
        for entry in entries:
            if entry.url is not None:
                raise DescriptionError(
                    f"{path}: its shard {entry.file} lies elsewhere: load the dataset by its name in the Index"
                )
    return dict(description.splits)


def _load(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise DescriptionError(f"{path}: has more than {LARGEST} bytes")
        return path.read_bytes()
    except OSError as error:
        raise DescriptionError(f"{path}: cannot be read: {error.strerror}") from error


def _parsed(content: bytes, path: Path | str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DescriptionError(f"{path}: is no JSON: {error}") from error


def _schema(place: _Place) -> JsonObject:
    place.at("id").text()
    place.at("cid").text()
    place.at("documents").object()
    return place.raw()


def _entry(place: _Place) -> ShardEntry:
    return ShardEntry(
        file=place.at("file").file_name(),
        bytes=place.at("bytes").integer(),
        samples=place.at("samples").integer(),
        sha256=place.at("sha256").digest_or_null(),
        index=place.at("index").digest_or_null(),
        # Descriptions from before there were manifests say nothing about them.
        manifest=place.at("manifest").digest_or_null() if "manifest" in place.names else None,
        url=place.at("url").text() if "url" in place.names else None,
    )


class _Place:
    """A value in the file, with the words for where it stands."""

    def __init__(self, path: Path | str, value: Any, name: str) -> None:
        self._path = path
        self._value = value
        self._name = name

    def at(self, key: str) -> _Place:
        if key not in self._value:
            raise DescriptionError(f"{self._path}: {self._name} has no key {key!r}")
        name = key if self._name == "the file" else f"{self._name}.{key}"
        return _Place(self._path, self._value[key], name)

    @property
    def names(self) -> list[str]:
        return list(self._value)

    def raw(self) -> JsonObject:
        value: JsonObject = self._value
        return value

    def refuse(self, expected: str, value: object) -> NoReturn:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
        raise DescriptionError(f"{self._path}: {self._name}: expected {expected}, got {shown}")

    def object(self) -> _Place:
        if not isinstance(self._value, dict):
            self.refuse("an object", self._value)
        return self

    def array(self) -> list[_Place]:
        if not isinstance(self._value, list):
            self.refuse("an array", self._value)
        return [
            _Place(self._path, item, f"{self._name}[{number}]")
            for number, item in enumerate(self._value)
        ]

    def boolean(self) -> bool:
        if not isinstance(self._value, bool):
            self.refuse("true or false", self._value)
        return self._value

    def integer(self) -> int:
        if not isinstance(self._value, int) or isinstance(self._value, bool) or self._value < 0:
            self.refuse("a number of at least 0", self._value)
        return self._value

    def text(self) -> str:
        if not isinstance(self._value, str):
            self.refuse("a text", self._value)
        return self._value

    def digest(self) -> str:
        if _DIGEST.fullmatch(text := self.text()) is None:
            self.refuse("a sha-256 as 64 hexadecimal digits", text)
        return text

    def digest_or_null(self) -> str | None:
        return None if self._value is None else self.digest()

    def file_name(self) -> str:
        """A name without a folder: a description never reaches outside its own."""
        text = self.text()
        if text in {"", ".", ".."} or _NO_NAME.search(text):
            self.refuse("the name of a file in the same folder", text)
        return text
