"""A clause that is typed, before the laws that depend on other clauses are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from atdata_schema.lenses.checking.chains import Ends
from atdata_schema.lenses.checking.exhaustive import Tried
from atdata_schema.lenses.program.clauses import Clause
from atdata_schema.lenses.steps.chain import Chain
from atdata_schema.lenses.steps.leaves import Leaf
from atdata_schema.lenses.types.lens_types import LensType

__all__ = ["Draft"]


@dataclass(frozen=True)
class Draft:
    """A clause that is typed.

    Attributes:
        clause: in canonical form.
        src: the fields of the source.
        dst: the fields of the view.
        chain: the pipe between them; `None` for `const` and `drop`.
        trial: what trying its elements has shown.
        ends: what is known of both ends.
        constant: the value of `const`, or what `create` puts.
        creates: whether `create` knows what to put.
        kept: the types of fields of the source that put leaves as they are.
        guards_shape: whether shapes of the view are held against its dimensions at run time.
    """

    clause: Clause
    src: tuple[Leaf, ...] = ()
    dst: tuple[Leaf, ...] = ()
    chain: Chain | None = None
    trial: Tried | None = None
    ends: Ends | None = None
    constant: Any = None
    creates: bool = True
    kept: tuple[LensType, ...] = ()
    guards_shape: bool = False
