"""The annotations of a class as Python objects, whatever way they were written.

Annotations may be objects, texts (`from __future__ import annotations`) or objects with texts inside
(`list["Box"]`). Their names are looked up where Python's own rules would: in the function that the class
stands in, in the body of the class, in its module.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from atdata_schema.errors import AtdataError

__all__ = ["Hint", "PackableError", "Scope", "hints_of", "scope_of", "shown"]


class PackableError(AtdataError, TypeError):
    """A class that cannot be made a sample type; names the class, the field and what is allowed."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One annotation.

    Attributes:
        value: what it means, every text in it resolved.
        text: how it was written, for messages.
    """

    value: object
    text: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that the decorator sees: local ones, innermost first, and those of the module."""

    local: Mapping[str, object]
    module: Mapping[str, object]


def scope_of(frame: FrameType | None) -> Scope:
    """The names visible in a frame.

    The body of a class sees the names of what surrounds it, and so do classes decorated in it.
    """
    layers: list[dict[str, object]] = []
    module: dict[str, object] = {} if frame is None else frame.f_globals
    while frame is not None and frame.f_locals is not frame.f_globals:
        layers.append(dict(frame.f_locals))
        frame = None if frame.f_code.co_flags & inspect.CO_OPTIMIZED else frame.f_back
    return Scope(ChainMap(*layers), module)


def hints_of(cls: type, scope: Scope) -> dict[str, Hint]:
    """The annotations that the body of a class itself has, in order.

    Args:
        cls: the class; those of its bases are theirs.
        scope: where its decorator stands.

    Raises:
        PackableError: an annotation names something that does not exist, or cannot be evaluated.
    """
    try:
        written = inspect.get_annotations(cls)
    except NameError as error:  # Python 3.14 evaluates all annotations together, here
        raise PackableError(f"{cls.__name__}: {_unknown(error)}") from error
    names = _module_names(cls, scope)
    body = {name: value for name, value in vars(cls).items() if name not in written}
    own: dict[str, object] = {cls.__name__: cls}
    local = ChainMap(own, body, dict(scope.local))
    return {name: _hint(cls, name, value, names, local) for name, value in written.items()}


def _module_names(cls: type, scope: Scope) -> dict[str, object]:
    """The names of a class's module: those that the decorator sees where it stands in that module.

    What runs under the name of a module need not be the module: a doctest, a cell of a notebook.
    """
    module = sys.modules.get(cls.__module__)
    if module is None or scope.module.get("__name__") == cls.__module__:
        return dict(scope.module)
    return vars(module)


def shown(annotation: object) -> str:
    """An annotation as a person would write it.

    >>> shown(list[int]), shown(typing.Optional[float])
    ('list[int]', 'float | None')
    """
    if isinstance(annotation, str):
        return annotation
    if typing.get_origin(annotation) is typing.Union:
        return " | ".join(map(shown, typing.get_args(annotation)))
    if annotation is None or annotation is type(None):
        return "None"
    return inspect.formatannotation(annotation)


def _hint(
    cls: type, name: str, written: object, names: dict[str, Any], local: Mapping[str, Any]
) -> Hint:
    # A class of its own for one annotation: an error then belongs to one field, and `ClassVar` is allowed.
    carrier = type(cls.__name__, (), {"__annotations__": {name: written}})
    text = shown(written)
    try:
        found = typing.get_type_hints(carrier, names, dict(local), include_extras=True)
    except NameError as error:
        raise PackableError(f"{cls.__name__}.{name}: `{text}`: {_unknown(error)}") from error
    except Exception as error:  # whatever the expression in the text raises
        raise PackableError(
            f"{cls.__name__}.{name}: `{text}` cannot be evaluated: {type(error).__name__}: {error}"
        ) from error
    return Hint(found[name], text)


def _unknown(error: NameError) -> str:
    return (
        f"{error}. Every name in an annotation must exist when the class is made: define it above, and import "
        "it where the program runs, not only under TYPE_CHECKING"
    )
