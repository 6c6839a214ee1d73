"""The sources and the indexes of shards, found when they are asked for, and kept."""

from __future__ import annotations

from collections.abc import Sequence

from atdata.errors import ShardError
from atdata.shards.fetched.following import Following
from atdata.shards.fetched.indexing import following, kept_index, known_index
from atdata.shards.fetched.opening import opened_source
from atdata.shards.forward import is_packed
from atdata.shards.grouped.reader import grouped_index
from atdata.shards.index.blocks import Verify
from atdata.shards.index.cache import elsewhere_path
from atdata.shards.index.file import SUFFIX
from atdata.shards.indexing import found_index
from atdata.shards.kept.growing import Growing
from atdata.shards.kept.keeping import Keeping
from atdata.shards.reader import ShardFile, ShardIndex, index_of
from atdata.shards.sources.hosted_blob import HostedBlob
from atdata.shards.sources.source import Source
from atdata.shards.sources.together import at_once

__all__ = ["Shelf"]


class Shelf:
    """What is known of some shards.

    Args:
        files: the shards, in order.
        verify: whether contents are held against digests.

    Attributes:
        keeping: what keeps the shards on disk, where they are to be kept.
    """

    def __init__(self, files: Sequence[ShardFile], verify: Verify) -> None:
        self.files = tuple(files)
        self.verify: Verify = verify
        self.keeping: Keeping | None = None
        self._sources: dict[int, Source] = {}
        self._indexes: dict[int, ShardIndex] = {}
        self._without = set[int]()

    def source(self, place: int) -> Source:
        """The bytes of a shard: one source for all readings, so that all of them are of one state of the file."""
        found = self._sources.get(place)
        if found is None:
            made = opened_source(self.files[place], self.verify, lambda: self.known(place))
            found = self._sources.setdefault(place, made)
        return found

    def index(self, place: int) -> ShardIndex:
        """Where the samples of a shard lie; a plain one elsewhere is read once for it where it has no index.

        Raises:
            ShardError: the shard is damaged, refused, or not the one that its dataset.json describes; `readable`
                is the index of the samples before the fault, where it is a local one.
            DatasetNotFound: there is no such file.
            SourceError: it lies elsewhere and cannot be read.
        """
        found = self._indexes.get(place) or self.known(place)
        if found is None:
            file, source = self.files[place], self.source(place)
            if not is_packed(file.place):
                found = self._scanned(place)
            else:
                found = (grouped_index if file.grouped else index_of)(file, source)
            self._indexes[place] = found
        return found

    def known(self, place: int) -> ShardIndex | None:
        """The same, if it can be had without reading a shard that lies elsewhere."""
        file = self.files[place]
        if place in self._indexes or place in self._without:
            return self._indexes.get(place)
        if file.is_local:
            self._indexes[place] = found_index(file)
        elif not is_packed(file.place):
            found = known_index(file, self.source(place), self.verify)
            if found is not None:
                self._indexes[place] = found
        if place not in self._indexes:
            self._without.add(place)
        return self._indexes.get(place)

    def _scanned(self, place: int) -> ShardIndex:
        """The index of a shard made from its bytes, and kept in the cache folder."""
        source = self.source(place)
        source.hold()
        found = self.following(place)
        found.members()
        return kept_index(self.files[place], source, found)

    def _growing(self, place: int) -> Growing | None:
        """What keeps a shard on disk that is read from its beginning. Blobs that come as a whole have a folder of their own."""
        file, keeping = self.files[place], self.keeping
        if keeping is None or file.is_local or isinstance(file.place, HostedBlob):
            return None
        return keeping.growing()

    def are_there(self) -> bool:
        """Whether every local shard still is."""
        return all(file.path.exists() for file in self.files if file.is_local)

    def find_all(self) -> None:
        """Find every index; those of shards elsewhere many at a time.

        Raises:
            ShardError, DatasetNotFound, SourceError: as `index`.
        """
        places = range(len(self.files))
        elsewhere = [place for place in places if not self.files[place].is_local]
        at_once(self.index, [place for place in elsewhere if place not in self._indexes])

    def following(self, place: int) -> Following:
        """A reading of a plain shard elsewhere from its beginning, of which `keep` makes its index."""
        file, source = self.files[place], self.source(place)
        return following(file, source, self.verify, self._growing(place))

    def keep(self, place: int, found: Following) -> None:
        """Keep what a reading that came to its end found out."""
        self._indexes[place] = kept_index(self.files[place], self.source(place), found)

    def belied(self, place: int) -> ShardError:
        """The error of a shard whose index file says what is not so; another one is made and kept."""
        file, source = self.files[place], self.source(place)
        made = self._scanned(place)
        said = f"the index file beside it ({file.place.name}{SUFFIX}) does not agree with it"
        if elsewhere_path(source.url, made.bytes, source.version()) is None:
            return ShardError(
                f"{said}: have it removed, or made anew where the shard is written", str(file.place)
            )
        return ShardError(
            f"{said}; another one was made, which is used from now on: load the dataset again",
            str(file.place),
        )
