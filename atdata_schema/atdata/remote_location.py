"""Finding the shards of a dataset that lies elsewhere, by the rules of local ones.

A web server is asked for what is named; a bucket is also asked for its names. A `dataset.json` names files in its own
folder only. Nothing that comes from elsewhere leads to a local file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from atdata.described_splits import named_apart, with_folder
from atdata.errors import DatasetNotFound, LoadError, SplitError
from atdata.located import ENDINGS, Located, check_complete, is_shard
from atdata.shards.description import SUFFIX, Description
from atdata.shards.description_file import parse_description, shards_of
from atdata.shards.names import stems_of
from atdata.shards.patterns import expand_braces, fixed_part, has_wildcard
from atdata.shards.reader import ShardFile
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.place import RemotePlace, is_address
from atdata.shards.sources.source import Denied
from atdata.shards.sources.together import at_once
from atdata.shards.splits import DEFAULT, split_in_name, splits_of
from atdata.stores.layout import DATASETS, MARKER, SHARDS, VERSION_FILE, is_version

if TYPE_CHECKING:
    from atdata.remote.s3_access import S3Access

__all__ = ["locate_remote", "shown"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a description that is fetched: some two hundred thousand shards."""

_LISTED: Final = 5  # names that a message lists


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
    base = fixed_part(_path(place))
    if all(one.name.endswith(SUFFIX) for one in places):
        return _described(places, base, beside)
    return _several(places, base, beside)


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

        wanted = _is_description if one.name.endswith(SUFFIX) else is_shard
        hits = [hit for hit in matching(one) if wanted(hit.name)]
        if not hits:
            raise DatasetNotFound(f"no shard matches {one}")
        found.extend(hits)
    return found


def _one(place: RemotePlace, beside: _Beside) -> list[Located]:
    """A description, a shard, the dataset whose stem an address has, or a folder."""
    if place.name.endswith(SUFFIX) or is_version(_path(place)):
        return beside.described(place)
    if place.scheme == "s3" and not is_shard(place.name):
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
    try:
        split: str | None = split_in_name(place.name) or DEFAULT
    except SplitError:
        split = None  # its name does not matter, as long as nobody asks for a split
    return [Located(ShardFile(place), split, None, place)]


def _several(places: Sequence[RemotePlace], base: str, beside: _Beside) -> list[Located]:
    """Shards in their order; what their paths say from a folder on tells their splits."""
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
    found: list[Located | RemotePlace] = []
    for place, few in zip(places, stems, strict=True):
        listed = beside.entry(place, few)
        found.append(place if listed is None else with_folder(listed, _relative(place, base)))
    bare = [item for item in found if isinstance(item, RemotePlace)]
    splits = iter(splits_of([_relative(place, base) for place in bare]))
    return [
        (
            Located(ShardFile(item), next(splits), None, item)
            if isinstance(item, RemotePlace)
            else item
        )
        for item in found
    ]


def _described(places: Sequence[RemotePlace], base: str, beside: _Beside) -> list[Located]:
    at_once(beside.read, places)
    return named_apart(
        [(_relative(place, base), beside.described(place)) for place in places], places[0]
    )


def _in_folder(place: RemotePlace, beside: _Beside) -> list[Located]:
    """The descriptions of a folder; where it has none, the shards and described datasets in it and below it."""
    from atdata.shards.sources.s3_listing import list_folder, matching

    folder = place if place.address.endswith("/") else place.at(f"{place.address}/")
    base = _path(folder)
    found = list_folder(folder)
    version = folder.with_name(VERSION_FILE)
    if VERSION_FILE in found.files and is_version(_path(version)):
        return beside.described(version)
    own = [name for name in found.files if _is_description(name)]
    if own:
        return _described([folder.with_name(name) for name in own], base, beside)
    if MARKER in found.files or {DATASETS, SHARDS} <= set(found.folders):
        raise LoadError(
            f"{folder} is the root of a store, which holds many datasets; "
            "load one by its name, or by its folder below datasets/"
        )
    below = [one for one in matching(folder.at(f"{folder.address}**/*")) if _is_visible(one, base)]
    descriptions = [one for one in below if _is_description(one.name)]
    listed = _described(descriptions, base, beside) if descriptions else []
    owned = {item.file.place for item in listed}
    bare = [one for one in below if is_shard(one.name) and one not in owned]
    if not listed and not bare:
        inside = ", ".join(found.folders[:_LISTED])
        hint = f"; it has the folders {inside}" if inside else ""
        raise DatasetNotFound(
            f"{folder} holds neither *{SUFFIX} nor *.tar, nor does a folder in it{hint}"
        )
    return [*listed, *_several(bare, base, beside)]


def _is_visible(place: RemotePlace, base: str) -> bool:
    """Whether a file is in no folder that is named `__like_this__`."""
    folders = _relative(place, base).split("/")[:-1]
    return not any(folder.startswith("__") for folder in folders)


def _is_description(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith(".")


def _beside(place: RemotePlace, file: str) -> RemotePlace:
    """Where a shard lies that a description lists: beside it, or in the store of which it says a version."""
    if not is_version(_path(place)):
        return place.with_name(file)
    address, mark, query = (
        place.address.partition("?") if place.scheme != "s3" else (place.address, "", "")
    )
    root = address.rsplit("/", 4)[0]
    return place.at(f"{root}/{SHARDS}/{quote(file, safe='')}{mark}{query}")


def _path(place: RemotePlace) -> str:
    """The path of an address, without what encodes it."""
    if place.scheme == "s3":
        return place.bucket_and_key[1]
    return unquote(urlsplit(place.address).path)


def _relative(place: RemotePlace, base: str) -> str:
    return _path(place).removeprefix(base)


def _check_shard(place: RemotePlace) -> None:
    if not is_shard(place.name):
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
            Located(ShardFile(_beside(place, entry.file), entry), split, description.schema, place)
            for split, entries in shards_of(description, place.url).items()
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
