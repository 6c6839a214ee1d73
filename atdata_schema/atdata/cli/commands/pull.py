"""`atdata pull`: a dataset of the network as local files, or as a dataset of an Index."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata.atmosphere.reading.pulling import pull_into
from atdata.atmosphere.reading.terms import LOCK
from atdata.cli.catalogue import index_of
from atdata.cli.figures import counted, size_text
from atdata.cli.misuse import Misuse
from atdata.cli.output import on_terminal, print_json, print_lines, print_rows, progress_wanted
from atdata.cli.published_sections import title_of
from atdata.cli.visible import lines_of, visible
from atdata.errors import CatalogError, NameRefused
from atdata.home import home
from atdata.network_options import NetworkOptions, is_published, resolve
from atdata.progress import counted_bytes
from atdata.shards.cache_folder import named

if TYPE_CHECKING:
    from atdata.atmosphere.reading.published import Published

__all__ = ["run"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_INDEX: Final = "@"


def run(
    said: str, to: str | None, index: str | None, as_json: bool, network: NetworkOptions
) -> int:
    """Bring a dataset here, and pin it in the lock."""
    if not is_published(said):
        raise Misuse(f"{said!r} is no dataset of the network: those are @handle/name and at://…")
    # What is pulled is pinned, whether there is a lock already or not.
    lock = LOCK if network.lock is None else network.lock
    options = NetworkOptions(
        network.trust, network.locked, lock, network.offline, network.atmosphere
    )
    found = resolve(said, None, options)
    in_index = to is None or to.startswith(_INDEX)
    place = _into_index(found, to or index) if in_index else _into(found, Path(str(to)))
    if as_json:
        print_json(
            {
                "target": found.reference,
                "uri": found.entry.uri,
                "cid": found.entry.cid,
                "place": place,
            }
        )
    elif on_terminal():
        count = sum(map(len, found.splits.values()))
        print_lines(f"{title_of(found)}: {counted(count, 'shard')}, {_size(found)}, in {place}")
        print_lines(f"pinned in {lock}")
    else:
        print_rows([[found.reference, found.entry.uri, found.entry.cid, place]])
    return 0


def _bytes(found: Published) -> int | None:
    sizes = [
        None if file.entry is None else file.entry.bytes
        for files in found.splits.values()
        for file in files
    ]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _size(found: Published) -> str:
    size = _bytes(found)
    return "of a size that its record does not tell" if size is None else size_text(size)


def _into(found: Published, folder: Path) -> str:
    with counted_bytes(_bytes(found), found.reference, progress_wanted()) as count:
        pull_into(found, folder.expanduser(), count)
    return str(folder)


def _into_index(found: Published, index: str | None) -> str:
    """Bring a dataset into an Index, by way of a folder that stays for the next try where it breaks off."""
    catalogue = index_of(None if index == "@local" else index)
    name, version = _checked(found.dataset.name), found.dataset.version
    known = catalogue.history(name) if name in catalogue.datasets() else []
    there = [item for item in known if _uri(item.metadata) == found.entry.uri]
    if there:
        return f"{name}@{there[0].version} of {catalogue.url}"
    folder = home() / "atmosphere" / "pulls" / named(found.entry.uri, found.entry.cid)[:32]
    with counted_bytes(_bytes(found), found.reference, progress_wanted()) as count:
        data = pull_into(found, folder, count)
    source = {
        "uri": found.entry.uri,
        "cid": found.entry.cid,
        "did": found.identity.did,
        "handle": found.identity.handle,
    }
    try:
        entry = catalogue.add(
            data,
            name=name,
            version=version,
            # An Index takes no characters that a terminal would obey.
            description="\n".join(lines_of(found.dataset.description)) or None,
            license=visible(found.dataset.license) or None,
            tags=[visible(tag) for tag in found.dataset.tags],
            metadata={**found.dataset.metadata, "source": source},
            copy=True,
        )
    except CatalogError as error:
        raise type(error)(f"{error}; or bring it into a folder with --to") from None
    shutil.rmtree(folder, ignore_errors=True)
    return f"{entry.name}@{entry.version} of {catalogue.url}"


def _uri(metadata: Any) -> object:
    source = metadata.get("source") if isinstance(metadata, dict) else None
    return source.get("uri") if isinstance(source, dict) else None


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) and ".." not in name:
        return name
    raise NameRefused(
        f"{name[:60]!r} cannot be the name of a dataset in an Index: bring it into a folder with --to FOLDER"
    )
