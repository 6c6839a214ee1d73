"""The names in a bucket: of a folder, or those that a pattern finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from atdata.errors import LoadError
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.s3 import client_of, refused

__all__ = ["Folder", "list_folder", "matching"]

MOST: Final = 100_000
"""Names that are looked at."""

_WILD: Final = re.compile(r"[*?\[]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies under a prefix that ends with a slash.

    Attributes:
        files: the names of the objects in it, sorted.
        folders: the names of the folders in it.
    """

    files: tuple[str, ...]
    folders: tuple[str, ...]


def list_folder(place: RemotePlace) -> Folder:
    """The names in a folder, without those of what lies deeper.

    Raises:
        SourceError: the bucket cannot be listed.
        DatasetNotFound: there is no such bucket.
        LoadError: there are more than a hundred thousand.
    """
    _, prefix = place.bucket_and_key
    files: list[str] = []
    folders: list[str] = []
    for page in _pages(place, prefix, "/"):
        files += [item["Key"][len(prefix) :] for item in page.get("Contents", ())]
        folders += [item["Prefix"][len(prefix) : -1] for item in page.get("CommonPrefixes", ())]
        _check_count(place, len(files) + len(folders))
    return Folder(tuple(sorted(filter(_is_name, files))), tuple(sorted(filter(_is_name, folders))))


def matching(place: RemotePlace) -> list[RemotePlace]:
    """The objects whose keys a pattern with wildcards finds, sorted; `*` stays within a folder, `**/` does not.

    Raises:
        SourceError, DatasetNotFound, LoadError: as `list_folder`.
    """
    bucket, key = place.bucket_and_key
    first = _WILD.search(key)
    prefix = key if first is None else key[: first.start()]
    # Only the folder of the pattern is looked at where none below it can hold a match.
    flat = "/" not in key[len(prefix) :]
    pattern = _compiled(key, place)
    found: list[str] = []
    seen = 0
    for page in _pages(place, prefix, "/" if flat else ""):
        keys = [item["Key"] for item in page.get("Contents", ())]
        seen += len(keys)
        _check_count(place, seen)
        found += [one for one in keys if pattern.fullmatch(one) and _is_name(one)]
    return [place.at(f"s3://{bucket}/{one}") for one in sorted(found)]


def _pages(place: RemotePlace, prefix: str, delimiter: str) -> Iterator[Any]:
    bucket, _ = place.bucket_and_key
    pages = client_of(place).get_paginator("list_objects_v2")
    try:
        yield from pages.paginate(Bucket=bucket, Prefix=prefix, Delimiter=delimiter)
    except Exception as error:
        raise refused(error, place) from None


def _check_count(place: RemotePlace, count: int) -> None:
    if count > MOST:
        raise LoadError(f"{place}: there are more than {MOST:,} objects: give a narrower path")


def _is_name(name: str) -> bool:
    """Whether a name can do no harm where it is printed; the folder itself may be an object without a name."""
    return bool(name) and _CONTROL.search(name) is None


def _translated(pattern: str) -> str:
    r"""A pattern as a regular expression, as `glob` has it.

    >>> print(_translated("a/*-[0-9].tar"), _translated("**/x?.tar"))
    a/(?!\.)[^/]*\-[0-9]\.tar (?:(?!\.)[^/]+/)*x[^/]\.tar
    """
    found: list[str] = []
    at = 0
    while at < len(pattern):
        starts = at == 0 or pattern[at - 1] == "/"
        closed = pattern.find("]", at + 2)
        if pattern.startswith("**/", at) and starts:
            found.append(r"(?:(?!\.)[^/]+/)*")
            at += 3
        elif pattern[at] == "*":
            # As in the shell, what begins with a dot is named, not found.
            found.append((r"(?!\.)" if starts else "") + "[^/]*")
            at += 1
        elif pattern[at] == "?":
            found.append((r"(?!\.)" if starts else "") + "[^/]")
            at += 1
        elif pattern[at] == "[" and closed > 0:
            found.append(_one_of(pattern[at + 1 : closed]))
            at = closed + 1
        else:
            found.append(re.escape(pattern[at]))
            at += 1
    return "".join(found)


def _compiled(key: str, place: RemotePlace) -> re.Pattern[str]:
    try:
        return re.compile(_translated(key))
    except re.error:
        raise LoadError(f"{place}: what stands in brackets is no choice of characters") from None


def _one_of(inside: str) -> str:
    negated = inside.startswith("!")
    body = inside[negated:].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
    return f"[{'^/' if negated else ''}{body}]"
