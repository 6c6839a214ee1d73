"""What a module of lenses is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atdata_schema.lenses import Lens
from atdata_schema.schema import Schema

__all__ = ["LensUnit", "SampleClass"]


@dataclass(frozen=True, slots=True)
class SampleClass:
    """Where the generated class of a type is imported from.

    Attributes:
        module: the full name of its module.
        name: its name there.
        schema: the type.
        batch: the name of its batch class there; `None` for the usual one, its own with `Batch` behind.
    """

    module: str
    name: str
    schema: Schema
    batch: str | None = None

    @property
    def batch_name(self) -> str:
        """The name of its batch class."""
        return self.batch or f"{self.name}Batch"


@dataclass(frozen=True, slots=True)
class LensUnit:
    """The lenses of one file, checked.

    Attributes:
        nsid: the name of the file among the lexicons.
        description: what the file says of itself; may be empty.
        lenses: its lenses, in order of the file.
        classes: the classes of the types by full name, `nsid` or `nsid#name`: those that the lenses lead from and
            to, and every object inside them.
        externs: the dotted module of the user's implementations of externs; `None` where there are no externs.
    """

    nsid: str
    description: str
    lenses: tuple[Lens[Any, Any], ...]
    classes: Mapping[str, SampleClass]
    externs: str | None = None
