"""Dtypes and dimensions of arrays: whether every shape that one type allows fits another.

The names of dimensions tie sizes: within one array, and between the arrays of one object. So arrays that
share names are looked at together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from atdata_schema.compare.change import Category, Change, one_way, was_and_is
from atdata_schema.compare.constants import strict
from atdata_schema.model import ArrayType, Dim

__all__ = ["Shape", "array_changes", "untied"]

T = TypeVar("T")
Shape: TypeAlias = tuple[Dim, ...] | None
"""The dimensions of an array; `None` for any."""
_FREE: Final = ("*", "...")


@dataclass(frozen=True, slots=True)
class _Place:
    """A dimension with a name, as the reader has it, and what the writer says of its size.

    Attributes:
        name: the reader's name.
        size: a size or a name of the writer's; `None` where the writer says nothing.
    """

    name: str
    size: Dim | None


def array_changes(old: ArrayType, new: ArrayType) -> Iterator[Change]:
    """What differs in two array types, names that other arrays share apart."""
    if old.dtype != new.dtype:
        text = was_and_is("dtype", old.dtype, new.dtype)
        yield one_way("dtype-changed", text, old.dtype, new.dtype, _other_dtype)
    if old.finite != new.finite:
        text = was_and_is("finite", old.finite or None, new.finite or None)
        yield one_way("finite-changed", text, old, new, _not_finite)
    if old.shape == new.shape:
        return
    text = f"{_shown(old)} is now {_shown(new)}"
    change = one_way("shape-changed", text, old.shape, new.shape, _other_shape)
    renamed = change.new is None and change.old is None
    yield Change("dims-renamed", text) if renamed else change


def untied(arrays: Iterable[tuple[T, Shape, Shape]]) -> list[tuple[str, T, T]]:
    """Sizes that a reader ties together by a name, and that a writer does not.

    Args:
        arrays: the arrays of one object: what the caller calls each, its shape as the writer has it, and as
            the reader has it.

    Returns:
        The reader's name of the size, the array that has it first, and the one that may differ.
    """
    first: dict[str, tuple[T, Dim | None]] = {}
    found: list[tuple[str, T, T]] = []
    for array, writer, reader in arrays:
        for name, size in {
            place.name: place.size for place in _places(writer, reader) or ()
        }.items():
            other, known = first.setdefault(name, (array, size))
            if other is not array and not _equal(known, size):
                found.append((name, other, array))
    return found


def _shown(kind: ArrayType) -> str:
    return "any shape" if kind.shape is None else f"[{', '.join(map(str, kind.shape))}]"


def _other_dtype(writer: str, reader: str) -> Category | None:
    return None if reader in ("*", writer) else "wire"


def _not_finite(writer: ArrayType, reader: ArrayType) -> Category | None:
    infinite = writer.dtype == "*" or writer.dtype.startswith(("float", "complex"))
    return strict(reader.finite and not writer.finite and infinite)


def _other_shape(writer: Shape, reader: Shape) -> Category | None:
    places = _places(writer, reader)
    return "wire" if places is None or _torn(places) is not None else None


def _places(writer: Shape, reader: Shape) -> list[_Place] | None:
    """The named dimensions of the reader; `None` where a shape of the writer does not fit it by rank or size."""
    if reader is None:
        return []
    pairs = _aligned(("...",) if writer is None else writer, reader)
    if pairs is None:
        return None
    places: list[_Place] = []
    for size, dim in pairs:
        if isinstance(dim, int):
            if size != dim:
                return None
        elif dim not in _FREE:
            places.append(_Place(dim, None if size in _FREE else size))
    return places


def _aligned(
    writer: tuple[Dim, ...], reader: tuple[Dim, ...]
) -> list[tuple[Dim | None, Dim]] | None:
    """Each dimension of the reader with what the writer says of it; `None` where a rank does not fit."""
    if "..." not in reader:
        fits = "..." not in writer and len(writer) == len(reader)
        return list(zip(writer, reader, strict=True)) if fits else None
    at = reader.index("...")
    front, back = reader[:at], reader[at + 1 :]
    if "..." not in writer:
        if len(writer) < len(front) + len(back):
            return None
        head, tail = writer[: len(front)], writer[len(writer) - len(back) :]
        return [*zip(head, front, strict=True), *zip(tail, back, strict=True)]
    if len(writer) - 1 < len(front) + len(back):
        return None
    split = writer.index("...")
    head_says = _padded(writer[:split], len(front))
    tail_says = _padded(writer[split + 1 :][::-1], len(back))[::-1]
    return [*zip(head_says, front, strict=True), *zip(tail_says, back, strict=True)]


def _padded(dims: Sequence[Dim], count: int) -> list[Dim | None]:
    """The first dimensions; beyond them the writer's `"..."` may stand, which says nothing."""
    return [*dims[:count], *[None] * (count - len(dims))]


def _torn(places: Sequence[_Place]) -> str | None:
    """A name that the reader uses twice in an array and for which the writer may have two sizes."""
    sizes: dict[str, Dim | None] = {}
    for place in places:
        if place.name in sizes and not _equal(sizes[place.name], place.size):
            return place.name
        sizes.setdefault(place.name, place.size)
    return None


def _equal(first: Dim | None, second: Dim | None) -> bool:
    """Whether the writer says that two sizes are equal."""
    return first is not None and first == second
