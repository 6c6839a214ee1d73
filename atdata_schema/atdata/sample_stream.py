"""Samples to be written, as they come in: the first of them says what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

from atdata.errors import WriteError
from atdata.sample_type import schema_of
from atdata.shards.columnar.chunk import is_flat
from atdata_schema.fields.fieldset import Fields
from atdata_schema.schema import Schema

__all__ = ["has_flat_rows", "opened", "schema_to_write"]

S = TypeVar("S")


def opened(samples: Iterable[S]) -> tuple[S, Iterator[S]]:
    """The first sample, and an iterator that gives it again.

    Raises:
        WriteError: there are none, or what is given cannot be gone through.
    """
    try:
        iterator = iter(samples)
    except TypeError:
        raise WriteError(
            f"samples is a {type(samples).__name__}: give a list, a generator or a dataset of samples"
        ) from None
    for first in iterator:
        return first, chain((first,), iterator)
    raise WriteError("there are no samples to write; a dataset has at least one")


def schema_to_write(sample: object) -> Schema:
    """The schema that samples like the first one are written with.

    Raises:
        WriteError: it is of no sample class.
    """
    cls = type(sample)
    schema = schema_of(cls)
    if schema is not None:
        return schema
    if callable(getattr(cls, "decode", None)):
        raise WriteError(
            f"sample 0 is a {cls.__name__}, which has no schema to write: give samples of a typed class, "
            "such as those of ds.as_type(YourClass)"
        )
    raise WriteError(
        f"sample 0 is a {cls.__name__}, which is no sample type: put @atdata.packable above the class, "
        "or compile a lexicon"
    )


def has_flat_rows(cls: type[Any]) -> bool:
    """Whether no field of a class holds others, so that its rows differ in lengths alone."""
    fields = getattr(cls, "FIELDS", None)
    return isinstance(fields, Fields) and is_flat(fields)
