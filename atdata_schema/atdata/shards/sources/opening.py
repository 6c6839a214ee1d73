"""A place becomes a source."""

from __future__ import annotations

from pathlib import Path

from atdata.shards.sources.file import FileSource
from atdata.shards.sources.place import Place
from atdata.shards.sources.source import Source

__all__ = ["open_source"]


def open_source(place: Place) -> Source:
    """The source for a place. Nothing is requested until bytes are.

    Raises:
        MissingExtra: boto3 is not installed, which S3 needs; when bytes are requested.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "words.txt"
    ...     _ = path.write_bytes(b"one two three")
    ...     source = open_source(path)
    ...     source.size(), source.read(4, 3), source.read_many([(8, 5), (0, 3)])
    (13, b'two', [b'three', b'one'])
    """
    if isinstance(place, Path):
        return FileSource(place)
    # Imported where they are needed: most datasets are local.
    if place.scheme == "s3":
        from atdata.shards.sources.s3 import S3Source

        return S3Source(place)
    from atdata.shards.sources.https import HttpsSource

    return HttpsSource(place)
