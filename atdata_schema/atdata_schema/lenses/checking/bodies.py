"""Bodies of lenses and of their blocks: clauses checked, typed, and put in canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from atdata_schema.lenses.checking.assembling import assembly_of
from atdata_schema.lenses.checking.binding import Binding
from atdata_schema.lenses.checking.chains import laws_of
from atdata_schema.lenses.checking.coverage import Covered, cover
from atdata_schema.lenses.checking.draft import Draft
from atdata_schema.lenses.checking.fixing import draft_const, draft_drop
from atdata_schema.lenses.checking.pipes import Blocks, Piping
from atdata_schema.lenses.checking.shapes import Shapes
from atdata_schema.lenses.checking.summing import growth_of, together
from atdata_schema.lenses.findings import Pointer
from atdata_schema.lenses.limits import MAX_CONSTANT, MAX_GROWTH, MAX_NESTING
from atdata_schema.lenses.ops.site import BlockMaker, Implementation, Unfinished, fail
from atdata_schema.lenses.program.clauses import (
    Bind,
    Block,
    Clause,
    Const,
    Derive,
    Drop,
    Extern,
    SchemaRef,
    place_of,
)
from atdata_schema.lenses.report import Report
from atdata_schema.lenses.steps.body import Body, Joint, direction_of
from atdata_schema.lenses.steps.dims import dims_of
from atdata_schema.lenses.steps.laws import ClauseLaws, Proof
from atdata_schema.lenses.types.lens_types import LensType, Obj

__all__ = ["Checking"]


@dataclass(frozen=True)
class Checking:
    """The checking of one lens.

    Attributes:
        report: takes the findings.
        externs: the declared externs.
        code: the code of those that have some.
    """

    report: Report
    externs: Mapping[str, Extern]
    code: Mapping[str, Implementation]

    def body(self, clauses: tuple[Clause, ...], source: Obj, view: Obj, at: Pointer) -> Body | None:
        """The clauses between two objects, or `None` after a finding of theirs."""
        before = len(self.report.findings)
        covered = cover(clauses, source, view, at, self.report)
        piping = Piping(self.report, _BlocksOf(self), self.externs, self.code)
        shapes = Shapes()
        binding = Binding(piping, source, view, shapes)
        drafts = [self._draft(binding, clause, pointer) for clause, pointer in covered.clauses]
        made = [draft for draft in drafts if draft is not None]
        errors = any(f.severity == "error" for f in self.report.findings[before:])
        if errors or len(made) < len(drafts):
            return None
        return self._bound(made, covered, source, view, shapes, at)

    def _draft(self, binding: Binding, clause: Clause, at: Pointer) -> Draft | None:
        """A clause typed, or `None` after a finding."""
        match clause:
            case Bind() | Derive():
                return binding.draft(clause, at)
            case Const():
                return draft_const(clause, binding.view, at, self.report)
            case Drop():
                return draft_drop(clause, binding.source, at, self.report)
            case _:
                return None

    def _bound(
        self,
        drafts: list[Draft],
        covered: Covered,
        source: Obj,
        view: Obj,
        shapes: Shapes,
        at: Pointer,
    ) -> Body | None:
        kept = [kind for draft in drafts for kind in draft.kept]
        joints = [_joint(draft, shapes, kept) for draft in drafts]
        joints.sort(key=lambda joint: place_of(joint.clause))
        growth = growth_of(joints)
        if growth.factor > MAX_GROWTH or growth.constant > MAX_CONSTANT:
            self._too_large(growth.factor, growth.constant, at)
            return None
        unsure = any(draft.guards_shape for draft in drafts)
        seen_dims, made_dims = dims_of(view), dims_of(source)
        seen = assembly_of(view, covered.shown)
        laws = _limited(together(joints), *seen.partial())
        return Body(
            source=source,
            view=view,
            names=tuple(field.name for field in source.item.fields),
            joints=tuple(joints),
            laws=laws,
            creates=laws.creates,
            seen=seen,
            made=assembly_of(source, covered.written),
            seen_dims=seen_dims if unsure and seen_dims else None,
            made_dims=made_dims if made_dims else None,
            growth=growth,
        )

    def _too_large(self, factor: float, constant: int, at: Pointer) -> None:
        if factor > MAX_GROWTH:
            message = (
                f"a field would become {factor:.0f} times as large; at most {MAX_GROWTH} times"
            )
            self.report.error("LN261", message, at)
        if constant > MAX_CONSTANT:
            message = f"{constant} bytes whatever is read; at most {MAX_CONSTANT} are allowed"
            self.report.error("LN262", message, at)


@dataclass(frozen=True)
class _BlocksOf(Blocks):
    """Makes the bodies of blocks by the same checking."""

    checking: Checking

    def at(self, pointer: Pointer) -> BlockMaker:
        return _BlockAt(self.checking, pointer)


@dataclass(frozen=True)
class _BlockAt:
    """Makes the body of the block of one operator."""

    checking: Checking
    pointer: Pointer

    def __call__(self, block: Block, source: Obj, view: Obj) -> Body:
        if sum(step == "ops" for step in self.pointer) > MAX_NESTING:
            fail("LN263", f"blocks inside blocks; at most {MAX_NESTING} are allowed")
        _named_rightly(block, block.source, source, "from")
        _named_rightly(block, block.view, view, "to")
        body = self.checking.body(block.clauses, source, view, self.pointer)
        if body is None:
            raise Unfinished
        return body


def _named_rightly(block: Block, ref: SchemaRef | None, kind: Obj, word: str) -> None:
    if ref is not None and ref.id and ref.id != kind.ref:
        fail(
            "LN111",
            f"the lens {block.name} leads {word} {ref.id}, and the object here is {kind.ref}",
            expected=ref.id,
            actual=kind.ref,
        )


def _joint(draft: Draft, shapes: Shapes, kept: list[LensType]) -> Joint:
    """A clause with its laws; on the way back, sizes have to agree with those of all other clauses."""
    if draft.chain is None:
        return Joint(
            clause=draft.clause,
            direction=direction_of(draft.clause),
            src=draft.src,
            dst=draft.dst,
            chain=None,
            laws=_fixed_laws(draft),
            constant=draft.constant,
            creates=draft.creates,
        )
    ends = draft.ends
    assert ends is not None  # a pipe has ends
    if isinstance(draft.clause, Bind) and ends.put_fails is None:
        ends = replace(ends, put_fails=shapes.unsettled([leaf.type for leaf in draft.src], kept))
    laws = laws_of(draft.chain, draft.trial, ends)
    if isinstance(draft.clause, Derive):
        laws = replace(laws, two_way=False)
    return Joint(
        clause=draft.clause,
        direction=direction_of(draft.clause),
        src=draft.src,
        dst=draft.dst,
        chain=draft.chain,
        laws=laws,
    )


def _limited(laws: ClauseLaws, get_fails: str | None, put_fails: str | None) -> ClauseLaws:
    """The laws of all clauses, where objects of the view cannot be made of all fields, or not tell of them."""
    if get_fails is not None and laws.get_total.holds:
        laws = replace(laws, get_total=Proof(None, "unproved", get_fails))
    if put_fails is not None and laws.put_total.holds:
        laws = replace(laws, put_total=Proof.refuted(put_fails))
    return laws


def _fixed_laws(draft: Draft) -> ClauseLaws:
    """The laws of `const` and of `drop`."""
    dropped = not draft.dst
    return ClauseLaws(
        injective=Proof.refuted("what is dropped") if dropped else Proof.proved(),
        put_get=Proof.proved(),
        put_put=Proof.proved(),
        get_total=Proof.proved(),
        put_total=Proof.proved() if dropped else Proof.refuted("any other value"),
        creates=draft.creates,
        asks=dropped,
        two_way=dropped,
    )
