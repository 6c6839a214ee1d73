"""`@packable`: a class with annotations becomes a sample type.

The class is turned into a lexicon document, the document is lowered to the schema model like any other, and
the codecs of the class come from the model: from there nothing differs from a compiled class.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, field
from typing import Any, TypeVar, cast, dataclass_transform, overload

from atdata.samples.annotations import PackableError, Scope, hints_of, scope_of
from atdata.samples.packable_class import as_dataclass, sample_type, wire_fields
from atdata.samples.packable_name import nsid_of
from atdata.samples.packable_schema import type_of
from atdata.samples.reflect import reflect
from atdata.samples.reflect_containers import made_class, mark_made

__all__ = ["packable"]

C = TypeVar("C")


@overload
@dataclass_transform(eq_default=False, field_specifiers=(field, Field))
def packable(cls: type[C], /) -> type[C]: ...
@overload
@dataclass_transform(eq_default=False, field_specifiers=(field, Field))
def packable(
    *, nsid: str | None = None, frozen: bool = False, kw_only: bool = False
) -> Callable[[type[C]], type[C]]: ...
def packable(
    cls: type[Any] | None = None,
    /,
    *,
    nsid: str | None = None,
    frozen: bool = False,
    kw_only: bool = False,
) -> Any:
    """Make a class a sample type.

    The class becomes a dataclass, unless `@dataclass` has made it one, and gets the methods of `Sample`:
    `encode`, `decode`, `to_record`, `from_record`. Its name, module, methods, properties, defaults and
    `__post_init__` stay as they are. Two samples are equal when their bytes are.

    A field without `| None` must be there. `X | None` without a default must be there and may be `None`;
    with a default it may be absent. A default is the class's own and never goes on the wire. Fields with
    `field(init=False)` and class variables are the class's own too.

    Args:
        cls: the class, where the decorator stands without parentheses.
        nsid: the name of the lexicon that the class becomes. Without one it is `local.packable.` and the
            name of the class, which is good for data of one's own; publishing needs a name.
        frozen: as `@dataclass` has it: attributes cannot be set. A class that derives from a frozen one is
            frozen too.
        kw_only: as `@dataclass` has it: fields are given by name alone.

    Raises:
        PackableError: an annotation that no lexicon can represent, a name that cannot be a field, an
            `nsid` that is none. The message names class and field and says what is allowed.

    >>> from typing import Annotated
    >>> import atdata
    >>> @packable
    ... class Caption:
    ...     text: Annotated[str, atdata.field(max_length=64)]
    ...     score: float | None = None
    >>> print(Caption.SCHEMA.model)
    local.packable.caption
      text: string(maxLength 64)
      score?: float64
    >>> Caption.decode(Caption(text="a cat").encode())
    Caption(text='a cat', score=None)
    """
    scope = scope_of(sys._getframe(1))
    options = {name: True for name, given in (("frozen", frozen), ("kw_only", kw_only)) if given}
    if cls is None:
        return lambda written: _packed(written, nsid, options, scope)
    return _packed(cls, nsid, options, scope)


def _packed(
    written: type[Any], nsid: str | None, options: Mapping[str, bool], scope: Scope
) -> type[Any]:
    if not isinstance(written, type):
        raise PackableError(f"@packable goes on a class, not on {written!r}")
    if "TYPE" in vars(written) or made_class(written) is not written:
        raise PackableError(f"{written.__name__} is packable already")
    name = nsid_of(written, nsid)
    hints = hints_of(written, scope)
    cls, doc = as_dataclass(written, hints, options)
    found = wire_fields(cls, scope)
    reflection = reflect(cls, name, found.hints, found.defaults, doc)
    made = sample_type(cls)
    type_of(made, cls, reflection)
    mark_made(cls, made)
    return cast("type[Any]", made)
