"""What reflection makes of one annotation: a definition of the Lexicon language, and how it is told from Python.

A reader is a function that knows some annotations: it gives their `Part`, or `None` for the others. Readers of
containers get `read`, which makes the part of what is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from atdata.samples.annotations import PackableError, shown
from atdata_schema.fields.field import Field

__all__ = ["ALLOWED", "Convert", "Part", "Read", "Reader", "Site", "shared_ref"]

ALLOWED = (
    "a field may be NDArray[np.float32] (or another dtype), np.ndarray, bool, int, float, str, bytes, "
    "np.float32 and other numpy numbers, datetime, Literal[...], an Enum of texts or integers, atdata.Image, "
    "atdata.Audio, another @packable class, A | B of those, list[X], dict[str, X], and X | None of all these"
)
"""The end of messages about annotations that are none of these."""

Convert: TypeAlias = Callable[[Field[Any]], Field[Any]]
"""Makes the codec of a Python type out of the codec that the definition alone would have."""

Definition: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Site:
    """Where an annotation stands, for messages and for references to the class itself.

    Attributes:
        owner: the class, as it was written.
        nsid: the lexicon that the class becomes.
        field: the field.
        text: the annotation as it was written.
    """

    owner: type
    nsid: str
    field: str
    text: str

    def error(self, reason: str) -> PackableError:
        """An error about this field."""
        return PackableError(f"{self.owner.__name__}.{self.field}: `{self.text}`: {reason}")

    def refuse(self, annotation: object, hint: str = "") -> PackableError:
        """An error about an annotation, in this field, that no lexicon can represent."""
        what = shown(annotation)
        named = "this" if what == self.text else f"`{what}`"
        return self.error(f"{named} cannot be a field{hint and f': {hint}'}; {ALLOWED}")


@dataclass(frozen=True, slots=True)
class Part:
    """One annotation as a lexicon has it.

    Attributes:
        definition: the definition, JSON of the Lexicon language.
        classes: the sample classes it refers to, by full name.
        convert: what reading and writing do more than for the definition alone, if anything.
    """

    definition: Definition
    classes: Mapping[str, type] = field(default_factory=dict[str, type])
    convert: Convert | None = None


Read: TypeAlias = Callable[[object], Part]
Reader: TypeAlias = Callable[[object, Site, Read], Part | None]


def shared_ref(name: str, **extension: object) -> Definition:
    """A reference to a type of `dev.atdata.types`, with what stands beside it.

    >>> shared_ref("ndarray", dtype="float32")
    {'type': 'ref', 'ref': 'dev.atdata.types#ndarray', 'x-atdata': {'dtype': 'float32'}}
    """
    ref: Definition = {"type": "ref", "ref": f"dev.atdata.types#{name}"}
    return {**ref, "x-atdata": extension} if extension else ref
