"""Coverage and footprints: each field of the view once, each of the source written at most once, else dropped."""

from __future__ import annotations

from dataclasses import dataclass, field

from atdata_schema.lenses.checking.expanding import auto, drop_rest
from atdata_schema.lenses.checking.fields import NotFound, find
from atdata_schema.lenses.checking.marks import Marks
from atdata_schema.lenses.findings import Finding, Pointer
from atdata_schema.lenses.program.clauses import (
    Auto,
    Bind,
    Clause,
    Const,
    Derive,
    Drop,
    DropRest,
)
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.report import Report, place_in
from atdata_schema.lenses.types.lens_types import Obj
from atdata_schema.lenses.types.sizes import VIEW

__all__ = ["Covered", "cover"]

_LISTED = 20


@dataclass
class Covered:
    """The clauses written out, and what they take.

    Attributes:
        clauses: each with its place.
        written: the fields of the source that are written, or dropped.
        shown: the fields of the view that are set.
    """

    clauses: list[tuple[Clause, Pointer]] = field(default_factory=list[tuple[Clause, Pointer]])
    written: Marks = field(default_factory=Marks)
    shown: Marks = field(default_factory=Marks)


def cover(
    clauses: tuple[Clause, ...], source: Obj, view: Obj, at: Pointer, report: Report
) -> Covered:
    """Take the fields that clauses name, write `auto` and `drop *` out, and tell what is left."""
    covering = _Covering(source, view, report)
    sugar: list[tuple[Auto | DropRest, Pointer]] = []
    for index, clause in enumerate(clauses):
        pointer = (*at, "clauses", index)
        if isinstance(clause, Auto | DropRest):
            sugar.append((clause, pointer))
        else:
            covering.take(clause, pointer)
    for item, pointer in sorted(sugar, key=lambda entry: isinstance(entry[0], DropRest)):
        covering.expand(item, pointer)
    covering.rest(at)
    return covering.covered


class _Covering:
    """The covering of two objects."""

    def __init__(self, source: Obj, view: Obj, report: Report) -> None:
        self._source = source
        self._view = view
        self._report = report
        self._broken = False
        self.covered = Covered()

    def take(self, clause: Clause, at: Pointer) -> None:
        """Take the fields of a clause."""
        found = True
        match clause:
            case Bind():
                found = self._all(clause.src, self._source, at, "src", written=True)
                found &= self._all(clause.dst, self._view, at, "dst", written=False)
            case Derive():
                found = self._exist(clause.src, self._source, at, "src", "")
                found &= self._all(clause.dst, self._view, at, "dst", written=False)
            case Const():
                found = self._all((clause.dst,), self._view, at, "dst", written=False)
            case Drop():
                found = self._all((clause.path,), self._source, at, "src", written=True)
            case _:
                pass
        if found:
            self.covered.clauses.append((clause, at))
        else:
            self._broken = True

    def expand(self, clause: Auto | DropRest, at: Pointer) -> None:
        """Write `auto` or `drop *` out."""
        made: list[Bind] | list[Drop]
        if isinstance(clause, Auto):
            self._exist(clause.exclude, self._source, at, "exclude", "")
            marks = self.covered
            made = list(auto(self._source, self._view, marks.written, marks.shown, clause.exclude))
        else:
            made = drop_rest(self._source, self.covered.written)
        for item in made:
            self.take(item, at)

    def rest(self, at: Pointer) -> None:
        """Tell which fields nobody has taken; where a clause has no fields, it may have meant them."""
        shown = self.covered.shown.rest(self._view, VIEW)
        written = self.covered.written.rest(self._source, "")
        for found in shown[:_LISTED]:
            self._report.error(
                "LN101",
                f"the view's {dotted(found.path)} ({found.type}) is set by no clause",
                at,
                f"add `... <-> {dotted(found.path)};`, or a constant: `const ... -> {dotted(found.path)};`",
            )
        for found in written[:_LISTED]:
            self._report.error(
                "LN103",
                f"the source's {dotted(found.path)} ({found.type}) is neither written nor dropped",
                at,
                f"add `{dotted(found.path)} <-> ...;` or `drop {dotted(found.path)};`",
            )
        for what, count in (("view", len(shown)), ("source", len(written))):
            if count > _LISTED:
                self._report.error("LN101", f"and {count - _LISTED} more fields of the {what}", at)

    def _exist(
        self, paths: tuple[Path, ...], owner: Obj, at: Pointer, key: str, scope: str
    ) -> bool:
        right = True
        for index, path in enumerate(paths):
            try:
                find(owner, path, scope)
            except NotFound as error:
                self._report.error(error.rule, str(error), (*at, key, index), error.help)
                right = False
        return right

    def _all(
        self, paths: tuple[Path, ...], owner: Obj, at: Pointer, key: str, *, written: bool
    ) -> bool:
        right = self._exist(paths, owner, at, key, "" if written else VIEW)
        if not right:
            return False
        marks = self.covered.written if written else self.covered.shown
        for index, path in enumerate(paths):
            first = marks.take(path, (*at, key, index))
            if first is not None:
                self._twice(path, first, (*at, key, index), written=written)
                right = False
        return right

    def _twice(
        self, path: Path, first: tuple[Path, Pointer], at: Pointer, *, written: bool
    ) -> None:
        other, pointer = first
        span = place_in(self._report.places, pointer)
        where = f" (first at line {span.line})" if span is not None else ""
        part = "" if other == path else f" as a part of {dotted(other)}"
        if len(other) > len(path):
            part = f", of which {dotted(other)} is a part"
        if written:
            message = f"the source's {dotted(path)} is written by two clauses{part}{where}; put would be ambiguous"
        else:
            message = f"the view's {dotted(path)} is set by two clauses{part}{where}"
        self._report.add(
            Finding(
                rule="LN104" if written else "LN102",
                severity="error",
                message=message,
                pointer=at,
                help="write `->` in one of them" if written else None,
                related=((span, "the first one"),),
            )
        )
