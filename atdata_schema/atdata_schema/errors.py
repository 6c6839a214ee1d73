"""The exceptions of the kernel, all under `AtdataError`.

    AtdataError
    ├── InvalidSyntax        a text that is no NSID, DID, handle, AT-URI, ... (also a ValueError)
    ├── DataError            bytes or JSON outside the ATProto data model (also a ValueError)
    │   ├── IntegerTooLarge  an integer that a record cannot hold
    │   └── RecordTooLarge   a record above the size that repositories take
    ├── LexiconError         one or more lexicon documents are wrong; carries findings
    ├── ManifestError        a `lexicons.json` that cannot be used, or a lexicon that differs from what it pins
    ├── JsonSchemaError      a JSON Schema that is no sample type; carries a path
    ├── ValidationError      a value that its definition does not allow; carries a path
    │   ├── DtypeError       an array of another dtype
    │   └── ShapeError       an array of another rank or size
    ├── DecodeError          bytes that are no sample of the type; carries a path
    ├── GetError             a sample that has no view through a lens; carries a path
    ├── PutError             a view that has no sample behind a lens; carries a path and the value
    ├── LensError            a lens that is wrong; carries findings
    │   ├── AmbiguousLensPath  several ways between two types that are equally good, and not the same
    │   └── NoLensPath       no way between two types
    ├── SchemaMismatch       two types that do not read each other's data; carries the differences
    └── MissingExtra         an optional part of atdata that is not installed

Each message says what was given, where, what is allowed and, where there is one, the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atdata_schema.lenses.findings import Finding as LensFinding
    from atdata_schema.lexicon.findings import Finding

__all__ = [
    "AmbiguousLensPath",
    "AtdataError",
    "DataError",
    "DecodeError",
    "DtypeError",
    "GetError",
    "IntegerTooLarge",
    "InvalidSyntax",
    "JsonSchemaError",
    "LensError",
    "LexiconError",
    "ManifestError",
    "MissingExtra",
    "NoLensPath",
    "PutError",
    "RecordTooLarge",
    "SchemaMismatch",
    "ShapeError",
    "ValidationError",
]


class AtdataError(Exception):
    """The base of every exception that atdata raises on purpose."""


class InvalidSyntax(AtdataError, ValueError):
    """A text that is not of the syntax it should have."""


class DataError(AtdataError, ValueError):
    """Bytes or JSON that the ATProto data model does not allow."""


class IntegerTooLarge(DataError):
    """An integer beyond 2^53 - 1, which JSON readers of a record would round."""


class RecordTooLarge(DataError):
    """A record above one mebibyte of DAG-CBOR, which repositories refuse."""


class LexiconError(AtdataError):
    """One or more lexicon documents are wrong.

    Attributes:
        findings: everything that was found, errors and warnings, in document order.
    """

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = tuple(findings)


class ManifestError(AtdataError, ValueError):
    """A `lexicons.json` that cannot be used, or a lexicon that cannot be had as it pins it."""


class _Located(AtdataError, ValueError):
    """An error about one value inside a larger one.

    Attributes:
        reason: the message without the place.
        path: where the value stands: property names and indices, outermost first.
    """

    def __init__(self, reason: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(reason, tuple(path))
        self.reason = reason
        self.path: tuple[str | int, ...] = tuple(path)

    def inside(self, *steps: str | int) -> None:
        """Put the value one or more levels deeper; callers re-raise the same exception."""
        self.path = (*steps, *self.path)
        self.args = (self.reason, self.path)

    def __str__(self) -> str:
        if not self.path:
            return self.reason
        return f"{place(self.path)}: {self.reason}"


class JsonSchemaError(_Located):
    """A JSON Schema that is no sample type."""


class ValidationError(_Located):
    """A value that its definition does not allow."""


class DtypeError(ValidationError):
    """An array whose dtype is not the declared one."""


class ShapeError(ValidationError):
    """An array whose rank or sizes are not the declared ones."""


class DecodeError(_Located):
    """Bytes that are not a sample of the type they are read as."""


class _ThroughLens(_Located):
    """A value that a lens refuses.

    Attributes:
        value: the value.
        row: its place in the batch, from 0; `None` where it is about one sample.
    """

    def __init__(
        self,
        reason: str,
        path: Sequence[str | int] = (),
        value: object = None,
        row: int | None = None,
    ) -> None:
        super().__init__(reason, path)
        self.value = value
        self.row = row

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.row is None else f"row {self.row}: {text}"

    def __reduce__(self) -> tuple[type[_ThroughLens], tuple[object, ...]]:
        return type(self), (self.reason, self.path, self.value, self.row)


class GetError(_ThroughLens):
    """A sample that has no view: `path` is the field of the source."""


class PutError(_ThroughLens):
    """A view that no sample has: `path` is the field of the view. Nothing was written."""


class LensError(AtdataError, ValueError):
    """A lens that is wrong, or that cannot be used as asked.

    Attributes:
        findings: everything that was found, in order of the text.
    """

    def __init__(self, message: str, findings: Sequence[LensFinding] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[LensFinding, ...] = tuple(findings)

    @classmethod
    def of(cls, findings: Sequence[LensFinding]) -> LensError:
        """The error that tells those findings that are errors."""
        wrong = [str(finding) for finding in findings if finding.severity == "error"]
        return cls("\n".join(wrong) or "the lens is wrong", findings)


class NoLensPath(LensError):
    """No lens, and no chain of them, leads from one type to another."""


class AmbiguousLensPath(LensError):
    """Several chains of lenses are equally good, and differ.

    Attributes:
        candidates: each of them, in words.
    """

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__("\n".join([message, *candidates]))
        self.message = message
        self.candidates: tuple[str, ...] = tuple(candidates)

    def __reduce__(self) -> tuple[type[AmbiguousLensPath], tuple[str, tuple[str, ...]]]:
        return type(self), (self.message, self.candidates)


class SchemaMismatch(AtdataError):
    """Two types that do not read each other's data.

    Attributes:
        differences: one sentence a difference.
    """

    def __init__(self, message: str, differences: Sequence[str] = ()) -> None:
        super().__init__("\n".join([message, *(f"  - {line}" for line in differences)]))
        self.message = message
        self.differences: tuple[str, ...] = tuple(differences)

    def __reduce__(self) -> tuple[type[SchemaMismatch], tuple[str, tuple[str, ...]]]:
        return type(self), (self.message, self.differences)


class MissingExtra(AtdataError, ImportError):
    """An optional part of atdata that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part: pip install 'atdata[{extra}]'")
        self.what = what
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return type(self), (self.what, self.extra)


def place(path: Sequence[str | int]) -> str:
    """A path as people read it: `boxes[3].x`.

    >>> place(["boxes", 3, "x"])
    'boxes[3].x'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{step!r}]"
    return text
