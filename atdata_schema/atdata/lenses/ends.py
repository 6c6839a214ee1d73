"""The classes between which a function leads, by its annotations."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from atdata.errors import LoadError
from atdata.sample_type import sample_type_of
from atdata.samples.annotations import Scope
from atdata_schema.errors import LensError

__all__ = ["Ends", "ends_of", "parameters_of", "shown"]


@dataclass(frozen=True, slots=True)
class Ends:
    """The classes at both ends of a lens.

    Attributes:
        source: that of the samples that are looked at.
        view: that of the samples that are seen.
    """

    source: type[Any]
    view: type[Any]


def parameters_of(fn: Callable[..., Any], wanted: Sequence[str], what: str) -> list[str]:
    """The names of a function's parameters.

    Args:
        fn: the function.
        wanted: what it takes, for messages.
        what: which function it is, for messages.

    Raises:
        LensError: it takes more or less.
    """
    if not callable(fn):
        raise LensError(f"{what} is a {type(fn).__name__}: give a function")
    try:
        found = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        raise LensError(f"{what} {shown(fn)} has no signature: give a function of Python") from None
    plain = [
        item for item in found if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)
    ]
    needed = [item for item in found if item.default is item.empty and item not in plain]
    if len(plain) != len(wanted) or needed:
        takes = ", ".join(str(item) for item in found) or "nothing"
        raise LensError(
            f"{what} {shown(fn)} takes ({takes}): it has to take {' and '.join(wanted)}, "
            f"as in def {_plain(fn)}({', '.join(wanted)})"
        )
    return [item.name for item in plain]


def ends_of(fn: Callable[..., Any], scope: Scope) -> Ends | None:
    """The classes that the annotations of a getter name; `None` where a name does not exist yet.

    Args:
        fn: the getter, of one parameter.
        scope: the names where it was decorated.

    Raises:
        LensError: an annotation is missing, cannot be evaluated, or is no sample class.
    """
    (parameter,) = parameters_of(fn, ["source"], "the lens")
    try:
        hints = typing.get_type_hints(fn, dict(scope.module), dict(scope.local))
    except NameError:
        return None
    except Exception as error:  # whatever the expression in a text raises
        raise LensError(
            f"the annotations of {shown(fn)} cannot be evaluated: {type(error).__name__}: {error}"
        ) from error
    source = _class(fn, hints, parameter, f"the parameter {parameter}")
    return Ends(source, _class(fn, hints, "return", "the result"))


def _class(fn: Callable[..., Any], hints: dict[str, Any], name: str, what: str) -> type[Any]:
    if name not in hints:
        raise LensError(
            f"{what} of {shown(fn)} has no annotation: write "
            f"def {_plain(fn)}(source: Source) -> View, both sample classes"
        )
    found = hints[name]
    try:
        sample_type_of(found)
    except LoadError as error:
        raise LensError(f"{what} of {shown(fn)} is annotated so, but {error}") from None
    return typing.cast("type[Any]", found)


def shown(fn: object) -> str:
    """A function as messages call it."""
    return str(getattr(fn, "__qualname__", None) or type(fn).__name__).rpartition(".")[2]


def _plain(fn: object) -> str:
    name = shown(fn)
    return name if name.isidentifier() else "f"
