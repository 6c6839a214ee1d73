"""What is sent: exactly the bytes that were announced, some at a time."""

from __future__ import annotations

from typing import IO

from atdata.shards.sources.network import Refused

__all__ = ["Part"]


class Part:
    """So many bytes of a file, from where it stands.

    Args:
        file: the file.
        size: how many bytes of it.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end.

        Raises:
            Refused: the file ends before, or cannot be read: the server would wait for the rest.
        """
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        try:
            data = self._file.read(wanted)
        except OSError as error:
            raise Refused(f"what is uploaded cannot be read: {error.strerror or error}") from None
        if not data:
            raise Refused("what is uploaded ended before its size")
        self._left -= len(data)
        return data
