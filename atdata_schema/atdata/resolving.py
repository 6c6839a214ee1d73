"""The class that stored data is read as, where none is given."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from atdata.sample_type import schema_of
from atdata_schema.sample import Sample
from atdata_schema.schema import Schema

__all__ = ["class_for", "registered_class"]


def class_for(schema: Schema | None) -> type[Any]:
    """The class of this program that is a type, else one made of its documents; `DictSample` without a type.

    Raises:
        LexiconError: the documents are wrong.
    """
    # Imported where they are needed: a program with classes of its own needs neither.
    if schema is None:
        from atdata.samples.dynamic import DictSample

        return DictSample
    found = registered_class(schema)
    if found is not None:
        return found
    from atdata.samples.build import sample_class

    return sample_class(schema)


def registered_class(schema: Schema) -> type[Any] | None:
    """The class of this program that has a name and a type CID; `None` where there is not exactly one.

    Compiled and `@packable` classes count once their module is imported, and only where their module has
    them under their name, as pickle finds classes: not those made in functions, nor one that was
    defined anew since. Python itself knows every class; nothing is done when a module is imported.

    Two such classes read the same data alike. None is preferred then, and a warning names them.
    """
    found = [cls for cls in _classes(Sample) if _is_type(cls, schema)]
    if len(found) > 1:
        names = ", ".join(sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in found))
        warnings.warn(
            f"{schema.id} is the type of several classes here: {names}; the data is read as a class made of its "
            "stored schema: give the class that you mean",
            stacklevel=5,  # where the program loads,
        )
    return found[0] if len(found) == 1 else None


def _classes(base: type[Any]) -> Iterator[type[Any]]:
    """Every class that derives from another one, each once."""
    seen: set[type[Any]] = set()
    pending = [base]
    while pending:
        for cls in pending.pop().__subclasses__():
            if cls not in seen:
                seen.add(cls)
                pending.append(cls)
                yield cls


def _is_type(cls: type[Any], schema: Schema) -> bool:
    # The cheap things first: a CID is computed for classes of this name alone. A class that derives from a
    # sample class without being one has its name from there.
    if vars(cls).get("TYPE") != schema.id or not _is_in_module(cls):
        return False
    own = schema_of(cls)
    return own is not None and own == schema


def _is_in_module(cls: type[Any]) -> bool:
    """Whether the module of a class has it under its name."""
    first, *rest = cls.__qualname__.split(".")
    found: object = getattr(sys.modules.get(cls.__module__), "__dict__", {}).get(first)
    return functools.reduce(lambda place, name: getattr(place, name, None), rest, found) is cls
