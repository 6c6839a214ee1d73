"""Batches as tensors that share the memory of their arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from atdata_schema.batch import Batch, NoSuchColumn, codecs_of
from atdata_schema.fields.array import ArrayField
from atdata_schema.fields.numbers import Boolean, Float32, Float64, Integer
from atdata_schema.fields.presence import bare

__all__ = ["size_of", "tensors"]

_NUMBERS = (Integer, Float32, Float64, Boolean)


def tensors(batch: Batch) -> dict[str, Any]:
    """The columns of a batch by attribute: numbers and arrays as tensors, everything else as lists.

    Arrays of different shapes are a list of tensors, with `None` where one is missing. A number that may be missing
    has a second tensor, `<name>.valid`, which is false where it is.
    """
    codecs = codecs_of(batch)
    found: dict[str, Any] = {}
    for name, attribute in zip(codecs.names, codecs.attributes, strict=True):
        field = codecs[name]
        numbers = _numbers(batch, name) if isinstance(bare(field), _NUMBERS) else None
        if numbers is not None:
            found[attribute] = tensor(numbers)
            if bare(field) is not field:
                found[f"{attribute}.valid"] = torch.from_numpy(batch.valid(name))
            continue
        column = batch.column(name)
        if isinstance(column, np.ndarray):
            found[attribute] = tensor(column)
        elif isinstance(bare(field), ArrayField):
            found[attribute] = [None if each is None else tensor(each) for each in column]
        else:
            found[attribute] = column
    return found


def size_of(item: dict[str, Any]) -> int:
    """How many samples a batch of tensors has."""
    return len(next(iter(item.values()), ()))


def tensor(array: NDArray[Any]) -> torch.Tensor:
    """An array as a tensor: the same memory, but for what torch cannot hold or may not write to."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not array.flags.writeable or min(array.strides, default=0) < 0:
        array = array.copy()
    return torch.from_numpy(array)


def _numbers(batch: Batch, name: str) -> NDArray[Any] | None:
    try:
        return batch.array(name)
    except NoSuchColumn:  # members of an enumeration that are no numbers
        return None
