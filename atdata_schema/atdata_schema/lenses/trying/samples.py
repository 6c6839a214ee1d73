"""Samples at the boundaries of a lens: of its source, and changed views of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from atdata_schema.errors import AtdataError
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.program.clauses import Bind
from atdata_schema.lenses.steps.body import Joint
from atdata_schema.lenses.steps.equality import attribute_of, names_of, same
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.steps.objects import made_as
from atdata_schema.lenses.trying.values import boundary_values, filled, object_values
from atdata_schema.lenses.types.lens_types import Nd, bare
from atdata_schema.lenses.types.of_model import field_type
from atdata_schema.lenses.types.sizes import Size

__all__ = ["boundary_samples", "changed_views", "named_values", "sizes_of", "with_value"]

_LARGEST: Final = 1024
_TRIED: Final = 64


def named_values(lens: Lens[Any, Any]) -> tuple[Any, ...]:
    """The numbers and texts that the clauses of a lens name: keys of maps, defaults, separators, factors."""
    from atdata_schema.lenses.record import core_of

    found = dict.fromkeys(_in_record(core_of(lens.program)["clauses"]))
    return tuple(found)


def _in_record(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key in ("s", "i", "separator", "prefix", "suffix"):
                yield part
            elif key == "n":
                yield from _number(part)
            elif key not in ("$type", "src", "dst", "path"):
                yield from _in_record(part)
    elif isinstance(value, list):
        for part in value:
            yield from _in_record(part)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def _number(text: str) -> Iterator[float]:
    from fractions import Fraction

    try:
        yield float(Fraction(text))
    except (ValueError, OverflowError, ZeroDivisionError):
        yield float(text) if text in ("nan", "inf", "-inf") else 0.0


def sizes_of(lens: Lens[Any, Any], *, viewed: bool = True) -> list[dict[str, int]]:
    """Sizes of the source's named dimensions with which a sample may have a view: small ones, and those the lens names.

    Args:
        lens: the lens.
        viewed: only those with which a sample has a view, where there are such; else all, small ones first.
    """
    symbols = sorted(_symbols(lens))
    numbers = {n for n in named_values(lens) if isinstance(n, int) and 0 < n <= _LARGEST}
    wanted = sorted({1, 2, 3, *numbers, *(n + 1 for n in numbers)})
    equal = [dict.fromkeys(symbols, size) for size in (2, *wanted)]
    mixed = [dict(zip(symbols, sizes, strict=True)) for sizes in _mixed(wanted, len(symbols))]
    tried = [*equal, *mixed, dict.fromkeys(symbols, 0)]
    distinct = list({tuple(sorted(each.items())): each for each in tried}.values())[:_TRIED]
    if not viewed:
        return sorted(distinct, key=lambda sizes: sum(sizes.values()))
    good = [sizes for sizes in distinct if _has_view(lens, sizes)]
    return good or distinct


def _mixed(wanted: list[int], count: int) -> Iterator[tuple[int, ...]]:
    if count < 2:
        return
    yield tuple(range(2, 2 + count))
    yield from itertools.islice(itertools.product(wanted, repeat=count), 256)


def _symbols(lens: Lens[Any, Any]) -> set[str]:
    """The names of dimensions of the source itself, as sizes have them."""
    home = lens.body.source
    found: set[str] = set()
    for field in home.item.fields:
        kind = bare(field_type(field, home.home, (field.name,)))
        if isinstance(kind, Nd):
            found |= {
                name for size in kind.shape if isinstance(size, Size) for name in size.symbols
            }
    return found


def _has_view(lens: Lens[Any, Any], sizes: Mapping[str, int]) -> bool:
    for sample in object_values(lens.body.source, sizes, named_values(lens))[:4]:
        try:
            lens.get(sample)
        except AtdataError:
            continue
        return True
    return False


def boundary_samples(lens: Lens[Any, Any], most: int = 64, *, viewed: bool = True) -> list[Any]:
    """Samples of the source that hold each boundary value of each field; of its class where it has one.

    There are none where a field can hold only what is not known here, such as a blob.

    Args:
        lens: the lens.
        most: how many.
        viewed: whether sizes are such that samples have views.
    """
    named = named_values(lens)
    found: list[Any] = []
    for number, sizes in enumerate(sizes_of(lens, viewed=viewed)[:6]):
        samples = object_values(lens.body.source, sizes, named)
        found += samples if number == 0 else samples[:4]
    return [made_as(lens.source_class, sample) for sample in found[:most]]


def changed_views(
    lens: Lens[Any, Any], view: Any, joint: Joint | None = None, others: Sequence[Any] = ()
) -> Iterator[Any]:
    """A view with other values in the fields that can be changed, one field at a time and all at once.

    Args:
        lens: the lens.
        view: the view.
        joint: the clause whose fields are changed; without it, those of all.
        others: views of other samples, whose values can be put, most likely.
    """
    named = named_values(lens)
    joints = [each for each in lens.clauses if isinstance(each.clause, Bind)]
    leaves = [leaf for each in joints if joint in (None, each) for leaf in each.dst]
    columns = [
        [*_of_others(leaf, leaf.read(view), others), *_values(leaf, leaf.read(view), named)]
        for leaf in leaves
    ]
    for leaf, values in zip(leaves, columns, strict=True):
        for value in values:
            yield with_value(view, leaf, value, lens.view_class)
    if len(leaves) > 1:
        for turn in range(max(map(len, columns), default=0)):
            made = view
            for leaf, values in zip(leaves, columns, strict=True):
                if values:
                    made = with_value(made, leaf, values[turn % len(values)], lens.view_class)
            yield made


def _of_others(leaf: Leaf, present: Any, others: Sequence[Any]) -> Iterator[Any]:
    """What other views hold there, each once, arrays of the same shape only."""
    seen = [present]
    for other in others:
        value = leaf.read(other)
        fits = not isinstance(present, np.ndarray) or value.shape == present.shape
        if fits and not any(same(value, each) for each in seen):
            seen.append(value)
            yield value


def _values(leaf: Leaf, present: Any, named: tuple[Any, ...]) -> Iterator[Any]:
    kind = bare(leaf.type)
    if isinstance(kind, Nd) and not kind.scalar:
        if isinstance(present, np.ndarray):
            yield from filled(kind, present.shape, named)
        return
    yield from boundary_values(leaf.type, {}, named)


def with_value(holder: Any, leaf: Leaf, value: Any, cls: type[Any] | None = None) -> Any:
    """An object with another value in one field; of a class, where one is given."""
    return made_as(cls, _with(holder, leaf.path, value))


def _with(holder: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    made = {name: attribute_of(holder, name) for name in names_of(holder)} if holder else {}
    first, *rest = path
    if rest:
        made[first] = _with(made.get(first) or {}, tuple(rest), value)
    elif value is None:
        made.pop(first, None)
    else:
        made[first] = value
    return made
