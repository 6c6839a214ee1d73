"""A piece of a shard as a file to be sent: read where it lies, never copied."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

from atdata.atmosphere.publishing.cutting import Piece
from atdata.shards.tar import END

__all__ = ["PieceFile"]


class PieceFile(io.RawIOBase):
    """The bytes of a piece.

    Args:
        path: the shard.
        piece: the piece.
        sent: called with numbers of bytes as they are read; with negative ones where it is read again.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "data.tar"
    ...     _ = path.write_bytes(b"0123456789")
    ...     with PieceFile(path, Piece(2, 5, 0, 1, ended=False)) as file:
    ...         data = file.read()
    >>> data[:3], len(data) - 3
    (b'234', 1024)
    """

    def __init__(
        self, path: Path, piece: Piece, sent: Callable[[int], None] = lambda count: None
    ) -> None:
        super().__init__()
        self._piece = piece
        self._sent = sent
        self._at = 0
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def seekable(self) -> bool:
        """Whether it can be begun anew: it can."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._piece.bytes}[whence]
        at = min(max(base + offset, 0), self._piece.bytes)
        if at != self._at:
            self._sent(at - self._at)
        self._at = at
        return at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # any buffer, as io has it
        """Read some of what follows."""
        view = memoryview(buffer).cast("B")
        left = self._piece.end - self._piece.begin - self._at
        if left > 0:
            data = os.pread(self._descriptor, min(len(view), left), self._piece.begin + self._at)
            if not data:
                raise OSError("the shard was cut short while it was sent")
        elif self._piece.ended:
            data = b""
        else:
            data = END[-left:][: len(view)]
        view[: len(data)] = data
        self._at += len(data)
        if data:
            self._sent(len(data))
        return len(data)

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
        super().close()
