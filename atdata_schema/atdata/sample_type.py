"""What the runtime asks of a sample class, wherever it comes from.

Compiled classes, `@packable` classes, classes built from a stored schema and `DictSample` all have these
members at run time. To a type checker a `@packable` class is the class its author wrote, so the runtime
checks once and casts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

from atdata.errors import LoadError
from atdata_schema.schema import Schema

__all__ = ["SampleType", "fields_of", "sample_type_of", "schema_of"]

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class SampleType(Protocol[S_co]):
    """A sample class, seen as the object that makes samples and batches."""

    @property
    def __name__(self) -> str: ...

    def decode(self, data: Any, /) -> S_co:
        """The sample in a payload: bytes, or the members of a sample of other writers."""
        ...

    def collate(self, samples: Sequence[Any], keys: Sequence[str], /) -> Any:
        """The batch of some samples."""
        ...


def sample_type_of(cls: type[S]) -> SampleType[S]:
    """A class as the runtime uses it.

    Raises:
        LoadError: it is no sample class.
    """
    given: object = cls
    members = ("encode", "decode", "collate")
    if not isinstance(given, type) or not all(
        callable(getattr(cls, name, None)) for name in members
    ):
        shown = getattr(given, "__name__", repr(given))
        raise LoadError(
            f"{shown} is no sample type: put @atdata.packable above the class, or compile a lexicon"
        )
    return cast("SampleType[S]", cls)


def fields_of(cls: object) -> frozenset[str]:
    """The names of the fields that a sample class declares; none, where it has none, as `DictSample`."""
    return frozenset(getattr(cls, "FIELDS", ()))


def schema_of(cls: object) -> Schema | None:
    """The schema of a sample class; `None` where it has none, as `DictSample`."""
    schema = getattr(cls, "SCHEMA", None)
    return schema if isinstance(schema, Schema) else None
