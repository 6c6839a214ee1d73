"""Lenses as records: `dev.atdata.lens`, its canonical core, and the CID of that."""

from __future__ import annotations

from typing import Any, Final

from atdata_schema import data
from atdata_schema.lenses.ops.nesting import Each, With
from atdata_schema.lenses.program.clauses import (
    Bind,
    Clause,
    Const,
    Derive,
    Drop,
    Extern,
    Program,
    SchemaRef,
)
from atdata_schema.lenses.program.op import LENS, Op
from atdata_schema.lenses.program.paths import Path, pointer_text

__all__ = ["LANGUAGE", "cid_of", "core_of", "to_record"]

LANGUAGE: Final = "dlens/1"
"""The language and its version. The set of operators of a version never changes."""


def to_record(
    program: Program,
    *,
    claims: dict[str, Any] | None = None,
    created_at: str | None = None,
) -> dict[str, Any]:
    """A lens in canonical form as a record.

    Args:
        program: the lens, as `check` gives it.
        claims: what it is said to be, as `Lens.claims` gives it.
        created_at: when it was written.

    Raises:
        ValueError: it is not in canonical form.
    """
    record: dict[str, Any] = {"$type": LENS, "lang": LANGUAGE, "name": program.name}
    if program.description is not None:
        record["description"] = program.description
    record |= {"source": _ref(program.source, uri=True), "view": _ref(program.view, uri=True)}
    record["clauses"] = [_clause(clause) for clause in program.clauses]
    if program.externs:
        record["externs"] = [_extern(extern, described=True) for extern in program.externs]
    extra = {"claims": claims, "createdAt": created_at}
    return record | {key: value for key, value in extra.items() if value is not None}


def core_of(program: Program) -> dict[str, Any]:
    """What a lens says, without what it is called and who says it: equal lenses have equal cores.

    Raises:
        ValueError: it is not in canonical form.
    """
    core: dict[str, Any] = {
        "lang": LANGUAGE,
        "source": _ref(program.source),
        "view": _ref(program.view),
        "clauses": [_clause(clause) for clause in program.clauses],
    }
    if program.externs:
        core["externs"] = [_extern(extern) for extern in program.externs]
    return core


def cid_of(program: Program) -> str:
    """The CID of a lens in canonical form: over its core.

    Raises:
        ValueError: it is not in canonical form.
    """
    return data.cid(data.from_json(core_of(program)))


def _ref(ref: SchemaRef, *, uri: bool = False) -> dict[str, Any]:
    if ref.cid is None or not ref.id:
        raise ValueError(f"{ref.id or ref.uri} is not pinned by its CID; check the lens first")
    made = {"id": ref.id, "cid": ref.cid}
    return made | {"uri": ref.uri} if uri and ref.uri else made


def _extern(extern: Extern, *, described: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": extern.name,
        "source": str(extern.source),
        "view": str(extern.view),
        "twoWay": extern.two_way,
    }
    if described and extern.description is not None:
        made["description"] = extern.description
    return made


def _clause(clause: Clause) -> dict[str, Any]:
    match clause:
        case Bind() | Derive():
            kind = "bind" if isinstance(clause, Bind) else "derive"
            ends = {"src": _paths(clause.src), "dst": _paths(clause.dst)}
            ops = {"ops": [_op(op) for op in clause.ops]} if clause.ops else {}
            return {"$type": f"{LENS}#{kind}", **ends, **ops}
        case Const():
            value = clause.value.to_record()
            return {"$type": f"{LENS}#const", "value": value, "dst": pointer_text(clause.dst)}
        case Drop():
            dropped: dict[str, Any] = {"$type": f"{LENS}#drop", "path": pointer_text(clause.path)}
            if clause.default is not None:
                dropped["default"] = clause.default.to_record()
            return dropped
        case _:
            raise ValueError(
                "auto and drop * are written out in the canonical form; check the lens first"
            )


def _op(op: Op) -> dict[str, Any]:
    if isinstance(op, Each | With):
        clauses = [_clause(clause) for clause in op.block.clauses]
        return {"$type": f"{LENS}#{op.NAME}", "clauses": clauses}
    return op.to_record()


def _paths(paths: tuple[Path, ...]) -> list[str]:
    return [pointer_text(path) for path in paths]
