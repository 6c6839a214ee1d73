"""Finding the shards of a dataset that lies elsewhere, by the rules of local ones.

A web server is asked for what is named; a bucket is also asked for its names. A `dataset.json` names files in its own
folder only. Nothing that comes from elsewhere leads to a local file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

from atdata.errors import DatasetNotFound, LoadError
from atdata.location import ENDINGS, Located, check_complete, locate, named_apart
from atdata.shards.description import SUFFIX, Description
from atdata.shards.description_file import parse_description
from atdata.shards.names import stems_of
from atdata.shards.patterns import expand_braces, has_wildcard
from atdata.shards.reader import ShardFile
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import RemotePlace, is_address
from atdata.shards.sources.source import Denied
from atdata.shards.sources.together import at_once
from atdata.shards.splits import splits_by_name

if TYPE_CHECKING:
    from atdata.remote.s3_access import S3Access

__all__ = ["locate_anywhere", "locate_remote", "shown"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a description that is fetched: some two hundred thousand shards."""

_LISTED: Final = 5  # names that a message lists


def locate_anywhere(path: str | Path, access: S3Access | None = None) -> list[Located]:
    """The shards that a path or an address names.

    Args:
        path: a path, a folder, a pattern, a `file://` address, or one that `locate_remote` takes.
        access: how an S3 service is reached.

    Raises:
        LoadError: as `locate` and `locate_remote`.
    """
    text = str(path)
    if isinstance(path, str) and is_address(text):
        return locate_remote(text, access)
    if isinstance(path, str) and text.startswith("file://"):
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost"):
            raise LoadError(f"{text!r} names a file of another machine: give a path")
        return locate(url2pathname(parts.path))
    return locate(path)


def shown(path: object) -> object:
    """A path or an address as it may stand in a message."""
    return RemotePlace(path).url if isinstance(path, str) and is_address(path) else path


def locate_remote(address: str, access: S3Access | None = None) -> list[Located]:
    """The shards that an address names.

    Args:
        address: `https://…` or `http://…` of a shard or a `dataset.json`, with braces or without; `s3://bucket/…`
            of the same, of a folder, or with wildcards.
        access: how an S3 service is reached, where the usual places do not say.

    Raises:
        DatasetNotFound: there is nothing.
        DatasetIncomplete: a dataset whose writing never came to its end.
        DescriptionError: a `dataset.json` that cannot be read.
        SplitError: names that say their split unclearly.
        SourceError: a server cannot be reached, or denies.
        LoadError: it is no such address, or names what a web server cannot be asked for.
    """
    beside = _Beside()
    place = RemotePlace(address, access)
    if place.scheme == "s3" and _is_there(place):
        return _one(place, beside)
    places = _expanded(place)
    if len(places) == 1 and places[0] == place:
        return _one(place, beside)
    descriptions = [one for one in places if one.name.endswith(SUFFIX)]
    if descriptions and len(descriptions) == len(places):
        return named_apart([beside.described(one) for one in places])
    return _several(places, beside)


def _is_there(place: RemotePlace) -> bool:
    """Whether an object has a key that would be a pattern otherwise."""
    _, key = place.bucket_and_key
    if "{" not in key and not has_wildcard(key):
        return False
    try:
        open_source(place).size()
    except (DatasetNotFound, Denied):
        return False
    return True


def _expanded(place: RemotePlace) -> list[RemotePlace]:
    """The places that an address with braces and wildcards names."""
    if place.scheme != "s3":
        parts = urlsplit(place.address)
        # What stands outside the path is nothing to repeat in an error about braces.
        if "*" in parts.path or "[" in parts.path:
            raise LoadError(
                f"{place}: a web server cannot be asked which files it has: name them with braces, such as "
                "data-{000000..000009}.tar, or give the dataset.json"
            )
        paths = expand_braces(parts.path)
        return [place.at(urlunsplit(parts._replace(path=path))) for path in paths]
    found: list[RemotePlace] = []
    for address in expand_braces(place.address):
        one = place.at(address)
        if not has_wildcard(one.bucket_and_key[1]):
            found.append(one)
            continue
        # Imported where it is needed: most places are named.
        from atdata.shards.sources.s3_listing import matching

        hits = [hit for hit in matching(one) if _is_shard(hit.name) or hit.name.endswith(SUFFIX)]
        if not hits:
            raise DatasetNotFound(f"no object matches {one}")
        found.extend(hits)
    return found


def _one(place: RemotePlace, beside: _Beside) -> list[Located]:
    """A description, a shard, the dataset whose stem an address has, or a folder."""
    if place.name.endswith(SUFFIX):
        return beside.described(place)
    if place.scheme == "s3" and not _is_shard(place.name):
        return _in_folder(place, beside)
    _check_shard(place)
    listed = beside.entry(place, stems_of(Path(place.name)))
    if listed is not None:
        return [listed]
    own = place.with_name(place.name.partition(".tar")[0] + SUFFIX)
    if place.name.endswith(".tar") and beside.read(own) is not None:
        if _exists(place):
            raise LoadError(
                f"{place}: {own.name} beside it does not list it, so it is not clear which is meant; "
                f"load {own.name}, or move one of them"
            )
        return beside.described(own)
    open_source(place).size()  # so that what is not there is found out here
    return _by_name([place])


def _several(places: Sequence[RemotePlace], beside: _Beside) -> list[Located]:
    for place in places:
        _check_shard(place)
    # Of numbered shards, the dataset that they are of is asked for, not one of each alone.
    stems = [stems_of(Path(place.name))[-1:] for place in places]
    own = dict.fromkeys(
        place.with_name(stem + SUFFIX)
        for place, few in zip(places, stems, strict=True)
        for stem in few
    )
    at_once(beside.read, own)
    listed = [beside.entry(place, few) for place, few in zip(places, stems, strict=True)]
    bare = [place for place, item in zip(places, listed, strict=True) if item is None]
    return [item for item in listed if item is not None] + _by_name(bare)


def _in_folder(place: RemotePlace, beside: _Beside) -> list[Located]:
    from atdata.shards.sources.s3_listing import list_folder

    folder = place if place.address.endswith("/") else place.at(f"{place.address}/")
    found = list_folder(folder)
    visible = [name for name in found.files if not name.startswith(".")]
    descriptions = [name for name in visible if name.endswith(SUFFIX)]
    if descriptions:
        return named_apart([beside.described(folder.with_name(name)) for name in descriptions])
    shards = [folder.with_name(name) for name in visible if _is_shard(name)]
    if shards:
        return _by_name(shards)
    if {"datasets", "shards"} <= set(found.folders):
        raise LoadError(
            f"{folder} is the root of a store, which holds many datasets; "
            "load one by its name, or by its folder below datasets/"
        )
    inside = ", ".join(found.folders[:_LISTED])
    hint = f"; it has the folders {inside}" if inside else ""
    raise DatasetNotFound(f"{folder} holds neither *{SUFFIX} nor *.tar{hint}")


def _by_name(places: Sequence[RemotePlace]) -> list[Located]:
    return [
        Located(ShardFile(place), split, None, place)
        for split, group in splits_by_name(places).items()
        for place in group
    ]


def _is_shard(name: str) -> bool:
    return name.endswith(ENDINGS)


def _check_shard(place: RemotePlace) -> None:
    if not _is_shard(place.name):
        raise LoadError(
            f"{place}: shards are named *{', *'.join(ENDINGS)}, and descriptions *{SUFFIX}; "
            "a web server cannot be asked what a folder holds"
        )


def _exists(place: RemotePlace) -> bool:
    try:
        open_source(place).size()
    except (DatasetNotFound, Denied):
        return False
    return True


class _Beside:
    """The descriptions of datasets, each fetched once."""

    def __init__(self) -> None:
        self._read: dict[RemotePlace, Description | None] = {}

    def read(self, place: RemotePlace) -> Description | None:
        """A description; `None` where there is none, or where a server that tells no names denies it."""
        if place not in self._read:
            try:
                self._read[place] = self._fetched(place)
            except (DatasetNotFound, Denied):
                self._read[place] = None
        return self._read[place]

    def described(self, place: RemotePlace) -> list[Located]:
        """The shards that a description lists."""
        description = self._read.get(place) or self._fetched(place)
        return [
            Located(ShardFile(place.with_name(entry.file), entry), split, description.schema, place)
            for split, entries in description.splits.items()
            for entry in entries
        ]

    def entry(self, shard: RemotePlace, stems: Sequence[str]) -> Located | None:
        """A shard as a description beside it lists it, if one of these does."""
        for stem in stems:
            place = shard.with_name(stem + SUFFIX)
            description = self.read(place)
            listed = None if description is None else description.entry(shard.name)
            if description is not None and listed is not None:
                split, entry = listed
                return Located(ShardFile(shard, entry), split, description.schema, place)
        return None

    def _fetched(self, place: RemotePlace) -> Description:
        content = open_source(place).read_all(LARGEST)
        return check_complete(parse_description(content, place.url), place.url)
