"""Where in a record something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from atdata.errors import AtdataError, ValidationError
from atdata_schema.errors import JsonSchemaError

__all__ = ["at"]


@contextmanager
def at(*steps: str | int) -> Iterator[None]:
    """Let every refusal inside say that it is about what stands at these steps.

    Raises:
        ValidationError: something was refused; a `JsonSchemaError` stays one.

    >>> with at("storage", "shards", 3):
    ...     raise ValidationError("missing", ["url"])
    Traceback (most recent call last):
        ...
    atdata_schema.errors.ValidationError: storage.shards[3].url: missing
    """
    try:
        yield
    except (ValidationError, JsonSchemaError) as error:
        error.inside(*steps)
        raise
    except AtdataError as error:
        raise ValidationError(str(error), steps) from None
