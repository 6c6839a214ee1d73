"""A lens held against its types: everything that is wrong with it, or the lens, ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from atdata_schema.errors import LensError, LexiconError
from atdata_schema.lenses.checking.bodies import Checking
from atdata_schema.lenses.findings import Finding, Pointer, Span
from atdata_schema.lenses.lens import Lens
from atdata_schema.lenses.ops.externs import ExternOp
from atdata_schema.lenses.ops.nesting import Each, With
from atdata_schema.lenses.ops.site import Implementation
from atdata_schema.lenses.program.clauses import Bind, Clause, Derive, Program, SchemaRef
from atdata_schema.lenses.record_reading import from_record
from atdata_schema.lenses.report import Report
from atdata_schema.lenses.types.lens_types import Obj
from atdata_schema.schema import Schema

__all__ = ["Checked", "check", "check_record"]


@dataclass(frozen=True)
class Checked:
    """What checking a lens gave.

    Attributes:
        findings: everything that is wrong or doubtful, in order of the text.
        result: the lens, where no finding is an error.
    """

    findings: tuple[Finding, ...]
    result: Lens[Any, Any] | None = None

    @property
    def lens(self) -> Lens[Any, Any]:
        """The lens.

        Raises:
            LensError: there are errors.
        """
        if self.result is None:
            raise LensError.of(self.findings)
        return self.result


def check(
    program: Program,
    source: Schema,
    view: Schema,
    *,
    externs: Mapping[str, Implementation] | None = None,
    places: Mapping[Pointer, Span] | None = None,
) -> Checked:
    """Hold a lens against its types.

    Nothing is looked at but the lens and the types: no data, no network, no file.

    Args:
        program: the lens.
        source: the type that it leads from.
        view: the type that it leads to.
        externs: the code of its externs, where it is to run.
        places: where its parts stand in a text.
    """
    report = Report(places or {}, program.name)
    refs = [
        _pinned(report, "source", program.source, source),
        _pinned(report, "view", program.view, view),
    ]
    models = [
        _object(report, name, schema) for name, schema in (("source", source), ("view", view))
    ]
    if report.failed or models[0] is None or models[1] is None:
        return Checked(report.sorted())
    declared = {extern.name: extern for extern in program.externs}
    checking = Checking(report, declared, externs or {})
    body = checking.body(program.clauses, models[0], models[1], ())
    if body is None or report.failed:
        return Checked(report.sorted())
    clauses = tuple(joint.clause for joint in body.joints)
    used = _externs_of(clauses)
    canonical = Program(
        name=program.name,
        source=refs[0],
        view=refs[1],
        clauses=clauses,
        externs=tuple(sorted((declared[name] for name in used), key=lambda item: item.name)),
        description=program.description,
    )
    missing = tuple(sorted(used - set(externs or {})))
    lens = Lens[Any, Any](canonical, body, externs=externs, missing=missing, schemas=(source, view))
    return Checked(report.sorted(), lens)


def check_record(
    record: object,
    source: Schema,
    view: Schema,
    *,
    externs: Mapping[str, Implementation] | None = None,
) -> Checked:
    """Hold a lens that came as a record against its types, and against what it claims to be.

    Args:
        record: the record, as JSON objects or as values of the data model.
        source: the type that it leads from; its CID has to be the one in the record.
        view: the type that it leads to; likewise.
        externs: the code of its externs, where it is to run.
    """
    report = Report()
    program = from_record(record, report)
    if program is None or report.failed:
        return Checked(report.sorted())
    checked = check(program, source, view, externs=externs)
    claims = record.get("claims") if isinstance(record, Mapping) else None
    if checked.result is None or claims is None:
        return checked
    actual = checked.result.claims
    if claims != actual:
        wrong = _differing(claims, actual)
        finding = Finding(
            rule="LN281",
            severity="error",
            message=f"the claims do not hold: {wrong}",
            pointer=("claims",),
            help="whoever wrote them did not check this lens against these types; do not trust it",
            lens=program.name,
        )
        return Checked((*checked.findings, finding))
    return checked


def _differing(claims: object, actual: Mapping[str, Any]) -> str:
    if not isinstance(claims, Mapping):
        return "they are no object"
    for key in (*actual, *claims):
        mine, theirs = actual.get(key), claims.get(key)
        if mine != theirs:
            return f"{key!r:.60} is {mine!r}, not {theirs!r:.60}"
    return "they differ"


def _pinned(report: Report, name: str, ref: SchemaRef, schema: Schema) -> SchemaRef:
    """The reference with its CID; a finding where it names another type."""
    if ref.id and ref.id != schema.id:
        report.error("LN111", f"the {name} is {ref.id}, and the type given is {schema.id}", (name,))
    if ref.cid is not None and ref.cid != schema.cid:
        report.error(
            "LN110",
            f"the {name} is pinned to {ref.cid}, and {schema.id} is {schema.cid} now",
            (name,),
            "check the lens against the new schema, and pin it anew",
        )
    return replace(ref, id=schema.id, cid=schema.cid)


def _object(report: Report, name: str, schema: Schema) -> Obj | None:
    try:
        return Obj(schema.model.id, schema.model)
    except LexiconError as error:
        report.error("LN112", f"{schema.id} is no type of samples: {error}", (name,))
        return None


def _externs_of(clauses: tuple[Clause, ...]) -> set[str]:
    found: set[str] = set()
    for clause in clauses:
        if not isinstance(clause, Bind | Derive):
            continue
        for op in clause.ops:
            if isinstance(op, ExternOp):
                found.add(op.name)
            elif isinstance(op, Each | With):
                found |= _externs_of(op.block.clauses)
    return found
