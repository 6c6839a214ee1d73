"""The key and the extension in a member's name, as WebDataset has them.

>>> key_and_extension("a.b/0001.left.JPG"), key_and_extension("README")
(('a.b/0001', 'left.jpg'), None)
"""

from __future__ import annotations

import re
from typing import Final

from atdata.shards.keys import LONGEST_READ
from atdata.shards.tar import TarFault

__all__ = ["key_and_extension"]

_NOTES: Final = re.compile(r"__[^/]*__/")


def key_and_extension(name: str) -> tuple[str, str] | None:
    """What a name says; `None` for a file that belongs to no sample.

    The key is the path up to the first dot of the file's own name; what follows that dot, in small letters, is
    the extension. Files without one, hidden files and those in a folder named `__like_this__` belong to no
    sample.

    Raises:
        TarFault: the key is longer than a key may be.
    """
    folder, slash, own = name.removeprefix("./").rpartition("/")
    stem, _, extension = own.partition(".")
    if not stem or not extension or (slash and _NOTES.match(folder + slash)):
        return None
    key = f"{folder}{slash}{stem}"
    if len(key) > LONGEST_READ // 4 and len(key.encode()) > LONGEST_READ:
        raise TarFault(f"the key {key[:100]!r}... has more than {LONGEST_READ} bytes", name)
    return key, extension.lower()
