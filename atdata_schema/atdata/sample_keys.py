"""The keys of the samples that are written: counted, or taken from the samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from atdata.errors import WriteError
from atdata.shards.keys import check_key, counter

__all__ = ["Keys"]


class Keys:
    """Keys of samples in the order of writing.

    Args:
        source: the name of a field, a function of the sample, or `None` to count.
        cls: the class of the samples.

    Raises:
        WriteError: the class has no such field.
    """

    def __init__(self, source: str | Callable[[Any], object] | None, cls: type[Any]) -> None:
        self._get = _getter(source, cls)
        # Sixteen bytes a key, however long it is; two keys that share them do not occur.
        self._seen: set[bytes] = set()

    @property
    def are_counted(self) -> bool:
        """Whether keys are the samples' numbers, so that there is nothing to make and to remember."""
        return self._get is None

    def make(self, number: int, sample: Any) -> str:
        """The key of a sample.

        Raises:
            WriteError: the sample gives none that may be written, or one that stands already.
        """
        if self._get is None:
            return counter(number)
        try:
            key = check_key(_text(self._get(sample)))
        except WriteError as error:
            raise WriteError(f"sample {number}: {error}") from None
        digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
        if digest in self._seen:
            raise WriteError(
                f"sample {number}: the key {key!r} stands already; keys name one sample each"
            )
        self._seen.add(digest)
        return key


def _getter(
    source: str | Callable[[Any], object] | None, cls: type[Any]
) -> Callable[[Any], object] | None:
    if not isinstance(source, str):
        return source
    names = dict(zip(cls.FIELDS.names, cls.FIELDS.attributes, strict=True))
    if source not in names:
        raise WriteError(
            f"key={source!r}: {cls.__name__} has no such field; it has {', '.join(names)}"
        )
    attribute = names[source]
    return lambda sample: getattr(sample, attribute)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise WriteError(f"the key is a {type(value).__name__}: keys are made of texts and integers")
